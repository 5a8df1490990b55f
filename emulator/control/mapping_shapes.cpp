#include "emulator/control/mapping_shapes.h"

#include <array>
#include <string_view>

namespace emulator {
namespace {

using enum Shape::Type;
using Words = std::string_view;

constexpr std::string_view kArn =
    "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{"
    "1})?:(\\d{12})?:(.*)";
constexpr std::string_view kFunctionName =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{"
    "12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";
constexpr std::string_view kUri = "[ a-zA-Z0-9-\\/*:_+=.@-]*";

// In the order in which AWS's messages have them (recorded).
constexpr Words kPositions[] = {"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"};
constexpr Words kMetricWords[] = {"EventCount", "ErrorCount", "KafkaMetrics"};
constexpr Words kLevels[] = {"DEBUG", "INFO", "WARN"};
constexpr Words kResponseTypes[] = {"ReportBatchItemFailures"};
constexpr Words kFormats[] = {"JSON", "SOURCE"};
constexpr Words kAttributes[] = {"KEY", "VALUE"};
constexpr Words kRegistryAccess[] = {"BASIC_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH",
                                     "SERVER_ROOT_CA_CERTIFICATE", "OAUTHBEARER_AUTH"};
constexpr Words kAccessTypes[] = {"BASIC_AUTH",
                                  "VPC_SUBNET",
                                  "VPC_SECURITY_GROUP",
                                  "SASL_SCRAM_512_AUTH",
                                  "SASL_SCRAM_256_AUTH",
                                  "VIRTUAL_HOST",
                                  "CLIENT_CERTIFICATE_TLS_AUTH",
                                  "SERVER_ROOT_CA_CERTIFICATE",
                                  "OAUTHBEARER_AUTH",
                                  "OAUTHBEARER_SCOPE",
                                  "OAUTHBEARER_AUDIENCE",
                                  "OAUTHBEARER_LOGICAL_CLUSTER",
                                  "OAUTHBEARER_IDENTITY_POOL",
                                  "IAM_AUTH",
                                  "IAM_OAUTHBEARER_AUTH"};
constexpr Words kEndpointTypes[] = {"KAFKA_BOOTSTRAP_SERVERS"};

constexpr Shape kFilter[] = {{.member = "Pattern", .min = 0, .max = 4'096}};
constexpr Shape kFilterElement[] = {{.type = Object, .members = kFilter}};
constexpr Shape kFilterCriteria[] = {
    {.member = "Filters", .type = List, .members = kFilterElement}};
constexpr Shape kMetric[] = {{.words = kMetricWords}};
constexpr Shape kMetrics[] = {
    {.member = "Metrics", .type = List, .min = 0, .max = 3, .members = kMetric}};
constexpr Shape kLogging[] = {{.member = "SystemLogLevel", .words = kLevels}};
// What a destination may be is config/mapping_rules' to say.
constexpr Shape kDestination[] = {{.member = "Destination", .min = 0, .max = 350}};
constexpr Shape kDestinations[] = {
    {.member = "OnSuccess", .type = Object, .members = kDestination},
    {.member = "OnFailure", .type = Object, .members = kDestination}};
constexpr Shape kTopic[] = {{.min = 1, .max = 249, .pattern = "[^.]([a-zA-Z0-9\\-_.]+)"}};
constexpr Shape kAccess[] = {{.member = "Type", .words = kAccessTypes},
                             {.member = "URI", .min = 1, .max = 200, .pattern = kUri}};
constexpr Shape kAccessElement[] = {{.type = Object, .members = kAccess}};
// The model's pattern has no '_', which a compose network's host names have: config/brokers says
// what an address may be.
constexpr Shape kEndpoint[] = {{.min = 1, .max = 300}};
constexpr Shape kEndpointsMap[] = {{.words = kEndpointTypes},
                                   {.type = List, .min = 1, .max = 10, .members = kEndpoint}};
constexpr Shape kSelfManaged[] = {
    {.member = "Endpoints", .type = Map, .min = 1, .max = 2, .members = kEndpointsMap}};
constexpr Shape kResponseType[] = {{.words = kResponseTypes}};
constexpr Shape kRegistryAccessConfig[] = {
    {.member = "Type", .words = kRegistryAccess},
    {.member = "URI", .min = 0, .max = 10'000, .pattern = kArn}};
constexpr Shape kRegistryAccessElement[] = {{.type = Object, .members = kRegistryAccessConfig}};
constexpr Shape kValidation[] = {{.member = "Attribute", .words = kAttributes}};
constexpr Shape kValidationElement[] = {{.type = Object, .members = kValidation}};
constexpr Shape kSchemaRegistry[] = {
    {.member = "SchemaRegistryURI", .min = 1, .max = 10'000, .pattern = "[a-zA-Z0-9-\\/*:_+=.@-]*"},
    {.member = "EventRecordFormat", .words = kFormats},
    {.member = "AccessConfigs", .type = List, .members = kRegistryAccessElement},
    {.member = "SchemaValidationConfigs", .type = List, .members = kValidationElement}};
constexpr Shape kKafkaConfig[] = {
    {.member = "ConsumerGroupId", .min = 1, .max = 200, .pattern = kUri},
    {.member = "SchemaRegistryConfig", .type = Object, .members = kSchemaRegistry},
    {.member = "ConsumptionMode"}};
constexpr Shape kPollers[] = {
    {.member = "MinimumPollers", .type = Integer, .min = 1, .max = 200},
    {.member = "MaximumPollers", .type = Integer, .min = 1, .max = 10'000},
    {.member = "PollerGroupName", .min = 0, .max = 128, .pattern = "[a-zA-Z0-9-_]*"}};
constexpr Shape kTags[] = {{.min = 1, .max = 128}, {.min = 0, .max = 256}};

// Of both operations, in the model's order.
constexpr std::array kCommon = std::to_array<Shape>({
    {.member = "Enabled", .type = Flag},
    {.member = "BatchSize", .type = Integer, .min = 1, .max = 10'000},
    {.member = "FilterCriteria", .type = Object, .members = kFilterCriteria},
    {.member = "KMSKeyArn",
     .min = 0,
     .max = 10'000,
     .pattern = "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"},
    {.member = "MetricsConfig", .type = Object, .members = kMetrics},
    {.member = "LoggingConfig", .type = Object, .members = kLogging},
    {.member = "ScalingConfig", .type = Object},
    {.member = "MaximumBatchingWindowInSeconds", .type = Integer, .min = 0, .max = 300},
    {.member = "ParallelizationFactor", .type = Integer, .min = 1, .max = 10},
    {.member = "DestinationConfig", .type = Object, .members = kDestinations},
    {.member = "MaximumRecordAgeInSeconds", .type = Integer, .min = -1, .max = 604'800},
    {.member = "BisectBatchOnFunctionError", .type = Flag},
    {.member = "MaximumRetryAttempts", .type = Integer, .min = -1, .max = 10'000},
    {.member = "TumblingWindowInSeconds", .type = Integer, .min = 0, .max = 900},
    {.member = "SourceAccessConfigurations",
     .type = List,
     .min = 0,
     .max = 23,
     .members = kAccessElement},
    {.member = "FunctionResponseTypes", .type = List, .min = 0, .max = 1, .members = kResponseType},
    {.member = "AmazonManagedKafkaEventSourceConfig", .type = Object, .members = kKafkaConfig},
    {.member = "SelfManagedKafkaEventSourceConfig", .type = Object, .members = kKafkaConfig},
    {.member = "DocumentDBEventSourceConfig", .type = Object},
    {.member = "ProvisionedPollerConfig", .type = Object, .members = kPollers},
});

constexpr std::array kCreateOnly = std::to_array<Shape>({
    {.member = "EventSourceArn", .min = 0, .max = 10'000, .pattern = kArn},
    {.member = "FunctionName", .required = true, .min = 1, .max = 256, .pattern = kFunctionName},
    {.member = "StartingPosition", .words = kPositions},
    {.member = "StartingPositionTimestamp", .type = Timestamp},
    {.member = "Tags", .type = Map, .members = kTags},
    {.member = "Topics", .type = List, .min = 1, .max = 1, .members = kTopic},
    {.member = "Queues", .type = List, .min = 1, .max = 1},
    {.member = "SelfManagedEventSource", .type = Object, .members = kSelfManaged},
});

constexpr std::array kUpdateOnly = std::to_array<Shape>({
    {.member = "FunctionName", .min = 1, .max = 256, .pattern = kFunctionName},
});

template <std::size_t A, std::size_t B>
constexpr std::array<Shape, A + B> joined(const std::array<Shape, A>& first,
                                          const std::array<Shape, B>& second) {
  std::array<Shape, A + B> all{};
  for (std::size_t i = 0; i < A; ++i) all[i] = first[i];
  for (std::size_t i = 0; i < B; ++i) all[A + i] = second[i];
  return all;
}

constexpr auto kCreate = joined(kCreateOnly, kCommon);
constexpr auto kUpdate = joined(kUpdateOnly, kCommon);

}  // namespace

std::span<const Shape> create_mapping_shapes() {
  return kCreate;
}
std::span<const Shape> update_mapping_shapes() {
  return kUpdate;
}

}  // namespace emulator
