#include "emulator/function/identifiers.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <random>

namespace emulator {
namespace {

std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator{std::random_device{}()};
  return generator();
}

}  // namespace

std::string make_trace_id() {
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "Root=1-%08llx-%016llx%08llx;Parent=%016llx;Sampled=0",
                static_cast<unsigned long long>(std::time(nullptr)),
                static_cast<unsigned long long>(random_bits()),
                static_cast<unsigned long long>(random_bits() & 0xffffffffu),
                static_cast<unsigned long long>(random_bits()));
  return text.data();
}

std::string trace_id_for(std::string_view from_caller) {
  const std::string made = make_trace_id();
  const auto part = [](std::string_view text, std::string_view name) {
    const auto at = text.find(name);
    const bool is_part = at == 0 || (at != std::string_view::npos && text[at - 1] == ';');
    return is_part ? text.substr(at, text.find(';', at) - at) : std::string_view();
  };
  if (part(from_caller, "Root=").empty()) return made;
  std::string text(from_caller);
  for (const std::string_view name : {"Parent=", "Sampled="}) {
    if (part(from_caller, name).empty()) text.append(";").append(part(made, name));
  }
  return text;
}

std::string log_group_of(const FunctionConfig& function) {
  return function.logging.group.empty() ? "/aws/lambda/" + function.name : function.logging.group;
}

std::string make_log_stream_name(const FunctionConfig& function) {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 16> day{};
  std::strftime(day.data(), day.size(), "%Y/%m/%d/", &utc);
  std::array<char, 40> unique{};
  std::snprintf(unique.data(), unique.size(), "%016llx%016llx",
                static_cast<unsigned long long>(random_bits()),
                static_cast<unsigned long long>(random_bits()));
  return day.data() + (function.logging.group.empty() ? std::string() : function.name) + "[" +
         function.version + "]" + unique.data();
}

}  // namespace emulator
