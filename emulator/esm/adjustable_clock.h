// The mappings' clock as --time-scale and POST /_klambda/advance-time set it: it starts at the real
// time, runs `time_scale` times as fast, and jumps ahead when told to, never back. Records keep the
// timestamps that Kafka gave them, so those that are produced later look as old as the clock is
// ahead.
//
// Threads: any. Lifetime: longer than everything that looks at it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "emulator/esm/clock.h"

namespace emulator {

class AdjustableClock : public Clock {
 public:
  // `real` outlives it. `on_advance`: called by advance() when the time has moved, on its thread,
  // so that those who sleep until a time look again; may be empty.
  AdjustableClock(const Clock& real, double time_scale, std::function<void()> on_advance = {});

  TimePoint now() const override;
  std::int64_t epoch_ms() const override;
  std::chrono::nanoseconds real_time(std::chrono::nanoseconds own_time) const override;

  // `by`: not negative. The clock gets ahead of the real time by kAheadMax at most.
  void advance(std::chrono::nanoseconds by);

  static constexpr std::chrono::hours kAheadMax{24 * 365 * 100};
  static constexpr std::chrono::hours kSleepMax{24};  // what real_time() answers at most

 private:
  TimePoint own_time(TimePoint real_now) const;

  const Clock& real_;
  const double time_scale_;
  const TimePoint started_;
  const std::function<void()> on_advance_;
  std::atomic<std::chrono::nanoseconds::rep> advanced_{0};
};

}  // namespace emulator
