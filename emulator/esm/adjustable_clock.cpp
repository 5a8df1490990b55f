#include "emulator/esm/adjustable_clock.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <utility>

namespace emulator {

using std::chrono::nanoseconds;

AdjustableClock::AdjustableClock(const Clock& real, double time_scale,
                                 std::function<void()> on_advance)
    : real_(real),
      time_scale_(time_scale),
      started_(real.now()),
      on_advance_(std::move(on_advance)) {
  assert(time_scale_ > 0);
}

TimePoint AdjustableClock::now() const {
  return own_time(real_.now());
}

// The system's own time of day, and how far this clock is ahead of it: without scale and advances
// both agree, even after somebody has set the system's.
std::int64_t AdjustableClock::epoch_ms() const {
  const TimePoint real_now = real_.now();
  const auto ahead = own_time(real_now) - real_now;
  return real_.epoch_ms() + std::chrono::floor<std::chrono::milliseconds>(ahead).count();
}

// Rounded up, so that a sleeper does not wake just before its time.
nanoseconds AdjustableClock::real_time(nanoseconds own_time) const {
  const double real = std::ceil(static_cast<double>(own_time.count()) / time_scale_);
  const double max = static_cast<double>(nanoseconds(kSleepMax).count());
  return nanoseconds(static_cast<nanoseconds::rep>(std::clamp(real, -max, max)));
}

void AdjustableClock::advance(nanoseconds by) {
  assert(by.count() >= 0);
  auto advanced = advanced_.load();
  while (!advanced_.compare_exchange_weak(
      advanced, advanced + std::min(by, nanoseconds(kAheadMax) - nanoseconds(advanced)).count())) {
  }
  if (on_advance_) on_advance_();
}

// Each term only grows, and so does what they make together.
TimePoint AdjustableClock::own_time(TimePoint real_now) const {
  const nanoseconds elapsed = real_now - started_;
  const double scaled = static_cast<double>(elapsed.count()) * time_scale_;
  const double scaled_max = static_cast<double>((elapsed + nanoseconds(kAheadMax)).count());
  const nanoseconds own(static_cast<nanoseconds::rep>(std::min(scaled, scaled_max)));
  return started_ + std::min(own + nanoseconds(advanced_.load()), elapsed + nanoseconds(kAheadMax));
}

}  // namespace emulator
