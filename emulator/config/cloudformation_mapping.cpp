// AWS::Lambda::EventSourceMapping: docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference,
// aws-resource-lambda-eventsourcemapping.html
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/function_resource.h"
#include "emulator/config/mapping_reader.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

constexpr const char* kKind = "AWS::Lambda::EventSourceMapping";

// Beside what every mapping has.
std::vector<Property> known_properties() {
  std::vector<Property> own{{"FunctionName"},
                            {"EventSourceArn"},
                            {"SelfManagedEventSource"},
                            {"SelfManagedKafkaEventSourceConfig"},
                            {"AmazonManagedKafkaEventSourceConfig"}};
  for (const auto name : kForeignParameters) own.push_back({name});
  return mapping_properties(own);
}

// Nullopt: another event source than Kafka, which was warned about.
std::optional<EventSourceKind> kind_of(const Section& section) {
  const bool self_managed = section.has("SelfManagedEventSource");
  if (!section.has("EventSourceArn")) {
    if (self_managed) return EventSourceKind::SelfManagedKafka;
    section.fail("EventSourceArn",
                 "is missing (AWS: \"Unrecognized event source.\"): name the MSK cluster's ARN, or "
                 "the brokers with SelfManagedEventSource");
  }
  if (self_managed)
    section.fail("EventSourceArn",
                 "is given beside SelfManagedEventSource: a mapping reads one cluster, remove one");
  const auto arn = section.text("EventSourceArn");
  // An ARN that nobody knows outside of AWS is a cluster's when there are topics to read.
  if (arn ? arn->find(":kafka:") != std::string::npos : section.has("Topics"))
    return EventSourceKind::Msk;
  section.warn("EventSourceArn", "is not a Kafka cluster: klambda does not trigger this mapping");
  return std::nullopt;
}

std::vector<std::string> read_endpoints(const Section& section) {
  constexpr std::array kSource = std::to_array<Property>({{"Endpoints"}});
  constexpr std::array kEndpoints = std::to_array<Property>({{"KafkaBootstrapServers"}});
  std::vector<std::string> brokers;
  section.within("SelfManagedEventSource", kSource, [&](const Section& source) {
    if (!source.has("Endpoints"))
      source.fail("Endpoints", "is missing: write Endpoints: {KafkaBootstrapServers: […]}");
    source.within("Endpoints", kEndpoints, [&](const Section& endpoints) {
      if (endpoints.has("KAFKA_BOOTSTRAP_SERVERS"))
        endpoints.fail("KAFKA_BOOTSTRAP_SERVERS",
                       "is the API's name: in a template it is KafkaBootstrapServers");
      brokers = read_brokers(endpoints, "KafkaBootstrapServers");
    });
  });
  return brokers;
}

}  // namespace

std::optional<MappingConfig> read_event_source_mapping(const Value::Member& resource,
                                                       const Context& context) {
  const auto properties = own_properties(resource, context);
  const Section section(resource.name, properties, context.intrinsics, context.diagnostics);
  const auto kind = kind_of(section);
  if (!kind) return std::nullopt;
  section.check_properties(known_properties(), kKind);
  auto function_name = read_function_name(section, "FunctionName").name;
  std::vector<std::string> brokers;
  std::string cluster_arn;
  if (*kind == EventSourceKind::SelfManagedKafka) {
    brokers = read_endpoints(section);
  } else {
    cluster_arn = read_cluster_arn(section, "EventSourceArn");
  }

  MappingRequest request = read_request(section);
  request.kind = *kind;
  for (const auto name : kForeignParameters) {
    if (section.has(name)) request.foreign_parameters.emplace_back(name);
  }
  constexpr std::array kConfig =
      std::to_array<Property>({{"ConsumerGroupId"}, {"SchemaRegistryConfig"}});
  const bool msk = *kind == EventSourceKind::Msk;
  const std::string self_managed_block = "SelfManagedKafkaEventSourceConfig";
  const std::string msk_block = "AmazonManagedKafkaEventSourceConfig";
  const auto& block = msk ? msk_block : self_managed_block;
  const auto& other = msk ? self_managed_block : msk_block;
  if (section.has(other)) section.fail(other, "is not for this kind of cluster: write " + block);
  section.within(block, kConfig, [&](const Section& config) {
    request.consumer_group_id = config.text("ConsumerGroupId");
    read_schema_registry(config, request);
  });
  auto mapping = make_mapping(resource.name, request, section, block, context);
  mapping.function_name = std::move(function_name);
  mapping.bootstrap_servers = std::move(brokers);
  mapping.event_source_arn = std::move(cluster_arn);
  mapping.where = context.diagnostics.at(resource.line);
  return mapping;
}

}  // namespace emulator::sam
