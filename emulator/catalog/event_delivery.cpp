#include "emulator/catalog/event_delivery.h"

#include <algorithm>

namespace emulator {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

// "The retry interval increases exponentially from 1 second after the first attempt to a maximum of
// 5 minutes" (docs invocation-async-error-handling.html); that it doubles is an inference.
constexpr seconds kRefusedFirst{1};
constexpr seconds kRefusedMax{300};
constexpr int kDoublingsMax = 9;  // beyond kRefusedMax

std::string destination_of(const Json& config, const char* outcome) {
  const auto destinations = config.find("DestinationConfig");
  if (destinations == config.end() || !destinations->is_object()) return {};
  const auto found = destinations->find(outcome);
  return found == destinations->end() || !found->is_object() ? std::string()
                                                             : found->value("Destination", "");
}

seconds refused_delay(int refusals) {
  return std::min(kRefusedMax, kRefusedFirst * (1 << std::min(refusals - 1, kDoublingsMax)));
}

}  // namespace

EventSettings event_settings(const Function& function, const std::string& qualifier) {
  EventSettings settings;
  if (const auto letters = function.latest.settings.find("DeadLetterConfig");
      letters != function.latest.settings.end() && letters->is_object())
    settings.dead_letter = letters->value("TargetArn", "");
  const auto found = function.event_invoke.find(qualifier.empty() ? kLatest : qualifier);
  if (found == function.event_invoke.end()) return settings;
  const Json& config = found->second;
  settings.maximum_retry_attempts =
      config.value("MaximumRetryAttempts", settings.maximum_retry_attempts);
  settings.maximum_age =
      seconds(config.value("MaximumEventAgeInSeconds", settings.maximum_age.count()));
  settings.on_success = destination_of(config, "OnSuccess");
  settings.on_failure = destination_of(config, "OnFailure");
  return settings;
}

std::string_view to_string(EventCondition condition) {
  switch (condition) {
    case EventCondition::Success:
      return "Success";
    case EventCondition::RetriesExhausted:
      return "RetriesExhausted";
    case EventCondition::EventAgeExceeded:
      return "EventAgeExceeded";
    case EventCondition::ZeroReservedConcurrency:
      break;
  }
  return "ZeroReservedConcurrency";
}

// Reserved concurrency 0: "begins sending new events to the configured dead-letter queue or the
// on-failure event destination, without any retries" (docs invocation-async-retain-records.html).
std::optional<EndOfEvent> before_attempt(const EventProgress& progress,
                                         const EventSettings& settings,
                                         std::optional<int> reserved_concurrency, TimePoint now) {
  if (reserved_concurrency == 0) return EndOfEvent{EventCondition::ZeroReservedConcurrency};
  if (now - progress.accepted >= settings.maximum_age)
    return EndOfEvent{EventCondition::EventAgeExceeded};
  return std::nullopt;
}

std::variant<RetryAt, EndOfEvent> after_attempt(EventProgress& progress, AttemptResult result,
                                                const EventSettings& settings, TimePoint now) {
  TimePoint due = now;
  switch (result) {
    case AttemptResult::Succeeded:
      ++progress.attempts;
      return EndOfEvent{EventCondition::Success};
    case AttemptResult::FunctionError:
    case AttemptResult::NotFound:  // an inference: others have measured that it counts
      progress.refusals = 0;
      if (++progress.attempts > settings.maximum_retry_attempts)
        return EndOfEvent{EventCondition::RetriesExhausted};
      // "a one-minute wait between the first two attempts, and two minutes between the second and
      // third attempts" (docs invocation-async-error-handling.html)
      due += minutes(progress.attempts);
      break;
    case AttemptResult::Throttled:
    case AttemptResult::ServiceError:
      due += refused_delay(++progress.refusals);
      break;
  }
  // An attempt that would come too late is not waited for (recorded: MaximumEventAgeInSeconds of 60
  // ends with the first failure).
  if (due - progress.accepted >= settings.maximum_age)
    return EndOfEvent{EventCondition::EventAgeExceeded};
  return RetryAt{due};
}

}  // namespace emulator
