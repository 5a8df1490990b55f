// What becomes of an event that was handed over asynchronously: how often and when it is tried
// again, and when it is given up (docs: invocation-async-error-handling.html). Pure functions of
// data and time; catalog/event_queue does what they say. Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/catalog/function.h"
#include "emulator/esm/clock.h"

namespace emulator {

// FunctionEventInvokeConfig of the qualifier that an event names, and the function's dead-letter
// queue. Defaults: docs invocation-async-configuring.html.
struct EventSettings {
  int maximum_retry_attempts = 2;            // 0 to 2
  std::chrono::seconds maximum_age{21'600};  // 60 to 21600
  std::string on_success;                    // ARNs; empty: none
  std::string on_failure;
  std::string dead_letter;
};

// `qualifier`: as the caller gave it; an empty one stands for $LATEST. "Function versions use the
// same dead-letter queue settings as the unpublished version"
// (docs invocation-async-retain-records.html).
EventSettings event_settings(const Function& function, const std::string& qualifier);

// How one attempt ended.
enum class AttemptResult {
  Succeeded,
  FunctionError,  // the handler's, a timeout, a crash
  NotFound,       // function, version or alias was deleted meanwhile
  Throttled,      // 429: the function did not run
  ServiceError    // 500: the function did not run
};

enum class EventCondition { Success, RetriesExhausted, EventAgeExceeded, ZeroReservedConcurrency };
std::string_view to_string(EventCondition condition);  // as an invocation record says it

struct EventProgress {
  TimePoint accepted;
  int attempts = 0;  // those that count: function errors, and finding nothing to run
  int refusals = 0;  // throttles and service errors since the last attempt that counts
};

struct RetryAt {
  TimePoint due;
};
struct EndOfEvent {
  EventCondition condition;
};

// Before an attempt; nullopt: it may be made. `reserved_concurrency`: of the function as it is now.
std::optional<EndOfEvent> before_attempt(const EventProgress& progress,
                                         const EventSettings& settings,
                                         std::optional<int> reserved_concurrency, TimePoint now);

// After one; counts it in `progress`.
std::variant<RetryAt, EndOfEvent> after_attempt(EventProgress& progress, AttemptResult result,
                                                const EventSettings& settings, TimePoint now);

}  // namespace emulator
