// SelfManagedKafka and MSK events:
// docs.aws.amazon.com/serverless-application-model, sam-property-function-selfmanagedkafka.html and
// sam-property-function-msk.html
#include <array>
#include <vector>

#include "emulator/config/mapping_reader.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

using enum Treatment;

// Beside what every mapping has; each kind adds its own way to name the cluster.
std::vector<Property> properties_of(EventSourceKind kind) {
  const auto own = std::to_array<Property>({
      {kind == EventSourceKind::Msk ? "Stream" : "KafkaBootstrapServers"},
      {"ConsumerGroupId"},
      {"SecretsManagerKmsKeyId", Ignored},
      {"SchemaRegistryConfig"},
  });
  return mapping_properties(own);
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

  const Value properties = whole.map("Properties").value_or(empty_map(event.line));
  const Section section(name, properties, context.intrinsics, context.diagnostics);
  section.check_properties(properties_of(*kind), "a " + *type + " event");
  std::vector<std::string> brokers;
  std::string cluster_arn;
  if (*kind == EventSourceKind::SelfManagedKafka) {
    brokers = read_brokers(section, "KafkaBootstrapServers");
  } else {
    if (!section.has("Stream")) section.fail("Stream", "is missing: name the MSK cluster's ARN");
    cluster_arn = read_cluster_arn(section, "Stream");
  }
  MappingRequest request = read_request(section);
  request.kind = *kind;
  request.consumer_group_id = section.text("ConsumerGroupId");
  read_schema_registry(section, request);
  MappingConfig mapping = make_mapping(name, request, section, "", context);
  mapping.function_name = function.config.name;
  mapping.bootstrap_servers = std::move(brokers);
  mapping.event_source_arn = std::move(cluster_arn);
  mapping.where = context.diagnostics.at(event.line);
  return mapping;
}

}  // namespace emulator::sam
