#include "emulator/function/log_level.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace emulator {

std::optional<LogLevel> log_level_from(std::string_view name) {
  constexpr std::array<std::string_view, 6> kNames{"TRACE", "DEBUG", "INFO",
                                                   "WARN",  "ERROR", "FATAL"};
  const auto same = [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), name.begin(), name.end(), [](char a, char b) {
      return a == static_cast<char>(std::toupper(static_cast<unsigned char>(b)));
    });
  };
  const auto found = std::find_if(kNames.begin(), kNames.end(), same);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kNames.begin());
}

}  // namespace emulator
