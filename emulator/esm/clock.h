// Time as the mapping sees it. Real: SystemClock. Fake: tests/support/fake_clock.h.
#pragma once

#include <chrono>

namespace emulator {

using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;  // windows, back-off
};

class SystemClock : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
};

}  // namespace emulator
