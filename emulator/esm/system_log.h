// The mapping's own log events, as AWS writes them to the function's log group when LoggingConfig
// has a SystemLogLevel: docs.aws.amazon.com/lambda/latest/dg/esm-logging.html. Each function makes
// the text of one event, one line of JSON. Pure; any thread.
//
// Inferences: members of which a local mapping knows nothing (a self-managed cluster's ARN, a VPC's
// networkConfig, offsets not seen yet) are left out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

enum class SystemLogEvent {
  EsmProcessing,  // WARN: something went wrong
  PollerStatus,   // INFO: a poller has connected, or its partitions have changed
  KafkaStatus     // DEBUG: where a partition stands, every minute
};
inline constexpr std::chrono::seconds kKafkaStatusInterval{60};

// Debug has what Info has, Info what Warn has.
bool is_logged(SystemLogEvent event, SystemLogLevel level);

// Who reports, and when.
struct SystemLogOrigin {
  const MappingConfig& config;
  std::size_t poller = 0;  // its number among the mapping's
  std::int64_t timestamp_ms = 0;
};

struct KafkaConnection {
  std::string broker_endpoints;   // comma-joined
  std::string security_protocol;  // "PLAINTEXT", "SASL_SSL", ...
  std::string sasl_mechanism;     // empty: none
  int total_partitions = 0;       // of the topic
  std::vector<std::int32_t> assigned_partitions;
  std::uint64_t assignment_generation = 0;  // how often the group has assigned so far
};
std::string poller_status_event(const SystemLogOrigin& origin, const KafkaConnection& connection);

struct PartitionOffsets {
  std::int32_t partition = 0;
  std::optional<std::int64_t> end;        // the offset that the next record will get
  std::optional<std::int64_t> consumed;   // of the last record read,
  std::optional<std::int64_t> processed;  // of the last one processed with all below it
  std::optional<std::int64_t> committed;  // what the group has: one more than the last processed
};
std::string kafka_status_event(const SystemLogOrigin& origin, const PartitionOffsets& offsets);

std::string esm_processing_event(const SystemLogOrigin& origin, std::string_view message,
                                 std::string_view code);
inline constexpr std::string_view kCommitErrorCode =
    "org.apache.kafka.clients.consumer.CommitFailedException";  // inference
inline constexpr std::string_view kDecodeErrorCode =
    "org.apache.kafka.common.errors.SerializationException";  // inference

}  // namespace emulator
