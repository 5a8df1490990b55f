// What becomes of a batch after an invocation ended: a decision as a value, made from the outcome,
// the batch's history and the time. Carrying it out is the poller's part. Pure; any thread.
#pragma once

#include <chrono>
#include <variant>

#include "emulator/esm/batch.h"
#include "emulator/esm/clock.h"
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

struct Processed {};  // the offsets advance
struct Retry {        // the same records once more
  TimePoint at;
  AttemptHistory history;  // with this outcome
};
struct Undecided {
};  // nothing is known of the outcome: the offsets stay, the records will be read again

using Decision = std::variant<Processed, Retry, Undecided>;

Decision decide(Outcome::Kind outcome, AttemptHistory history, const RetryBackoff& backoff,
                TimePoint now);

}  // namespace emulator
