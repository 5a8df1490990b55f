// One line of the fault script, as text and as a value. Pure; any thread.
//
//   FAULT[@PLACE] [DURATION] [WHEN...]      # a comment
//
//   FAULT     timeout        the function runs, and then counts as timed out
//             crash          the function runs, and then counts as crashed
//             throttle       the function is not run: no concurrency left
//             duplicate      after its success the same batch is delivered again
//             rebalance      after its success and before the commit the partitions are lost
//             commit-fails   the brokers refuse a commit
//             broker-down    the brokers are out of reach for DURATION: 500ms, 5s, 2m
//   PLACE     orders              topic orders; without a place: every topic
//             orders[2]           batches with records of its partition 2
//             orders[2]:100       batches with its record 100
//             orders[2]:100..200  batches with any of these records
//             (commit-fails and broker-down have a topic at most)
//   WHEN      x3             at most three times
//             every 4        at every fourth chance
//             5%             at each chance with this probability; down to 0.001%
//             Several go together: "crash every 10 x3" is the 10th, 20th and 30th chance.
//
// A chance is an invocation of a batch in reach, retries too; a commit; a second of polling. A
// fault without WHEN strikes at its first chance and never again: one that struck a record for ever
// would block its partition for ever ("every 1" does that on purpose). One that is spent on an
// invocation which then fails by itself is spent all the same.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/config/model.h"

namespace emulator {

enum class FaultKind { Timeout, Crash, Throttle, Duplicate, Rebalance, CommitFails, BrokerDown };
std::string_view to_string(FaultKind kind);  // as the script says it

struct Fault {
  FaultKind kind = FaultKind::Timeout;
  std::string topic;  // empty: every topic
  std::optional<std::int32_t> partition;
  std::int64_t first_offset = 0;  // of the partition's records in reach
  std::int64_t last_offset = std::numeric_limits<std::int64_t>::max();
  std::chrono::milliseconds duration{0};  // BrokerDown only
  std::uint64_t every = 1;                // of how many chances one may strike
  double probability = 1;
  std::uint64_t strikes_max = 1;
};

// Throws ConfigError: what, where, what would be right.
Fault parse_fault(const FaultLine& line);

}  // namespace emulator
