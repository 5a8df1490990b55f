#include "emulator/catalog/event_delivery.h"

#include <variant>

#include "tests/support/catch.h"

using namespace emulator;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

const TimePoint kAccepted{std::chrono::hours(1)};

seconds delay(const std::variant<RetryAt, EndOfEvent>& decision, TimePoint now) {
  return std::chrono::round<seconds>(std::get<RetryAt>(decision).due - now);
}
EventCondition end(const std::variant<RetryAt, EndOfEvent>& decision) {
  return std::get<EndOfEvent>(decision).condition;
}

}  // namespace

TEST_CASE("event: a function error is retried after one and two minutes") {
  EventProgress progress{kAccepted};
  const EventSettings settings;
  auto now = kAccepted + seconds(3);
  CHECK(delay(after_attempt(progress, AttemptResult::FunctionError, settings, now), now) ==
        minutes(1));
  now += minutes(1);
  CHECK(delay(after_attempt(progress, AttemptResult::FunctionError, settings, now), now) ==
        minutes(2));
  now += minutes(2);
  CHECK(end(after_attempt(progress, AttemptResult::FunctionError, settings, now)) ==
        EventCondition::RetriesExhausted);
  CHECK(progress.attempts == 3);
}

TEST_CASE("event: a success ends it, whatever its age") {
  EventProgress progress{kAccepted, 1};
  CHECK(end(after_attempt(progress, AttemptResult::Succeeded, {}, kAccepted + minutes(600))) ==
        EventCondition::Success);
  CHECK(progress.attempts == 2);
}

TEST_CASE("event: without retries the first failure is the last") {
  EventSettings settings;
  settings.maximum_retry_attempts = 0;
  for (const auto result : {AttemptResult::FunctionError, AttemptResult::NotFound}) {
    EventProgress progress{kAccepted};
    CHECK(end(after_attempt(progress, result, settings, kAccepted)) ==
          EventCondition::RetriesExhausted);
    CHECK(progress.attempts == 1);
  }
}

TEST_CASE("event: throttles and service errors do not count, and come less and less often") {
  EventProgress progress{kAccepted};
  const EventSettings settings;
  auto now = kAccepted;
  for (const int expected : {1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300}) {
    const auto result = expected % 3 == 1 ? AttemptResult::Throttled : AttemptResult::ServiceError;
    CHECK(delay(after_attempt(progress, result, settings, now), now) == seconds(expected));
    now += seconds(expected);
  }
  CHECK(progress.attempts == 0);
  // What counts begins the back-off anew.
  after_attempt(progress, AttemptResult::FunctionError, settings, now);
  CHECK(delay(after_attempt(progress, AttemptResult::Throttled, settings, now), now) == seconds(1));
  // Until the event is too old.
  now = kAccepted + seconds(21'600) - seconds(1);
  CHECK(end(after_attempt(progress, AttemptResult::Throttled, settings, now)) ==
        EventCondition::EventAgeExceeded);
}

TEST_CASE("event: a retry that would come too late is not waited for") {
  EventSettings settings;
  settings.maximum_age = seconds(60);
  EventProgress progress{kAccepted};
  CHECK(end(after_attempt(progress, AttemptResult::FunctionError, settings, kAccepted)) ==
        EventCondition::EventAgeExceeded);
  settings.maximum_age = seconds(61);
  progress = {kAccepted};
  CHECK(delay(after_attempt(progress, AttemptResult::FunctionError, settings, kAccepted),
              kAccepted) == minutes(1));
}

TEST_CASE("event: what is looked at before an attempt") {
  EventSettings settings;
  settings.maximum_age = seconds(60);
  const EventProgress progress{kAccepted};
  CHECK_FALSE(before_attempt(progress, settings, std::nullopt, kAccepted + seconds(59)));
  CHECK_FALSE(before_attempt(progress, settings, 1, kAccepted));
  CHECK(before_attempt(progress, settings, 0, kAccepted)->condition ==
        EventCondition::ZeroReservedConcurrency);
  CHECK(before_attempt(progress, settings, std::nullopt, kAccepted + seconds(60))->condition ==
        EventCondition::EventAgeExceeded);
}

TEST_CASE("event: the settings are the qualifier's, the dead-letter queue is $LATEST's") {
  Function function;
  function.latest.settings["DeadLetterConfig"] = {{"TargetArn", "arn:dead"}};
  function.event_invoke["live"] = {
      {"MaximumRetryAttempts", 1},
      {"MaximumEventAgeInSeconds", 120},
      {"DestinationConfig",
       {{"OnSuccess", {{"Destination", "arn:good"}}}, {"OnFailure", Json::object()}}}};
  function.event_invoke["$LATEST"] = {{"MaximumRetryAttempts", 0}};

  const auto live = event_settings(function, "live");
  CHECK(live.maximum_retry_attempts == 1);
  CHECK(live.maximum_age == seconds(120));
  CHECK(live.on_success == "arn:good");
  CHECK(live.on_failure.empty());
  CHECK(live.dead_letter == "arn:dead");

  CHECK(event_settings(function, "").maximum_retry_attempts == 0);
  CHECK(event_settings(function, "").maximum_age == seconds(21'600));
  CHECK(event_settings(function, "7").maximum_retry_attempts == 2);
  function.latest.settings["DeadLetterConfig"] = Json::object();
  CHECK(event_settings(function, "7").dead_letter.empty());
}
