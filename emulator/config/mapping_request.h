// An event source mapping as somebody asks for it, in the words of CreateEventSourceMapping: what
// template, command line and control plane have in common. mapping_rules.h says what is wrong with
// it. Plain values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

// An entry of SourceAccessConfigurations or of a registry's AccessConfigs.
struct AccessRequest {
  std::string type;
  std::optional<std::string> uri;  // empty: it was given, and nobody knows it outside of AWS
};

struct SchemaRegistryRequest {
  std::string uri;
  std::optional<std::string> format;
  std::vector<std::string> attributes;  // of SchemaValidationConfigs
  std::vector<AccessRequest> access;
};

// Values as they came, nullopt or empty for what was not given.
// Broker addresses are checked where they are read (brokers.h), filter patterns compiled in esm/.
struct MappingRequest {
  EventSourceKind kind = EventSourceKind::SelfManagedKafka;
  std::vector<std::string> topics;
  std::optional<std::vector<AccessRequest>> source_access;  // given, though it may be empty
  std::optional<std::string> starting_position;
  std::optional<std::int64_t> starting_timestamp_ms;
  std::optional<std::string> consumer_group_id;
  std::optional<bool> enabled;
  std::optional<std::int64_t> batch_size;
  std::optional<std::int64_t> batch_window_ms;
  std::vector<std::string> filter_patterns;
  std::optional<std::int64_t> maximum_retry_attempts;
  std::optional<std::int64_t> maximum_record_age_s;
  std::optional<bool> bisect_batch_on_function_error;
  std::vector<std::string> function_response_types;
  bool has_on_success = false;
  std::string on_failure_destination;
  bool provisioned = false;  // ProvisionedPollerConfig with anything in it
  std::optional<std::int64_t> minimum_pollers;
  std::optional<std::int64_t> maximum_pollers;
  std::optional<std::string> poller_group_name;
  std::optional<SchemaRegistryRequest> schema_registry;
  std::vector<std::string> metrics;
  std::optional<std::string> system_log_level;
  // Given, but of other event sources: "ParallelizationFactor", …
  std::vector<std::string> foreign_parameters;
};

// Parameters of CreateEventSourceMapping that no Kafka mapping has.
inline constexpr std::array<std::string_view, 5> kForeignParameters{
    "DocumentDBEventSourceConfig", "ParallelizationFactor", "Queues", "ScalingConfig",
    "TumblingWindowInSeconds"};

// Fills what a request without violations says; the rest of the mapping stays as it is.
void apply(const MappingRequest& request, MappingConfig& mapping);

// The API's words; nullopt for any other.
std::optional<StartingPosition> parse_starting_position(std::string_view text);
std::optional<SystemLogLevel> parse_system_log_level(std::string_view text);

}  // namespace emulator
