// What becomes of a batch after an invocation ended: a decision as a value, made from the answer,
// the batch's history, the mapping's rules and the time. Carrying it out is the poller's part.
// Pure; any thread.
//
// Rules: docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html; what AWS does not
// document for Kafka follows its streams, and says so.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/batch.h"
#include "emulator/esm/batch_log.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/failure_record.h"
#include "emulator/esm/kafka_event.h"
#include "emulator/function/invoker.h"

namespace emulator {

// Pauses before a batch is sent again. AWS does not publish its schedule; that it grows and has a
// cap is an inference.
struct RetryBackoff {
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds max{10'000};

  // Before the retry after the `failures`-th failure in a row (1, 2, ...): first, doubled each
  // time, at most max.
  std::chrono::milliseconds pause(int failures) const;
};

struct DeliveryRules {
  RetryBackoff backoff;
  std::optional<int> retry_limit;  // nullopt: retried until it succeeds
  bool bisects = false;
  bool reads_item_failures = false;
  Strictness strictness = Strictness::Lenient;
};

// Records that are still to be disposed of, and how.
struct Part {
  Batch batch;
  std::optional<Discard> discard;  // nullopt: they go to the function
  TimePoint due{};
  // Of a discarded part that the destination did not get at once.
  int failed_sends = 0;
  std::vector<FailureMessage> undelivered{};
  BatchLog::Ticket ticket{};  // none until it is sent or given up
};

struct Decision {
  enum class Kind {
    Processed,    // all of it
    ItemsFailed,  // the function named the records that failed
    Retry,        // the same records once more
    Split,        // in two halves
    GivenUp,      // no attempts are left
    Undecided,    // nothing is known of the outcome: the records stay uncommitted
  };
  Kind kind = Kind::Processed;
  Batch done;              // processed
  std::vector<Part> left;  // in the order in which they are to be disposed of
  std::string remark;      // for people: what was wrong with the answer; may be empty
};

// `topic` is the batch's.
Decision decide(Batch batch, const Outcome& outcome, std::string_view topic,
                const DeliveryRules& rules, const EventFormat& format, TimePoint now);

// Takes the records out that are older than the limit.
// (Age: the clock's time minus the record's timestamp, an inference.)
Batch take_expired(Batch& batch, std::chrono::milliseconds age_max, std::int64_t now_epoch_ms,
                   const EventFormat& format);

}  // namespace emulator
