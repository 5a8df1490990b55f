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

std::string make_log_stream_name() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 96> text{};
  std::snprintf(text.data(), text.size(), "%04d/%02d/%02d/[$LATEST]%016llx%016llx",
                utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                static_cast<unsigned long long>(random_bits()),
                static_cast<unsigned long long>(random_bits()));
  return text.data();
}

}  // namespace emulator
