#include "emulator/esm/system_log.h"

#include <nlohmann/json.hpp>
#include <utility>

namespace emulator {
namespace {

using Json = nlohmann::ordered_json;

SystemLogLevel level_of(SystemLogEvent event) {
  switch (event) {
    case SystemLogEvent::EsmProcessing:
      return SystemLogLevel::Warn;
    case SystemLogEvent::PollerStatus:
      return SystemLogLevel::Info;
    case SystemLogEvent::KafkaStatus:
      break;
  }
  return SystemLogLevel::Debug;
}

// What every event has; `payload` comes behind it.
std::string render(const SystemLogOrigin& origin, const char* type, const char* level,
                   const char* payload_name, Json payload) {
  const MappingConfig& config = origin.config;
  Json event = {
      {"eventType", type}, {"timestamp", origin.timestamp_ms}, {"resourceArn", config.arn()}};
  if (!config.event_source_arn.empty()) event["eventSourceArn"] = config.event_source_arn;
  event["eventProcessorId"] = config.uuid + "/" + std::to_string(origin.poller);
  event["logLevel"] = level;
  event[payload_name] = std::move(payload);
  // Messages may quote what a broker or a handler sent; dump would throw at what is not UTF-8.
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

bool is_logged(SystemLogEvent event, SystemLogLevel level) {
  return level >= level_of(event);
}

std::string poller_status_event(const SystemLogOrigin& origin, const KafkaConnection& connection) {
  const MappingConfig& config = origin.config;
  Json partitions = Json::array();
  for (const std::int32_t partition : connection.assigned_partitions) {
    partitions.push_back(config.topic + "-" + std::to_string(partition));
  }
  Json payload = {{"brokerEndpoints", connection.broker_endpoints},
                  {"consumerId", config.uuid + "-" + std::to_string(origin.poller)},
                  {"topics", Json::array({config.topic})},
                  {"consumerGroupId", config.group()},
                  {"securityProtocol", connection.security_protocol}};
  if (!connection.sasl_mechanism.empty()) payload["saslMechanism"] = connection.sasl_mechanism;
  payload["totalPartitionCount"] = connection.total_partitions;
  payload["assignedPartitionCount"] = connection.assigned_partitions.size();
  payload["partitionsAssignmentGeneration"] = connection.assignment_generation;
  payload["assignedPartitions"] = std::move(partitions);
  return render(origin, "POLLER_STATUS_EVENT", "INFO", "kafkaEventSourceConnection",
                std::move(payload));
}

std::string kafka_status_event(const SystemLogOrigin& origin, const PartitionOffsets& offsets) {
  Json payload = {{"partition", origin.config.topic + "-" + std::to_string(offsets.partition)}};
  if (offsets.end) payload["endOffset"] = *offsets.end;
  if (offsets.consumed) payload["consumedOffset"] = *offsets.consumed;
  if (offsets.processed) payload["processedOffset"] = *offsets.processed;
  if (offsets.committed) payload["committedOffset"] = *offsets.committed;
  return render(origin, "KAFKA_STATUS_EVENT", "DEBUG", "kafkaPartitionOffsets", std::move(payload));
}

std::string esm_processing_event(const SystemLogOrigin& origin, std::string_view message,
                                 std::string_view code) {
  return render(origin, "ESM_PROCESSING_EVENT", "WARN", "error",
                {{"errorMessage", message}, {"errorCode", code}});
}

}  // namespace emulator
