// What destinations of asynchronous invocations get: the invocation record, and the event itself
// with attributes for a dead-letter queue (docs: invocation-async-retain-records.html). Pure but
// for the random part of an object's name; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "emulator/catalog/event_delivery.h"
#include "emulator/esm/record_sink.h"
#include "emulator/function/invoker.h"

namespace emulator {

// What the last attempt was answered.
struct EventAnswer {
  int status = 0;  // HTTP's, as Invoke would have it: 200, 404, 429, 500; 0: there was no attempt
  std::string executed_version;  // empty: the function did not run
  bool function_error = false;
  std::string payload;  // of 200: what the function answered
  std::string message;  // of another status: the API's error
};

struct EventOutcome {
  std::string function;      // name
  std::string function_arn;  // with the qualifier, "…:$LATEST" when there was none
  std::string request_id;
  Payload event;
  EventCondition condition = EventCondition::Success;
  int attempts = 0;
  EventAnswer answer;
  std::int64_t now_epoch_ms = 0;
};

// For a destination of either kind; for S3 with the object's name.
FailureMessage invocation_record(const EventOutcome& outcome);
// For the dead-letter queue: the event as it was sent.
FailureMessage dead_letter(const EventOutcome& outcome);

}  // namespace emulator
