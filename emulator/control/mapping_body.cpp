#include "emulator/control/mapping_body.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/mapping_settings.h"
#include "emulator/control/status.h"

namespace emulator {
namespace {

constexpr const char* kSelfManaged = "SelfManagedEventSource";
constexpr const char* kPollers = "ProvisionedPollerConfig";

// Members whose new value takes the place of the old one.
constexpr std::array<std::string_view, 12> kReplaced{"BatchSize",
                                                     "MaximumBatchingWindowInSeconds",
                                                     "FilterCriteria",
                                                     "KMSKeyArn",
                                                     "MetricsConfig",
                                                     "LoggingConfig",
                                                     "DestinationConfig",
                                                     "SourceAccessConfigurations",
                                                     "MaximumRecordAgeInSeconds",
                                                     "BisectBatchOnFunctionError",
                                                     "MaximumRetryAttempts",
                                                     "FunctionResponseTypes"};
constexpr std::array<std::string_view, 3> kOfCreation{"StartingPositionTimestamp", "EventSourceArn",
                                                      "Topics"};

// The members of EventSourceMappingConfiguration in the order in which AWS answers them (recorded).
constexpr std::array<std::string_view, 24> kAnswered{"StartingPosition",
                                                     "StartingPositionTimestamp",
                                                     "BatchSize",
                                                     "MaximumBatchingWindowInSeconds",
                                                     "EventSourceArn",
                                                     "FilterCriteria",
                                                     "KMSKeyArn",
                                                     "MetricsConfig",
                                                     "LoggingConfig",
                                                     "FunctionArn",
                                                     "LastModified",
                                                     "LastProcessingResult",
                                                     "State",
                                                     "StateTransitionReason",
                                                     "DestinationConfig",
                                                     "Topics",
                                                     "SourceAccessConfigurations",
                                                     "SelfManagedEventSource",
                                                     "MaximumRecordAgeInSeconds",
                                                     "BisectBatchOnFunctionError",
                                                     "MaximumRetryAttempts",
                                                     "FunctionResponseTypes",
                                                     "AmazonManagedKafkaEventSourceConfig",
                                                     "SelfManagedKafkaEventSourceConfig"};

ApiError unsupported(std::string name) {
  name[0] = static_cast<char>(name[0] - 'A' + 'a');
  return invalid_parameter_value("Unsupported '" + name +
                                 "' parameter for given event source mapping type.");
}

bool is_empty(const Json& object, const char* member) {
  return object.value(member, Json()).empty();
}

// The values that clear a member leave it out of the answer, as unset ones are.
void drop_cleared(Json& settings) {
  const auto drop_if = [&](const char* member, auto is_cleared) {
    if (const auto found = settings.find(member); found != settings.end() && is_cleared(*found))
      settings.erase(found);
  };
  drop_if("FilterCriteria", [](const Json& value) { return is_empty(value, "Filters"); });
  drop_if("KMSKeyArn", [](const Json& value) { return value == ""; });
  drop_if("MetricsConfig", [](const Json& value) { return is_empty(value, "Metrics"); });
  drop_if("LoggingConfig", [](const Json& value) { return value.empty(); });
  drop_if("FunctionResponseTypes", [](const Json& value) { return value.empty(); });
  drop_if("DestinationConfig", [](const Json& value) {
    const auto on_failure = value.find("OnFailure");
    return on_failure == value.end() || on_failure->value("Destination", "").empty();
  });
}

void merge(Json& settings, const Json& body) {
  for (const auto& [member, value] : body.items()) {
    if (std::find(kReplaced.begin(), kReplaced.end(), member) != kReplaced.end())
      settings[member] = value;
  }
  drop_cleared(settings);
  const auto asked = body.find(kPollers);
  if (asked == body.end()) return;
  if (asked->empty()) {
    settings.erase(kPollers);
    return;
  }
  auto& pollers = settings[kPollers];
  if (pollers.is_null()) {
    const ProvisionedPollers defaults;
    pollers = {{"MinimumPollers", defaults.minimum}, {"MaximumPollers", defaults.maximum}};
  }
  for (const auto& [member, value] : asked->items()) pollers[member] = value;
  if (pollers.value("PollerGroupName", "x").empty()) pollers.erase("PollerGroupName");
}

// ConsumptionMode is in the model, and refused by AWS for every mapping (measured; the text has no
// full stop).
void refuse_consumption_mode(const Json& block) {
  if (block.contains("ConsumptionMode"))
    throw invalid_parameter_value(
        "Unsupported 'ConsumptionMode' parameter for given event source mapping type");
}

// The block of the mapping's own kind, absent or as it is given; the other kind's is refused.
Json block_of(const Json& body, EventSourceKind kind) {
  const auto other = kafka_block(kind == EventSourceKind::Msk ? EventSourceKind::SelfManagedKafka
                                                              : EventSourceKind::Msk);
  if (body.contains(other)) throw unsupported(std::string(other));
  Json block = body.value(kafka_block(kind), Json::object());
  refuse_consumption_mode(block);
  return block;
}

// Which cluster a new mapping reads. Recorded: "Unrecognized event source."; that klambda does
// Kafka alone is its own word.
EventSourceKind kind_of(const Json& body) {
  const bool self_managed = body.contains(kSelfManaged);
  const std::string arn = body.value("EventSourceArn", "");
  if (arn.empty()) {
    if (self_managed) return EventSourceKind::SelfManagedKafka;
    throw invalid_parameter_value("Unrecognized event source.");
  }
  if (self_managed)
    throw invalid_parameter_value(
        "EventSourceArn and SelfManagedEventSource are both given: a mapping reads one cluster.");
  if (!arn.starts_with("arn:") || arn.find(":kafka:") == std::string::npos)
    throw invalid_parameter_value("klambda does Kafka event sources only: " + arn +
                                  " is no Amazon MSK cluster.");
  return EventSourceKind::Msk;
}

}  // namespace

Json without_nulls(const Json& body) {
  if (!body.is_structured()) return body;
  Json kept = body.is_object() ? Json::object() : Json::array();
  for (const auto& [key, value] : body.items()) {
    if (value.is_null()) continue;
    if (body.is_object()) {
      kept[key] = without_nulls(value);
    } else {
      kept.push_back(without_nulls(value));
    }
  }
  return kept;
}

Json created_settings(const Json& body, const std::string& uuid) {
  const auto kind = kind_of(body);
  Json settings = {{"StartingPosition", body.value("StartingPosition", "TRIM_HORIZON")},
                   {"BatchSize", kBatchSizeDefault}};
  for (const auto member : kOfCreation) {
    if (body.contains(member)) settings[member] = body[member];
  }
  if (kind == EventSourceKind::SelfManagedKafka) {
    settings[kSelfManaged] = body[kSelfManaged];
    Json& endpoints = settings[kSelfManaged]["Endpoints"];
    if (endpoints.is_null()) throw invalid_parameter_value("Unrecognized event source.");
    // AWS answers them sorted (Terraform's provider says so).
    for (auto& servers : endpoints) std::sort(servers.begin(), servers.end());
  }
  Json block = block_of(body, kind);
  if (!block.contains("ConsumerGroupId")) block["ConsumerGroupId"] = uuid;
  if (is_empty(block, "SchemaRegistryConfig")) block.erase("SchemaRegistryConfig");
  settings[kafka_block(kind)] = std::move(block);
  merge(settings, body);
  return settings;
}

Json updated_settings(Json settings, const Json& body) {
  const auto kind = settings.contains("EventSourceArn") ? EventSourceKind::Msk
                                                        : EventSourceKind::SelfManagedKafka;
  const auto name = kafka_block(kind);
  const Json block = block_of(body, kind);
  if (block.contains("ConsumerGroupId")) throw unsupported(std::string(name) + ".consumerGroupId");
  if (block.contains("SchemaRegistryConfig")) {
    settings[name]["SchemaRegistryConfig"] = block["SchemaRegistryConfig"];
    if (block["SchemaRegistryConfig"].empty()) settings[name].erase("SchemaRegistryConfig");
  }
  merge(settings, body);
  return settings;
}

void note_unsupported(const Json& body, MappingRequest& request) {
  for (const auto member : kForeignParameters) {
    const auto found = body.find(member);
    if (found == body.end() || (found->is_structured() && found->empty())) continue;
    request.foreign_parameters.emplace_back(member);
  }
  request.has_on_success = body.value("DestinationConfig", Json::object()).contains("OnSuccess");
}

Json mapping_configuration(const Mappings::View& view, Listed listed) {
  const Mapping& mapping = *view.mapping;
  Json known = mapping.settings;
  known["LastModified"] = static_cast<double>(mapping.last_modified_ms) / 1e3;
  known["LastProcessingResult"] = view.status.last_processing_result;
  known["State"] = to_string(view.status.state);
  known["StateTransitionReason"] = view.state_transition_reason;
  if (known.contains(kPollers)) {
    // That a mapping in provisioned mode answers these defaults is an inference.
    known.emplace("MaximumRecordAgeInSeconds", kUnlimited);
    known.emplace("BisectBatchOnFunctionError", false);
    known.emplace("MaximumRetryAttempts", kUnlimited);
  }
  if (listed == Listed::Yes && known.contains("KMSKeyArn") && known.contains("FilterCriteria"))
    known["FilterCriteria"] = nullptr;
  Json answer = {{"UUID", mapping.uuid()}, {"EventSourceMappingArn", mapping.config.arn()}};
  for (const auto member : kAnswered) {
    if (const auto found = known.find(member); found != known.end()) answer[member] = *found;
  }
  if (known.contains(kPollers)) answer[kPollers] = known[kPollers];
  return answer;
}

}  // namespace emulator
