// Time as the mappings see it: one clock for windows, back-off, record age and scaling, which
// --time-scale and POST /_klambda/advance-time move on. The deadline of a running handler does not
// follow it. Real: SystemClock, AdjustableClock (esm/adjustable_clock.h). Fake:
// tests/support/fake_clock.h. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

#include "emulator/config/utc.h"

namespace emulator {

using TimePoint = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;          // windows, back-off, scaling
  virtual std::int64_t epoch_ms() const = 0;  // ages of records, timestamps of documents
  // How long a thread really sleeps for this much of the clock's time to pass.
  virtual std::chrono::nanoseconds real_time(std::chrono::nanoseconds own_time) const = 0;
};

class SystemClock : public Clock {
 public:
  TimePoint now() const override { return std::chrono::steady_clock::now(); }
  std::int64_t epoch_ms() const override { return epoch_ms_now(); }
  std::chrono::nanoseconds real_time(std::chrono::nanoseconds own_time) const override {
    return own_time;
  }
};

}  // namespace emulator
