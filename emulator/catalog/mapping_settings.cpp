#include "emulator/catalog/mapping_settings.h"

#include <cmath>
#include <stdexcept>

#include "emulator/config/access_rules.h"
#include "emulator/config/function_name.h"

namespace emulator {
namespace {

constexpr const char* kBrokers = "KAFKA_BOOTSTRAP_SERVERS";

std::string_view to_string(StartingPosition position) {
  switch (position) {
    case StartingPosition::TrimHorizon:
      return "TRIM_HORIZON";
    case StartingPosition::Latest:
      return "LATEST";
    case StartingPosition::AtTimestamp:
      return "AT_TIMESTAMP";
  }
  return "TRIM_HORIZON";
}

std::string_view to_string(SystemLogLevel level) {
  switch (level) {
    case SystemLogLevel::Debug:
      return "DEBUG";
    case SystemLogLevel::Info:
      return "INFO";
    case SystemLogLevel::Warn:
      return "WARN";
    case SystemLogLevel::Off:
      break;
  }
  return "";
}

std::optional<std::int64_t> integer(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return std::nullopt;
  return found->get<std::int64_t>();
}

std::optional<std::string> text(const Json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end()) return std::nullopt;
  return found->get<std::string>();
}

std::vector<std::string> texts(const Json& object, const char* member) {
  return object.value(member, std::vector<std::string>());
}

Json part(const Json& object, const char* member) {
  return object.value(member, Json::object());
}

// SourceAccessConfigurations and AccessConfigs.
Json settings_of(const std::vector<SourceAccess>& access) {
  Json entries = Json::array();
  for (const auto& entry : access)
    entries.push_back({{"Type", to_string(entry.type)}, {"URI", entry.uri}});
  return entries;
}

Json settings_of(const SchemaRegistry& registry) {
  const bool json = registry.format == SchemaRegistry::RecordFormat::AsJson;
  Json settings = {{"SchemaRegistryURI", registry.uri},
                   {"EventRecordFormat", json ? "JSON" : "SOURCE"}};
  if (!registry.access.empty()) settings["AccessConfigs"] = settings_of(registry.access);
  auto& validations = settings["SchemaValidationConfigs"];
  if (registry.validates_key) validations.push_back({{"Attribute", "KEY"}});
  if (registry.validates_value) validations.push_back({{"Attribute", "VALUE"}});
  return settings;
}

std::vector<AccessRequest> access_requests(const Json& object, const char* member) {
  std::vector<AccessRequest> requests;
  for (const auto& entry : object.value(member, Json::array()))
    requests.push_back({entry.value("Type", ""), text(entry, "URI")});
  return requests;
}

SchemaRegistryRequest registry_request(const Json& settings) {
  SchemaRegistryRequest request;
  request.uri = settings.value("SchemaRegistryURI", "");
  request.format = text(settings, "EventRecordFormat");
  for (const auto& validation : settings.value("SchemaValidationConfigs", Json::array()))
    request.attributes.push_back(validation.value("Attribute", ""));
  request.access = access_requests(settings, "AccessConfigs");
  return request;
}

}  // namespace

std::string_view kafka_block(EventSourceKind kind) {
  return kind == EventSourceKind::Msk ? "AmazonManagedKafkaEventSourceConfig"
                                      : "SelfManagedKafkaEventSourceConfig";
}

Json settings_of(const MappingConfig& config) {
  Json settings = {{"StartingPosition", to_string(config.starting_position)},
                   {"BatchSize", config.batch_size},
                   {"FunctionArn", config.function_arn()},
                   {"Topics", {config.topic}}};
  if (config.starting_position == StartingPosition::AtTimestamp)
    settings["StartingPositionTimestamp"] = static_cast<double>(config.starting_timestamp_ms) / 1e3;
  // Fractions of a second are klambda's own: the API's member is whole.
  if (config.batch_window != kBatchWindowDefault && config.batch_window.count() % 1'000 == 0)
    settings["MaximumBatchingWindowInSeconds"] = config.batch_window.count() / 1'000;
  for (const auto& pattern : config.filter_patterns)
    settings["FilterCriteria"]["Filters"].push_back({{"Pattern", pattern}});
  if (!config.metrics.empty()) settings["MetricsConfig"] = {{"Metrics", config.metrics}};
  if (config.system_log_level != SystemLogLevel::Off)
    settings["LoggingConfig"] = {{"SystemLogLevel", to_string(config.system_log_level)}};
  if (!config.on_failure_destination.empty())
    settings["DestinationConfig"]["OnFailure"] = {{"Destination", config.on_failure_destination}};
  if (config.maximum_record_age_s != kUnlimited)
    settings["MaximumRecordAgeInSeconds"] = config.maximum_record_age_s;
  if (config.maximum_retry_attempts != kUnlimited)
    settings["MaximumRetryAttempts"] = config.maximum_retry_attempts;
  if (config.bisect_batch_on_function_error) settings["BisectBatchOnFunctionError"] = true;
  if (config.report_batch_item_failures)
    settings["FunctionResponseTypes"] = {"ReportBatchItemFailures"};
  if (config.kind == EventSourceKind::Msk) {
    settings["EventSourceArn"] = config.event_source_arn;
  } else {
    settings["SelfManagedEventSource"]["Endpoints"][kBrokers] = config.bootstrap_servers;
  }
  if (!config.source_access.empty())
    settings["SourceAccessConfigurations"] = settings_of(config.source_access);
  auto& block = settings[kafka_block(config.kind)];
  block = {{"ConsumerGroupId", config.group()}};
  if (config.schema_registry) block["SchemaRegistryConfig"] = settings_of(*config.schema_registry);
  if (const auto& pollers = config.provisioned) {
    auto& shown = settings["ProvisionedPollerConfig"];
    shown = {{"MinimumPollers", pollers->minimum}, {"MaximumPollers", pollers->maximum}};
    if (!pollers->group_name.empty()) shown["PollerGroupName"] = pollers->group_name;
  }
  return settings;
}

Mapping mapping_of_template(const MappingConfig& config, std::int64_t now_ms) {
  Mapping mapping;
  mapping.settings = settings_of(config);
  mapping.last_modified_ms = now_ms;
  mapping.origin = Mapping::Origin::Template;
  mapping.config = config;
  return mapping;
}

MappingRequest request_of(const Json& settings) {
  MappingRequest request;
  request.kind = settings.contains("EventSourceArn") ? EventSourceKind::Msk
                                                     : EventSourceKind::SelfManagedKafka;
  request.topics = texts(settings, "Topics");
  if (settings.contains("SourceAccessConfigurations"))
    request.source_access = access_requests(settings, "SourceAccessConfigurations");
  request.starting_position = text(settings, "StartingPosition");
  if (settings.contains("StartingPositionTimestamp"))
    request.starting_timestamp_ms =
        std::llround(settings["StartingPositionTimestamp"].get<double>() * 1e3);
  const Json block = part(settings, kafka_block(request.kind).data());
  request.consumer_group_id = text(block, "ConsumerGroupId");
  if (block.contains("SchemaRegistryConfig"))
    request.schema_registry = registry_request(block["SchemaRegistryConfig"]);
  request.batch_size = integer(settings, "BatchSize");
  if (const auto seconds = integer(settings, "MaximumBatchingWindowInSeconds"))
    request.batch_window_ms = *seconds * 1'000;
  for (const auto& filter : part(settings, "FilterCriteria").value("Filters", Json::array()))
    request.filter_patterns.push_back(filter.value("Pattern", ""));
  request.maximum_retry_attempts = integer(settings, "MaximumRetryAttempts");
  request.maximum_record_age_s = integer(settings, "MaximumRecordAgeInSeconds");
  if (settings.contains("BisectBatchOnFunctionError"))
    request.bisect_batch_on_function_error = settings["BisectBatchOnFunctionError"].get<bool>();
  request.function_response_types = texts(settings, "FunctionResponseTypes");
  const Json on_failure = part(part(settings, "DestinationConfig"), "OnFailure");
  request.on_failure_destination = text(on_failure, "Destination").value_or("");
  const Json pollers = part(settings, "ProvisionedPollerConfig");
  request.provisioned = !pollers.empty();
  request.minimum_pollers = integer(pollers, "MinimumPollers");
  request.maximum_pollers = integer(pollers, "MaximumPollers");
  request.poller_group_name = text(pollers, "PollerGroupName");
  request.metrics = texts(part(settings, "MetricsConfig"), "Metrics");
  request.system_log_level = text(part(settings, "LoggingConfig"), "SystemLogLevel");
  return request;
}

void configure(Mapping& mapping) {
  auto& config = mapping.config;
  const auto& settings = mapping.settings;
  MappingRequest request = request_of(settings);
  request.enabled = config.enabled;
  apply(request, config);
  const auto function = parse_function_name(settings.at("FunctionArn").get<std::string>());
  if (!function) throw std::runtime_error("FunctionArn is no function's ARN");
  config.function_name = function->name;
  config.function_qualifier = function->qualifier;
  config.event_source_arn = settings.value("EventSourceArn", "");
  config.bootstrap_servers =
      texts(part(part(settings, "SelfManagedEventSource"), "Endpoints"), kBrokers);
  if (config.name.empty())
    config.name = config.topic + " -> " + config.function_name + " (" +
                  config.uuid.substr(0, config.uuid.find('-')) + ")";
  if (config.where.empty()) config.where = "event source mapping " + config.uuid;
}

Json to_document(const Mapping& mapping) {
  return {{"uuid", mapping.uuid()},
          {"settings", mapping.settings},
          {"enabled", mapping.config.enabled},
          {"lastModifiedMs", mapping.last_modified_ms},
          {"lastProcessingResult", mapping.last_processing_result},
          {"tags", mapping.tags}};
}

Mapping mapping_from_document(const Json& document) {
  Mapping mapping;
  mapping.config.uuid = document.at("uuid");
  mapping.config.enabled = document.at("enabled");
  mapping.settings = document.at("settings");
  mapping.last_modified_ms = document.at("lastModifiedMs");
  mapping.last_processing_result = document.at("lastProcessingResult");
  mapping.tags = document.at("tags").get<std::map<std::string, std::string>>();
  configure(mapping);
  return mapping;
}

}  // namespace emulator
