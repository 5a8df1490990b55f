// A clock that only moves when told to. Any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <type_traits>

#include "emulator/esm/clock.h"

namespace emulator::test {

class FakeClock : public Clock {
 public:
  // The timestamp that records of tests/support/records.h have.
  static constexpr std::int64_t kEpochMs = 1'545'084'650'987;

  TimePoint now() const override { return TimePoint(TimePoint::duration(ticks_.load())); }
  std::int64_t epoch_ms() const override {
    return kEpochMs + (ticks_.load() - kFirstTick) / 1'000'000;
  }
  std::chrono::nanoseconds real_time(std::chrono::nanoseconds own_time) const override {
    return own_time;
  }
  void tick(std::chrono::nanoseconds by) { ticks_ += by.count(); }

 private:
  static_assert(std::is_same_v<TimePoint::duration, std::chrono::nanoseconds>);
  // Not zero, which could hide a missing initialisation.
  static constexpr TimePoint::rep kFirstTick = 1'000'000'000'000;
  std::atomic<TimePoint::rep> ticks_{kFirstTick};
};

}  // namespace emulator::test
