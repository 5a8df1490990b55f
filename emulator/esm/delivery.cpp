#include "emulator/esm/delivery.h"

#include <algorithm>

namespace emulator {

std::chrono::milliseconds RetryBackoff::pause(int failures) const {
  auto pause = first;
  for (int i = 1; i < failures && pause < max; ++i) pause *= 2;
  return std::min(pause, max);
}

Decision decide(Outcome::Kind outcome, AttemptHistory history, const RetryBackoff& backoff,
                TimePoint now) {
  switch (outcome) {
    case Outcome::Kind::Success:
      return Processed{};

    // "Lambda retries the batch until processing succeeds or the records expire" (with-kafka.html,
    // error handling without limits): the whole batch, all its partitions.
    case Outcome::Kind::FunctionError:
      history = {history.failed + 1, 0};
      return Retry{now + backoff.pause(history.failed), history};

    // The function did not run, so this is no attempt of the batch's (inference: AWS's throttles
    // are retried without end).
    case Outcome::Kind::Throttled:
    case Outcome::Kind::ServiceError:
      history.refused += 1;
      return Retry{now + backoff.pause(history.refused), history};

    case Outcome::Kind::Cancelled:
      break;
  }
  return Undecided{};
}

}  // namespace emulator
