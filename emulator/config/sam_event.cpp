// SelfManagedKafka and MSK events:
// docs.aws.amazon.com/serverless-application-model, sam-property-function-selfmanagedkafka.html and
// sam-property-function-msk.html; ranges:
// docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html
#include <algorithm>
#include <array>
#include <chrono>
#include <utility>
#include <vector>

#include "emulator/config/brokers.h"
#include "emulator/config/rules.h"
#include "emulator/config/run_command.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"
#include "emulator/config/uuid.h"

namespace emulator::sam {
namespace {

using enum Treatment;

constexpr std::string_view kRetriesHint = "a failed batch is retried until it succeeds";

// What both kinds have; each adds its own way to name the cluster.
constexpr std::array kCommonProperties = std::to_array<Property>({
    {"Topics"},
    {"BatchSize"},
    {"MaximumBatchingWindowInSeconds"},
    {"StartingPosition"},
    {"StartingPositionTimestamp"},
    {"ConsumerGroupId"},
    {"Enabled"},
    {"ProvisionedPollerConfig"},
    {"SourceAccessConfigurations"},
    {"KmsKeyArn", Ignored},
    {"SecretsManagerKmsKeyId", Ignored},
    {"Tags", Ignored},
    {"FilterCriteria", NoEffect, "the function gets every record"},
    {"DestinationConfig", NoEffect, kRetriesHint},
    {"MaximumRetryAttempts", NoEffect, kRetriesHint},
    {"MaximumRecordAgeInSeconds", NoEffect, kRetriesHint},
    {"BisectBatchOnFunctionError", NoEffect, "a failed batch is retried whole"},
    {"FunctionResponseTypes", NoEffect, "a batch succeeds or fails whole"},
    {"SchemaRegistryConfig", NoEffect, "records are delivered as they are"},
    {"MetricsConfig", NoEffect, {}},
    {"LoggingConfig", NoEffect, {}},
});

constexpr std::array kPollerProperties = std::to_array<Property>({
    {"MinimumPollers"},
    {"MaximumPollers", NoEffect, "MinimumPollers consumers run all the time"},
    {"PollerGroupName", Ignored},
});

std::vector<Property> properties_of(EventSourceKind kind) {
  std::vector<Property> known(kCommonProperties.begin(), kCommonProperties.end());
  known.push_back({kind == EventSourceKind::Msk ? "Stream" : "KafkaBootstrapServers"});
  return known;
}

void read_cluster(const Section& section, MappingConfig& mapping) {
  if (mapping.kind == EventSourceKind::Msk) {
    if (!section.has("Stream")) section.fail("Stream", "is missing: name the MSK cluster's ARN");
    mapping.event_source_arn = section.text("Stream").value_or("");
    if (mapping.event_source_arn.empty()) {
      mapping.event_source_arn = "arn:aws:kafka:us-east-1:" + std::string(kAccountId) +
                                 ":cluster/klambda/00000000-0000-0000-0000-000000000000-1";
    } else if (!starts_with(mapping.event_source_arn, "arn:")) {
      section.fail("Stream", "is \"" + mapping.event_source_arn +
                                 "\": it must be an MSK cluster's ARN (arn:aws:kafka:…)");
    }
    return;
  }
  const std::string name = "KafkaBootstrapServers";
  if (!section.has(name))
    section.fail(name, "is missing: list the brokers, for instance [localhost:9092]");
  const auto servers = section.texts(name);
  if (!servers) return;
  // Servers that were left out with a warning (!ImportValue) are unknown, not none.
  if (section.value(name)->items.empty())
    section.fail(name, "is empty: list the brokers, for instance [localhost:9092]");
  for (const auto& server : *servers) {
    try {
      for (auto& broker : parse_brokers(server))
        mapping.bootstrap_servers.push_back(std::move(broker));
    } catch (const ConfigError& error) {
      section.fail(name, std::string("is wrong: ") + error.what());
    }
  }
}

std::string read_topic(const Section& section) {
  const auto topics = section.texts("Topics");
  if (!topics) section.fail("Topics", "is missing: name the topic, for instance Topics: [orders]");
  if (topics->empty() && !section.value("Topics")->items.empty()) {
    section.fail("Topics",
                 "has no topic that klambda can read: write its name, or !Ref a parameter");
  }
  if (topics->size() != 1) {
    section.fail("Topics", "lists " + std::to_string(topics->size()) +
                               " topics: AWS takes exactly one for each event");
  }
  section.require("Topics", "\"" + topics->front() + "\"", check_topic(topics->front()));
  return topics->front();
}

void read_starting_position(const Section& section, MappingConfig& mapping) {
  if (const auto text = section.text("StartingPosition")) {
    const auto position = parse_starting_position(*text);
    if (!position)
      section.fail("StartingPosition",
                   "is \"" + *text + "\": it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP");
    mapping.starting_position = *position;
  }
  const std::string name = "StartingPositionTimestamp";
  const auto text = section.text(name);
  if (mapping.starting_position != StartingPosition::AtTimestamp) {
    if (text) section.warn(name, "has no effect: it needs StartingPosition: AT_TIMESTAMP");
    return;
  }
  if (!text)
    section.fail("StartingPosition",
                 "is AT_TIMESTAMP: StartingPositionTimestamp must give the time in epoch seconds");
  const auto timestamp_ms = parse_timestamp_ms(*text);
  if (!timestamp_ms) section.fail(name, "is \"" + *text + "\": it must be a time in epoch seconds");
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  if (*timestamp_ms > std::chrono::duration_cast<std::chrono::milliseconds>(now).count()) {
    section.fail(name, "is " + *text + ": it must not be in the future");
  }
  mapping.starting_timestamp_ms = *timestamp_ms;
}

void read_pollers(const Section& section, const Context& context, MappingConfig& mapping) {
  const auto config = section.map("ProvisionedPollerConfig");
  if (!config) return;
  const Section pollers("ProvisionedPollerConfig of " + section.owner(), *config,
                        context.intrinsics, context.diagnostics);
  pollers.check_properties(kPollerProperties, "ProvisionedPollerConfig");
  const auto min = pollers.integer("MinimumPollers", kMinimumPollers);
  const auto max = pollers.integer("MaximumPollers", kMaximumPollers);
  ProvisionedPollers& provisioned = mapping.provisioned.emplace();
  provisioned.minimum = static_cast<int>(min.value_or(provisioned.minimum));
  provisioned.maximum = static_cast<int>(max.value_or(provisioned.maximum));
  if (max && *max < provisioned.minimum) {
    pollers.fail("MaximumPollers",
                 "is " + std::to_string(*max) + ": it must not be less than MinimumPollers");
  }
}

// Network entries say how Lambda reaches the brokers, which klambda does by itself; the others are
// logins.
void warn_of_access(const Section& section, const Context& context) {
  const auto list = section.value("SourceAccessConfigurations");
  if (!list) return;
  if (!list->is_list())
    section.fail("SourceAccessConfigurations", "must be a list of {Type: …, URI: …}");
  for (const auto& item : list->items) {
    const auto entry = context.intrinsics.resolve(item);
    if (!entry) continue;
    const auto* type = entry->find("Type");
    const auto text = type == nullptr ? std::nullopt
                                      : context.intrinsics.resolve_text(
                                            *type, "Type of SourceAccessConfigurations");
    if (!text) section.fail("SourceAccessConfigurations", "must be a list of {Type: …, URI: …}");
    if (starts_with(*text, "VPC_")) continue;
    context.diagnostics.warn(
        entry->line,
        *text + " in SourceAccessConfigurations of " + section.owner() +
            " has no effect in this version of klambda: it connects without TLS and login");
  }
}

std::optional<EventSourceKind> kind_of(const std::string& type) {
  if (type == "SelfManagedKafka") return EventSourceKind::SelfManagedKafka;
  if (type == "MSK") return EventSourceKind::Msk;
  return std::nullopt;
}

}  // namespace

std::optional<MappingConfig> read_event(const Function& function, const Value::Member& event,
                                        const Context& context) {
  const std::string name = function.logical_id + "/" + event.name;
  const auto resolved = context.intrinsics.resolve(event.value);
  if (!resolved) return std::nullopt;
  if (!resolved->is_map())
    context.diagnostics.fail(event.line,
                             "event " + name + " must be a map with Type and Properties");
  const Section whole(name, *resolved, context.intrinsics, context.diagnostics);
  const auto type = whole.text("Type");
  if (!type)
    context.diagnostics.fail(
        event.line, "event " + name + " has no Type: give it Type: SelfManagedKafka or MSK");
  const auto kind = kind_of(*type);
  if (!kind) {
    context.diagnostics.warn(event.line, "klambda does not trigger " + name + ": it is of Type " +
                                             *type +
                                             did_you_mean(*type, {"SelfManagedKafka", "MSK"}));
    return std::nullopt;
  }
  constexpr std::array kEventMembers = std::to_array<Property>({{"Type"}, {"Properties"}});
  whole.check_properties(kEventMembers, "an event");

  MappingConfig mapping;
  mapping.name = name;
  mapping.uuid = name_uuid(context.template_file.string() + "#" + name);
  mapping.function_name = function.config.name;
  mapping.kind = *kind;
  mapping.where = context.diagnostics.at(event.line);
  Value empty;
  empty.kind = Value::Kind::Map;
  empty.line = event.line;
  const Value properties = whole.map("Properties").value_or(empty);
  const Section section(name, properties, context.intrinsics, context.diagnostics);
  section.check_properties(properties_of(*kind), "a " + *type + " event");
  read_cluster(section, mapping);
  mapping.topic = read_topic(section);
  mapping.batch_size =
      static_cast<int>(section.integer("BatchSize", kBatchSize).value_or(kBatchSizeDefault));
  if (const auto seconds = section.integer("MaximumBatchingWindowInSeconds", kBatchWindowSeconds)) {
    mapping.batch_window = std::chrono::seconds(*seconds);
  }
  read_starting_position(section, mapping);
  if (const auto group = section.text("ConsumerGroupId")) {
    section.require("ConsumerGroupId", "\"" + *group + "\"", check_consumer_group(*group));
    mapping.consumer_group_id = *group;
  }
  mapping.enabled = section.boolean("Enabled").value_or(true);
  read_pollers(section, context, mapping);
  warn_of_access(section, context);
  return mapping;
}

}  // namespace emulator::sam
