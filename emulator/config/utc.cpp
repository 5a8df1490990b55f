#include "emulator/config/utc.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>

namespace emulator {
namespace {

constexpr std::int64_t kMsPerSecond = 1'000;

// Of the second that a time before 1970 falls into, too.
std::int64_t milliseconds_of(std::int64_t epoch_ms) {
  return (epoch_ms % kMsPerSecond + kMsPerSecond) % kMsPerSecond;
}

}  // namespace

std::int64_t epoch_ms_now() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string utc_text(std::int64_t epoch_ms, const char* format) {
  const auto seconds =
      static_cast<std::time_t>((epoch_ms - milliseconds_of(epoch_ms)) / kMsPerSecond);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &utc)};
}

std::string iso_time(std::int64_t epoch_ms) {
  std::array<char, 8> fraction{};
  std::snprintf(fraction.data(), fraction.size(), ".%03dZ",
                static_cast<int>(milliseconds_of(epoch_ms)));
  return utc_text(epoch_ms, "%Y-%m-%dT%H:%M:%S") + fraction.data();
}

std::string lambda_time(std::int64_t epoch_ms) {
  std::string text = iso_time(epoch_ms);
  text.pop_back();
  return text + "+0000";
}

}  // namespace emulator
