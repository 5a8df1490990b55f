// A clock that only moves when told to. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <type_traits>

#include "emulator/esm/clock.h"

namespace emulator::test {

class FakeClock : public Clock {
 public:
  TimePoint now() const override { return TimePoint(TimePoint::duration(ticks_.load())); }
  void tick(std::chrono::nanoseconds by) { ticks_ += by.count(); }

 private:
  static_assert(std::is_same_v<TimePoint::duration, std::chrono::nanoseconds>);
  std::atomic<TimePoint::rep> ticks_{
      1'000'000'000'000};  // not zero, which could hide a missing initialisation
};

}  // namespace emulator::test
