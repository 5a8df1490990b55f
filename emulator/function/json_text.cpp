#include "emulator/function/json_text.h"

#include <array>
#include <cstdio>
#include <utility>

#include "runtime_api/json_text.h"

namespace emulator {

void JsonObject::key(std::string_view name) {
  json_.append(json_.empty() ? "{\"" : ",\"").append(name).append("\":");
}

JsonObject& JsonObject::text(std::string_view name, std::string_view value) {
  key(name);
  runtime_api::append_json_string(json_, value);
  return *this;
}

JsonObject& JsonObject::text_unless_empty(std::string_view name, std::string_view value) {
  return value.empty() ? *this : text(name, value);
}

JsonObject& JsonObject::texts(std::string_view name, const std::vector<std::string>& values) {
  key(name);
  json_.push_back('[');
  for (const auto& value : values) {
    if (json_.back() != '[') json_.push_back(',');
    runtime_api::append_json_string(json_, value);
  }
  json_.push_back(']');
  return *this;
}

JsonObject& JsonObject::number(std::string_view name, long long value) {
  return raw(name, std::to_string(value));
}

JsonObject& JsonObject::milliseconds(std::string_view name, std::chrono::microseconds value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(value.count()) / 1000.0);
  return raw(name, text.data());
}

JsonObject& JsonObject::raw(std::string_view name, std::string_view json) {
  key(name);
  json_.append(json);
  return *this;
}

std::string JsonObject::end() {
  json_.append(json_.empty() ? "{}" : "}");
  return std::move(json_);
}

}  // namespace emulator
