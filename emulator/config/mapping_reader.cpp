#include "emulator/config/mapping_reader.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <utility>

#include "emulator/config/brokers.h"
#include "emulator/config/destination_name.h"
#include "emulator/config/destination_reader.h"
#include "emulator/config/mapping_rules.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"

namespace emulator::sam {
namespace {

using enum Treatment;

constexpr std::array kCommonProperties = std::to_array<Property>({
    {"Topics"},
    {"BatchSize"},
    {"MaximumBatchingWindowInSeconds"},
    {"StartingPosition"},
    {"StartingPositionTimestamp"},
    {"Enabled"},
    {"FilterCriteria"},
    {"DestinationConfig"},
    {"MaximumRetryAttempts"},
    {"MaximumRecordAgeInSeconds"},
    {"BisectBatchOnFunctionError"},
    {"FunctionResponseTypes"},
    {"ProvisionedPollerConfig"},
    {"MetricsConfig"},
    {"LoggingConfig"},
    {"SourceAccessConfigurations"},
    {"KmsKeyArn", Ignored},
    {"Tags", Ignored},
});

constexpr std::array kPollerProperties = std::to_array<Property>({
    {"MinimumPollers"},
    {"MaximumPollers"},
    {"PollerGroupName"},
});

// Far outside of what is allowed, and far from what milliseconds can hold.
constexpr std::int64_t kWindowShownMax = 1'000'000'000'000;

constexpr const char* kFilterForm = R"({Pattern: '{"value": {…}}'})";

std::vector<std::string> read_topics(const Section& section) {
  auto topics = section.texts("Topics");
  if (!topics) section.fail("Topics", "is missing: name the topic, for instance Topics: [orders]");
  if (topics->empty() && !section.value("Topics")->items.empty()) {
    section.fail("Topics",
                 "has no topic that klambda can read: write its name, or !Ref a parameter");
  }
  return std::move(*topics);
}

std::optional<std::int64_t> read_starting_timestamp(const Section& section) {
  const std::string_view name = "StartingPositionTimestamp";
  const auto text = section.text(name);
  if (!text) return std::nullopt;
  const auto timestamp_ms = parse_timestamp_ms(*text);
  if (!timestamp_ms) section.fail(name, "is \"" + *text + "\": it must be a time in epoch seconds");
  return timestamp_ms;
}

// CloudFormation takes a filter's pattern as JSON in a text; a map is what one writes when the
// quotes are forgotten.
std::string read_pattern(const Section& filter) {
  const std::string_view name = "Pattern";
  if (!filter.has(name))
    filter.fail(name, std::string("is missing: write the filter as ") + kFilterForm);
  const auto pattern = filter.value(name);
  if (pattern && !pattern->is_scalar()) {
    filter.fail(name, std::string("is a ") + (pattern->is_map() ? "map" : "list") +
                          ": it must be a JSON text, put it in quotes: " + kFilterForm);
  }
  return filter.text(name).value_or("");
}

void read_filters(const Section& section, MappingRequest& request) {
  constexpr std::array kCriteria = std::to_array<Property>({{"Filters"}});
  constexpr std::array kFilter = std::to_array<Property>({{"Pattern"}});
  section.within("FilterCriteria", kCriteria, [&](const Section& criteria) {
    criteria.for_each("Filters", kFilter, kFilterForm, [&](const Section& filter) {
      request.filter_patterns.push_back(read_pattern(filter));
    });
  });
}

// docs.aws.amazon.com/serverless-application-model, sam-property-function-onfailure.html
constexpr std::array<std::string_view, 4> kDestinationTypes{"SQS", "SNS", "S3", "Kafka"};

void read_destination(const Section& section, MappingRequest& request) {
  constexpr std::array kDestinations = std::to_array<Property>({{"OnFailure"}, {"OnSuccess"}});
  constexpr std::array kOnFailure = std::to_array<Property>({{"Destination"}, {"Type"}});
  section.within("DestinationConfig", kDestinations, [&](const Section& destinations) {
    request.has_on_success = destinations.has("OnSuccess");
    destinations.within("OnFailure", kOnFailure, [&](const Section& on_failure) {
      if (on_failure.has("Type") && !on_failure.has("Destination"))
        on_failure.fail("Destination", "is missing: give the ARN of a queue, topic or bucket");
      request.on_failure_destination = on_failure.text("Destination").value_or("");
      const auto real = parse_destination(request.on_failure_destination);
      check_destination_type(on_failure, kDestinationTypes, "Destination",
                             request.on_failure_destination,
                             real ? to_string(real->kind) : std::string_view());
    });
  });
}

// An empty map leaves the mapping on demand, as it does in an update:
// docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html (for creation: inference)
void read_pollers(const Section& section, MappingRequest& request) {
  section.within("ProvisionedPollerConfig", kPollerProperties, [&](const Section& pollers) {
    request.minimum_pollers = pollers.integer("MinimumPollers");
    request.maximum_pollers = pollers.integer("MaximumPollers");
    request.poller_group_name = pollers.text("PollerGroupName");
    request.provisioned =
        request.minimum_pollers || request.maximum_pollers || request.poller_group_name;
  });
}

// A URI that only AWS knows stays as an empty one.
std::vector<AccessRequest> read_access(const Section& section, std::string_view name) {
  constexpr std::array kAccess = std::to_array<Property>({{"Type"}, {"URI"}});
  const std::string form = "{Type: …, URI: …}";
  std::vector<AccessRequest> entries;
  section.for_each(name, kAccess, form, [&](const Section& entry) {
    const auto type = entry.text("Type");
    if (!type) section.fail(name, "must be a list of " + form);
    auto uri = entry.text("URI");
    if (!uri && entry.has("URI")) uri = "";
    entries.push_back({*type, std::move(uri)});
  });
  return entries;
}

}  // namespace

std::vector<Property> mapping_properties(std::span<const Property> own) {
  std::vector<Property> known(kCommonProperties.begin(), kCommonProperties.end());
  known.insert(known.end(), own.begin(), own.end());
  return known;
}

MappingRequest read_request(const Section& section) {
  constexpr std::array kMetrics = std::to_array<Property>({{"Metrics"}});
  constexpr std::array kLogging = std::to_array<Property>({{"SystemLogLevel"}});
  MappingRequest request;
  request.topics = read_topics(section);
  request.starting_position = section.text("StartingPosition");
  request.starting_timestamp_ms = read_starting_timestamp(section);
  request.enabled = section.boolean("Enabled");
  request.batch_size = section.integer("BatchSize");
  if (const auto seconds = section.integer("MaximumBatchingWindowInSeconds"))
    request.batch_window_ms = std::clamp(*seconds, -kWindowShownMax, kWindowShownMax) * 1'000;
  read_filters(section, request);
  request.maximum_retry_attempts = section.integer("MaximumRetryAttempts");
  request.maximum_record_age_s = section.integer("MaximumRecordAgeInSeconds");
  request.bisect_batch_on_function_error = section.boolean("BisectBatchOnFunctionError");
  request.function_response_types =
      section.texts("FunctionResponseTypes").value_or(std::vector<std::string>());
  read_destination(section, request);
  read_pollers(section, request);
  section.within("MetricsConfig", kMetrics, [&](const Section& metrics) {
    request.metrics = metrics.texts("Metrics").value_or(std::vector<std::string>());
  });
  section.within("LoggingConfig", kLogging, [&](const Section& logging) {
    request.system_log_level = logging.text("SystemLogLevel");
  });
  if (const std::string_view access = "SourceAccessConfigurations"; section.has(access))
    request.source_access = read_access(section, access);
  return request;
}

void read_schema_registry(const Section& section, MappingRequest& request) {
  constexpr std::array kRegistry = std::to_array<Property>({{"SchemaRegistryURI"},
                                                            {"EventRecordFormat"},
                                                            {"SchemaValidationConfigs"},
                                                            {"AccessConfigs"}});
  constexpr std::array kValidation = std::to_array<Property>({{"Attribute"}});
  section.within("SchemaRegistryConfig", kRegistry, [&](const Section& config) {
    if (config.is_empty()) return;  // none, as in the API
    auto& registry = request.schema_registry.emplace();
    registry.uri = config.text("SchemaRegistryURI").value_or("");
    registry.format = config.text("EventRecordFormat");
    config.for_each("SchemaValidationConfigs", kValidation, "{Attribute: KEY}",
                    [&](const Section& validation) {
                      registry.attributes.push_back(validation.text("Attribute").value_or(""));
                    });
    registry.access = read_access(config, "AccessConfigs");
  });
}

std::vector<std::string> read_brokers(const Section& section, std::string_view name) {
  const std::string form = "list the brokers, for instance [localhost:9092]";
  if (!section.has(name)) section.fail(name, "is missing: " + form);
  const auto servers = section.texts(name);
  if (!servers) return {};
  // Servers that were left out with a warning (!ImportValue) are unknown, not none.
  if (section.value(name)->items.empty()) section.fail(name, "is empty: " + form);
  std::vector<std::string> brokers;
  for (const auto& server : *servers) {
    try {
      for (auto& broker : parse_brokers(server)) brokers.push_back(std::move(broker));
    } catch (const ConfigError& error) {
      section.fail(name, std::string("is wrong: ") + error.what());
    }
  }
  return brokers;
}

std::string read_cluster_arn(const Section& section, std::string_view name) {
  const auto arn = section.text(name).value_or("");
  if (arn.empty()) {
    return "arn:aws:kafka:us-east-1:" + std::string(kAccountId) +
           ":cluster/klambda/00000000-0000-0000-0000-000000000000-1";
  }
  if (!starts_with(arn, "arn:"))
    section.fail(name, "is \"" + arn + "\": it must be an MSK cluster's ARN (arn:aws:kafka:…)");
  return arn;
}

MappingConfig make_mapping(const std::string& name, const MappingRequest& request,
                           const Section& section, const std::string& block,
                           const Context& context) {
  const auto violations = check_mapping(request, context.strictness, epoch_ms_now());
  if (!violations.empty()) {
    const auto& first = violations.front();
    const auto& parameter = first.parameter;
    const bool in_block = !block.empty() && (parameter == "ConsumerGroupId" ||
                                             starts_with(parameter, "SchemaRegistryConfig"));
    const auto property = in_block ? block + "." + parameter : parameter;
    context.diagnostics.fail(section.line_of(property), describe(section.subject(property), first));
  }
  MappingConfig mapping;
  mapping.name = name;
  mapping.uuid = name_uuid(context.template_file.string() + "#" + name);
  apply(request, mapping);
  return mapping;
}

}  // namespace emulator::sam
