#include "emulator/esm/adjustable_clock.h"

#include <atomic>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours kDay{24};

TEST_CASE("adjustable clock: it starts at the real time and follows it") {
  test::FakeClock real;
  const AdjustableClock clock(real, 1);
  CHECK(clock.now() == real.now());
  CHECK(clock.epoch_ms() == real.epoch_ms());
  real.tick(1'234'567'891ns);
  CHECK(clock.now() == real.now());
  CHECK(clock.epoch_ms() == real.epoch_ms());
  CHECK(clock.real_time(90s) == 90s);
}

TEST_CASE("adjustable clock: the scale makes it run faster or slower, without a jump") {
  test::FakeClock real;
  const TimePoint start = real.now();
  const auto start_ms = real.epoch_ms();
  const AdjustableClock fast(real, 60);
  const AdjustableClock slow(real, 0.5);
  CHECK(fast.now() == start);
  CHECK(slow.now() == start);
  real.tick(10s);
  CHECK(fast.now() == start + 10min);
  CHECK(fast.epoch_ms() == start_ms + 600'000);
  CHECK(slow.now() == start + 5s);
  CHECK(slow.epoch_ms() == start_ms + 5'000);
}

TEST_CASE("adjustable clock: a sleeper wakes in time and never early") {
  test::FakeClock real;
  const AdjustableClock fast(real, 60);
  CHECK(fast.real_time(1min) == 1s);
  CHECK(fast.real_time(1ns) == 1ns);
  CHECK(fast.real_time(61ns) == 2ns);
  CHECK(fast.real_time(0ns) == 0ns);
  CHECK(fast.real_time(-1min) == -1s);
  const AdjustableClock slow(real, 0.5);
  CHECK(slow.real_time(1s) == 2s);
  CHECK(slow.real_time(TimePoint::max() - slow.now()) == AdjustableClock::kSleepMax);

  const AdjustableClock odd(real, 3.7);
  const TimePoint until = odd.now() + 1s;
  real.tick(odd.real_time(1s));
  CHECK(odd.now() >= until);
}

TEST_CASE("adjustable clock: it jumps ahead and tells") {
  test::FakeClock real;
  int told = 0;
  AdjustableClock clock(real, 2, [&told] { ++told; });
  const TimePoint start = clock.now();
  const auto start_ms = clock.epoch_ms();
  clock.advance(7 * kDay);
  CHECK(told == 1);
  CHECK(clock.now() == start + 7 * kDay);
  CHECK(clock.epoch_ms() == start_ms + 7 * 86'400'000);
  real.tick(1s);
  clock.advance(0ns);
  CHECK(told == 2);
  CHECK(clock.now() == start + 7 * kDay + 2s);
}

TEST_CASE("adjustable clock: what others see of an advance, they see when they are told") {
  test::FakeClock real;
  TimePoint seen;
  AdjustableClock* clock_ptr = nullptr;
  AdjustableClock clock(real, 1, [&] { seen = clock_ptr->now(); });
  clock_ptr = &clock;
  clock.advance(1h);
  CHECK(seen == real.now() + 1h);
}

TEST_CASE("adjustable clock: neither a wild scale nor wild advances run over") {
  test::FakeClock real;
  const TimePoint start = real.now();
  AdjustableClock clock(real, 1'000'000);
  for (int i = 0; i < 10; ++i) clock.advance(20 * 365 * kDay);
  CHECK(clock.now() == start + AdjustableClock::kAheadMax);
  clock.advance(std::chrono::nanoseconds::max());
  TimePoint latest = clock.now();
  for (int i = 0; i < 1'000; ++i) {
    real.tick(kDay);
    REQUIRE(clock.now() > latest);
    latest = clock.now();
  }
  CHECK(clock.now() == real.now() + AdjustableClock::kAheadMax);
  CHECK(clock.epoch_ms() ==
        real.epoch_ms() + std::chrono::milliseconds(AdjustableClock::kAheadMax).count());
}

TEST_CASE("adjustable clock: no thread ever sees it go back") {
  const SystemClock real;
  for (const double scale : {0.37, 1.0, 59.9}) {
    AdjustableClock clock(real, scale);
    std::atomic<bool> went_back{false};
    std::vector<std::thread> readers;
    for (int i = 0; i < 2; ++i) {
      readers.emplace_back([&] {
        TimePoint latest = clock.now();
        for (int look = 0; look < 20'000; ++look) {
          const TimePoint now = clock.now();
          if (now < latest) went_back = true;
          latest = now;
        }
      });
    }
    const TimePoint start = clock.now();
    for (int i = 0; i < 1'000; ++i) clock.advance(1s);
    for (std::thread& reader : readers) reader.join();
    CHECK_FALSE(went_back);
    CHECK(clock.now() >= start + 1'000s);
  }
}

}  // namespace
}  // namespace emulator
