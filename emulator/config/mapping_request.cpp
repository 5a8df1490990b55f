#include "emulator/config/mapping_request.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "emulator/config/access_rules.h"

namespace emulator {
namespace {

// What is stored may be older than the rules: types that they do not know are left out.
std::vector<SourceAccess> access_of(const std::vector<AccessRequest>& requests) {
  std::vector<SourceAccess> access;
  for (const auto& request : requests) {
    if (const auto type = parse_access_type(request.type))
      access.push_back({*type, request.uri.value_or("")});
  }
  return access;
}

SchemaRegistry registry_of(const SchemaRegistryRequest& request) {
  const auto has = [&](const char* attribute) {
    return std::find(request.attributes.begin(), request.attributes.end(), attribute) !=
           request.attributes.end();
  };
  SchemaRegistry registry;
  registry.uri = request.uri;
  registry.format = request.format == "SOURCE" ? SchemaRegistry::RecordFormat::AsSource
                                               : SchemaRegistry::RecordFormat::AsJson;
  registry.validates_key = has("KEY");
  registry.validates_value = has("VALUE");
  registry.access = access_of(request.access);
  return registry;
}

}  // namespace

void apply(const MappingRequest& request, MappingConfig& mapping) {
  const auto number = [](const std::optional<std::int64_t>& value, int fallback) {
    return static_cast<int>(value.value_or(fallback));
  };
  mapping.kind = request.kind;
  mapping.topic = request.topics.front();
  if (request.starting_position)
    mapping.starting_position = parse_starting_position(*request.starting_position).value();
  mapping.starting_timestamp_ms = request.starting_timestamp_ms.value_or(0);
  mapping.consumer_group_id = request.consumer_group_id.value_or("");
  mapping.enabled = request.enabled.value_or(true);
  mapping.batch_size = number(request.batch_size, kBatchSizeDefault);
  if (request.batch_window_ms)
    mapping.batch_window = std::chrono::milliseconds(*request.batch_window_ms);
  mapping.filter_patterns = request.filter_patterns;
  mapping.maximum_retry_attempts = number(request.maximum_retry_attempts, kUnlimited);
  mapping.maximum_record_age_s = number(request.maximum_record_age_s, kUnlimited);
  mapping.bisect_batch_on_function_error = request.bisect_batch_on_function_error.value_or(false);
  mapping.report_batch_item_failures = !request.function_response_types.empty();
  mapping.on_failure_destination = request.on_failure_destination;
  mapping.metrics = request.metrics;
  mapping.source_access = access_of(request.source_access.value_or(std::vector<AccessRequest>()));
  mapping.schema_registry.reset();
  if (request.schema_registry) mapping.schema_registry = registry_of(*request.schema_registry);
  mapping.provisioned.reset();
  if (request.provisioned) {
    ProvisionedPollers pollers;
    pollers.minimum = number(request.minimum_pollers, pollers.minimum);
    pollers.maximum = number(request.maximum_pollers, pollers.maximum);
    pollers.group_name = request.poller_group_name.value_or("");
    mapping.provisioned = std::move(pollers);
  }
  if (request.system_log_level)
    mapping.system_log_level = parse_system_log_level(*request.system_log_level).value();
}

std::optional<StartingPosition> parse_starting_position(std::string_view text) {
  if (text == "TRIM_HORIZON") return StartingPosition::TrimHorizon;
  if (text == "LATEST") return StartingPosition::Latest;
  if (text == "AT_TIMESTAMP") return StartingPosition::AtTimestamp;
  return std::nullopt;
}

std::optional<SystemLogLevel> parse_system_log_level(std::string_view text) {
  if (text == "WARN") return SystemLogLevel::Warn;
  if (text == "INFO") return SystemLogLevel::Info;
  if (text == "DEBUG") return SystemLogLevel::Debug;
  return std::nullopt;
}

}  // namespace emulator
