// JSON written directly, for texts that are made at every invocation. Pure, any thread.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

// An object under way; members appear in the order of the calls. Names need no escapes.
class JsonObject {
 public:
  JsonObject& text(std::string_view name, std::string_view value);
  JsonObject& text_unless_empty(std::string_view name, std::string_view value);
  JsonObject& texts(std::string_view name, const std::vector<std::string>& values);
  JsonObject& number(std::string_view name, long long value);
  JsonObject& milliseconds(std::string_view name, std::chrono::microseconds value);  // 3.010
  JsonObject& raw(std::string_view name, std::string_view json);
  std::string end();

 private:
  void key(std::string_view name);
  std::string json_;
};

}  // namespace emulator
