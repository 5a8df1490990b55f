#include "emulator/esm/delivery.h"

#include "tests/support/catch.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;

constexpr RetryBackoff kBackoff{200ms, 1'000ms};
constexpr TimePoint kNow{5h};

TEST_CASE("delivery: the pause doubles up to its cap") {
  CHECK(kBackoff.pause(1) == 200ms);
  CHECK(kBackoff.pause(2) == 400ms);
  CHECK(kBackoff.pause(3) == 800ms);
  CHECK(kBackoff.pause(4) == 1'000ms);
  CHECK(kBackoff.pause(1'000'000) == 1'000ms);
  CHECK(RetryBackoff{50ms, 20ms}.pause(1) == 20ms);
  CHECK(RetryBackoff{0ms, 20ms}.pause(1'000) == 0ms);
}

TEST_CASE("delivery: success is processed, whatever came before") {
  CHECK(std::holds_alternative<Processed>(decide(Kind::Success, {3, 2}, kBackoff, kNow)));
}

TEST_CASE("delivery: a failed function gets the same batch again, each time later") {
  const auto first = std::get<Retry>(decide(Kind::FunctionError, {}, kBackoff, kNow));
  CHECK(first.at == kNow + 200ms);
  CHECK(first.history.failed == 1);
  const auto second = std::get<Retry>(decide(Kind::FunctionError, first.history, kBackoff, kNow));
  CHECK(second.at == kNow + 400ms);
  CHECK(second.history.failed == 2);
}

TEST_CASE("delivery: what did not run is tried again and is no attempt") {
  const auto kind = GENERATE(Kind::Throttled, Kind::ServiceError);
  const auto first = std::get<Retry>(decide(kind, {1, 0}, kBackoff, kNow));
  CHECK(first.history.failed == 1);
  CHECK(first.history.refused == 1);
  CHECK(first.at == kNow + 200ms);
  const auto second = std::get<Retry>(decide(kind, first.history, kBackoff, kNow));
  CHECK(second.history.failed == 1);
  CHECK(second.at == kNow + 400ms);
  const auto ran = std::get<Retry>(decide(Kind::FunctionError, second.history, kBackoff, kNow));
  CHECK(ran.history.failed == 2);
  CHECK(ran.history.refused == 0);
}

TEST_CASE("delivery: nothing follows from a cancelled invocation") {
  CHECK(std::holds_alternative<Undecided>(decide(Kind::Cancelled, {}, kBackoff, kNow)));
}

}  // namespace
}  // namespace emulator
