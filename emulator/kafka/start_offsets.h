// Where to begin in each partition that the group gives us, as absolute offsets: a logical start
// ("beginning") would cost half a second before the first record. Called in the rebalance callback,
// on the poller's thread; blocks within `timeout`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {

struct StartRule {
  StartingPosition position = StartingPosition::TrimHorizon;
  std::int64_t timestamp_ms = 0;  // AT_TIMESTAMP
};

// What the brokers say of one partition; all offsets absolute.
struct PartitionFacts {
  std::int32_t partition = 0;
  std::optional<std::int64_t> committed;
  std::int64_t low = 0;   // the oldest record kept
  std::int64_t high = 0;  // the next one to be written
  std::optional<std::int64_t>
      since_time;  // first record not older than the timestamp; nullopt: none
};

struct StartOffset {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::string reason;                       // as PartitionAssigned has it
  std::optional<std::int64_t> lost_commit;  // a committed offset that is outside the log
};

// Pure. `remembered`: where this process began earlier without a committed offset; it begins there
// again, or records between the two moments would be skipped.
StartOffset decide_start(const PartitionFacts& facts, const StartRule& rule,
                         std::optional<std::int64_t> remembered);

struct LookupFailure {
  rd_kafka_resp_err_t error = RD_KAFKA_RESP_ERR_NO_ERROR;
};

std::variant<std::vector<PartitionFacts>, LookupFailure> look_up_partitions(
    rd_kafka_t* client, const rd_kafka_topic_partition_list_t& partitions, const StartRule& rule,
    std::chrono::milliseconds timeout);

}  // namespace emulator
