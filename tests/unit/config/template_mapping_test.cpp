// The whole mapping in a template: the controls of a SAM event, and CloudFormation's own resource.
#include <string>
#include <utility>
#include <vector>

#include "emulator/config/uuid.h"
#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;
using Table = std::vector<std::pair<std::string, std::string>>;

namespace {

const std::string kResources =
    "  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}\n"
    "  Topic: {Type: AWS::SNS::Topic}\n"
    "  Bucket: {Type: AWS::S3::Bucket, Properties: {BucketName: failed-records}}\n";

MappingConfig mapping_with(const std::string& event_lines) {
  const auto application = read(function_with("", event_lines) + kResources);
  CHECK(application.warnings.empty());
  return application.mappings.at(0);
}

// A mapping M (line 6) of the function F, its properties from line 9 on.
std::string mapping_template(const std::string& properties) {
  return "Resources:\n"                                                                     // 1
         "  F:\n"                                                                           // 2
         "    Type: AWS::Serverless::Function\n"                                            // 3
         "    Properties: {FunctionName: fn, Handler: app.handler, Runtime: python3.12}\n"  // 4
         "  Cluster: {Type: AWS::MSK::Cluster}\n"                                           // 5
         "  M:\n"                                                                           // 6
         "    Type: AWS::Lambda::EventSourceMapping\n"                                      // 7
         "    Properties:\n"                                                                // 8
         "      {\n" +                                                                      // 9
         properties +
         "\n      }\n";  // from 10
}

const std::string kSelfManaged =
    "FunctionName: !Ref F, Topics: [orders], SelfManagedEventSource: {Endpoints: "
    "{KafkaBootstrapServers: ['localhost:9092', 'b:1']}}";

MappingConfig cloudformation(const std::string& properties) {
  const auto application = read(mapping_template(properties));
  CHECK(application.warnings.empty());
  return application.mappings.at(0);
}

}  // namespace

TEST_CASE("every control of a SAM event is read") {
  const auto mapping = mapping_with(
      "FilterCriteria:\n"
      "  Filters:\n"
      "    - Pattern: '{\"value\": {\"type\": [\"created\"]}}'\n"
      "    - {Pattern: !Sub '{\"value\": {\"region\": [\"${AWS::Region}\"]}}'}\n"
      "DestinationConfig:\n"
      "  OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}\n"
      "MaximumRetryAttempts: 3\n"
      "MaximumRecordAgeInSeconds: 3600\n"
      "BisectBatchOnFunctionError: true\n"
      "FunctionResponseTypes: [ReportBatchItemFailures]\n"
      "ProvisionedPollerConfig: {MinimumPollers: 2, MaximumPollers: 8, PollerGroupName: group}\n"
      "MetricsConfig: {Metrics: [EventCount, KafkaMetrics]}\n"
      "LoggingConfig: {SystemLogLevel: INFO}\n");
  CHECK(mapping.filter_patterns ==
        std::vector<std::string>{R"({"value": {"type": ["created"]}})",
                                 R"({"value": {"region": ["us-east-1"]}})"});
  CHECK(mapping.on_failure_destination == "arn:aws:sqs:us-east-1:000000000000:failed");
  CHECK(mapping.maximum_retry_attempts == 3);
  CHECK(mapping.maximum_record_age_s == 3'600);
  CHECK(mapping.bisect_batch_on_function_error);
  CHECK(mapping.report_batch_item_failures);
  REQUIRE(mapping.provisioned.has_value());
  CHECK(mapping.provisioned->minimum == 2);
  CHECK(mapping.provisioned->maximum == 8);
  CHECK(mapping.provisioned->group_name == "group");
  CHECK(mapping.system_log_level == SystemLogLevel::Info);
}

TEST_CASE("controls that are given empty are as if they were not given") {
  const auto mapping = mapping_with(
      "FilterCriteria: {}\n"
      "DestinationConfig: {OnFailure: {}}\n"
      "FunctionResponseTypes: []\n"
      "ProvisionedPollerConfig: {}\n"
      "MetricsConfig: {Metrics: []}\n"
      "LoggingConfig: {}\n");
  CHECK(mapping.filter_patterns.empty());
  CHECK(mapping.on_failure_destination.empty());
  CHECK_FALSE(mapping.report_batch_item_failures);
  CHECK_FALSE(mapping.provisioned.has_value());
}

TEST_CASE("a destination names a resource of the template, an ARN or a Kafka topic") {
  const Table table{
      {"!GetAtt Queue.Arn", "arn:aws:sqs:us-east-1:000000000000:failed"},
      {"!Ref Topic", "arn:aws:sns:us-east-1:000000000000:Topic"},
      {"!GetAtt Topic.TopicArn", "arn:aws:sns:us-east-1:000000000000:Topic"},
      {"!GetAtt Bucket.Arn", "arn:aws:s3:::failed-records"},
      {"!Sub 'arn:${AWS::Partition}:s3:::${Bucket}'", "arn:aws:s3:::failed-records"},
      {"'arn:aws:sqs:eu-west-1:123456789012:q'", "arn:aws:sqs:eu-west-1:123456789012:q"},
      {"'kafka://orders-failed'", "kafka://orders-failed"},
      {"''", ""},
  };
  for (const auto& [written, destination] : table) {
    CAPTURE(written);
    CHECK(mapping_with("DestinationConfig: {OnFailure: {Destination: " + written + "}}")
              .on_failure_destination == destination);
  }
}

TEST_CASE("a function's reserved concurrency is read") {
  CHECK(
      read(function_with("ReservedConcurrentExecutions: 0")).functions.at(0).reserved_concurrency ==
      0);
  CHECK_FALSE(read(function_with("")).functions.at(0).reserved_concurrency.has_value());
}

TEST_CASE("mistakes in an event's controls are errors at their lines") {
  const std::string form = R"({Pattern: '{"value": {…}}'})";
  const Table table{
      {"FilterCriteria:\n  Filters:\n    - Pattern:\n        value: {type: [created]}",
       "t.yaml:16: Pattern of Filters of FilterCriteria of F/E is a map: it must be a JSON text, "
       "put it in quotes: " +
           form},
      {"FilterCriteria: {Filters: [{Pattern: [a]}]}",
       "t.yaml:14: Pattern of Filters of FilterCriteria of F/E is a list: it must be a JSON text, "
       "put it in quotes: " +
           form},
      {"FilterCriteria: {Filters: [{}]}",
       "t.yaml:14: Pattern of Filters of FilterCriteria of F/E is missing: write the filter as " +
           form},
      {"FilterCriteria: {Filters: ['{}']}",
       "t.yaml:14: Filters of FilterCriteria of F/E must be a list of " + form},
      {"FilterCriteria: {Filters: {Pattern: '{}'}}",
       "t.yaml:14: Filters of FilterCriteria of F/E must be a list of " + form},
      {"FilterCriteria: '{}'",
       "t.yaml:14: FilterCriteria of F/E is a single value: it must be a map"},
      {"MaximumRetryAttempts: -2",
       "t.yaml:14: MaximumRetryAttempts of F/E is -2: it must be -1 (no limit) or between 0 and "
       "10000"},
      {"MaximumRecordAgeInSeconds: 59",
       "t.yaml:14: MaximumRecordAgeInSeconds of F/E is 59: it must be -1 (no limit) or between 60 "
       "and 604800 seconds"},
      {"BisectBatchOnFunctionError: maybe",
       "t.yaml:14: BisectBatchOnFunctionError of F/E is \"maybe\": it must be true or false"},
      {"FunctionResponseTypes: [ReportBatch]",
       "t.yaml:14: FunctionResponseTypes of F/E has \"ReportBatch\": it must hold "
       "ReportBatchItemFailures, each at most once"},
      {"DestinationConfig:\n  OnFailure:\n    Destination: !GetAtt Nobody.Arn",
       "t.yaml:16: GetAtt Nobody.Arn: the template has no such resource"},
      {"DestinationConfig:\n  OnFailure:\n    Destination: kafka://orders",
       "t.yaml:16: Destination of OnFailure of DestinationConfig of F/E is \"kafka://orders\", the "
       "topic that the mapping reads: its failed records would come again for ever: name another "
       "topic"},
      {"DestinationConfig: {OnFailure: {Destination: queue}}",
       "t.yaml:14: Destination of OnFailure of DestinationConfig of F/E is \"queue\": it must be "
       "the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://TOPIC"},
      {"DestinationConfig: {OnFailure: {Type: SNS, Destination: 'arn:aws:s3:::b'}}",
       "t.yaml:14: Type of OnFailure of DestinationConfig of F/E is SNS, but Destination is "
       "arn:aws:s3:::b: write Type: S3"},
      {"DestinationConfig: {OnFailure: {Type: Queue, Destination: 'arn:aws:s3:::b'}}",
       "t.yaml:14: Type of OnFailure of DestinationConfig of F/E is \"Queue\": it must be SQS, "
       "SNS, "
       "S3 or Kafka"},
      {"DestinationConfig: {OnFailure: {Type: SQS}}",
       "t.yaml:14: Destination of OnFailure of DestinationConfig of F/E is missing: give the ARN "
       "of "
       "a queue, topic or bucket"},
      {"DestinationConfig: {OnSuccess: {Destination: 'arn:aws:s3:::b'}}",
       "t.yaml:14: OnSuccess of DestinationConfig of F/E is given (AWS: \"Unsupported "
       "DestinationConfig parameter for given event source mapping type.\"): a Kafka mapping has "
       "destinations for failures only, use OnFailure"},
      {"ProvisionedPollerConfig:\n  MinimumPollers: 201",
       "t.yaml:15: MinimumPollers of ProvisionedPollerConfig of F/E is 201: it must be between 1 "
       "and 200"},
      {"ProvisionedPollerConfig: {PollerGroupName: a b}",
       "t.yaml:14: PollerGroupName of ProvisionedPollerConfig of F/E is \"a b\": a poller group's "
       "name has at most 128 letters, digits, '-' and '_'"},
      {"MetricsConfig: {Metrics: [Errors]}",
       "t.yaml:14: Metrics of MetricsConfig of F/E has \"Errors\": it must hold EventCount, "
       "ErrorCount, KafkaMetrics, each at most once"},
      {"LoggingConfig: {SystemLogLevel: TRACE}",
       "t.yaml:14: SystemLogLevel of LoggingConfig of F/E is \"TRACE\": it must be DEBUG, INFO or "
       "WARN"},
      {"StartingPositionTimestamp: 5",
       "t.yaml:14: StartingPositionTimestamp of F/E is given: it needs StartingPosition "
       "AT_TIMESTAMP"},
  };
  for (const auto& [property, line] : table) {
    CAPTURE(property);
    CHECK(mistake(function_with("", property)) == line);
  }
}

TEST_CASE("under strictness a template is held to what AWS takes") {
  const auto strict = [](const std::string& function_lines, const std::string& event_lines) {
    return mistake(function_with(function_lines, event_lines), {}, Strictness::Strict);
  };
  const std::string access = "SourceAccessConfigurations: []\n";
  CHECK(strict("", access).empty());
  CHECK(strict("", "") ==
        "t.yaml:11: SourceAccessConfigurations of F/E is missing (AWS: \"Required "
        "'sourceAccessConfigurations' parameter is missing.\"): say how Lambda reaches the "
        "brokers, or leave out --strict");
  CHECK(strict("", access + "MaximumRetryAttempts: 3") ==
        "t.yaml:15: MaximumRetryAttempts of F/E is only for provisioned mode (AWS: \"Unsupported "
        "'maximumRetryAttempts' parameter for given event source mapping type.\"): add "
        "ProvisionedPollerConfig, or leave out --strict");
  CHECK(strict("Timeout: 841", access) ==
        "t.yaml:3: Timeout of F is 841 seconds: AWS supports at most 840 seconds for a function "
        "that Kafka triggers");
}

TEST_CASE("a mapping of CloudFormation has its schema registry in the block of its cluster") {
  const auto with = [](const std::string& registry) {
    return kSelfManaged +
           ", SelfManagedKafkaEventSourceConfig: {SchemaRegistryConfig: " + registry + "}";
  };
  const auto mapping_of = [](const std::string& properties) {
    return read(mapping_template(properties)).mappings.at(0);
  };
  const auto mapping = mapping_of(
      with("{SchemaRegistryURI: 'arn:aws:glue:eu-west-1:123456789012:registry/r', "
           "EventRecordFormat: JSON, SchemaValidationConfigs: [{Attribute: KEY}, {Attribute: "
           "VALUE}]}"));
  REQUIRE(mapping.schema_registry.has_value());
  CHECK(mapping.schema_registry->uri == "arn:aws:glue:eu-west-1:123456789012:registry/r");
  CHECK(mapping.schema_registry->format == SchemaRegistry::RecordFormat::AsJson);
  CHECK(mapping.schema_registry->validates_key);
  CHECK(mapping.schema_registry->validates_value);
  CHECK(mapping.schema_registry->access.empty());
  CHECK_FALSE(mapping_of(with("{}")).schema_registry.has_value());
}

TEST_CASE("a mapping of CloudFormation is read as a SAM event is") {
  const auto mapping = cloudformation(
      kSelfManaged +
      ", SelfManagedKafkaEventSourceConfig: {ConsumerGroupId: g1}, BatchSize: 7, "
      "StartingPosition: LATEST, Enabled: false, FilterCriteria: {Filters: [{Pattern: '{}'}]}, "
      "DestinationConfig: {OnFailure: {Destination: 'kafka://failed'}}, MaximumRetryAttempts: 2, "
      "Tags: [{Key: a, Value: b}], KmsKeyArn: k, SourceAccessConfigurations: "
      "[{Type: VPC_SUBNET, URI: 'subnet:subnet-123'}]");
  CHECK(mapping.name == "M");
  CHECK(mapping.function_name == "fn");
  CHECK(mapping.kind == EventSourceKind::SelfManagedKafka);
  CHECK(mapping.bootstrap_servers == std::vector<std::string>{"localhost:9092", "b:1"});
  CHECK(mapping.topic == "orders");
  CHECK(mapping.group() == "g1");
  CHECK(mapping.batch_size == 7);
  CHECK(mapping.starting_position == StartingPosition::Latest);
  CHECK_FALSE(mapping.enabled);
  CHECK(mapping.filter_patterns == std::vector<std::string>{"{}"});
  CHECK(mapping.on_failure_destination == "kafka://failed");
  CHECK(mapping.maximum_retry_attempts == 2);
  CHECK(mapping.where.find("t.yaml:6") != std::string::npos);
}

TEST_CASE("a mapping's UUID is made of the template and its logical id") {
  const TemporaryDirectory directory;
  const auto application = read(directory, mapping_template(kSelfManaged));
  CHECK(application.mappings.at(0).uuid ==
        name_uuid((directory.path() / "t.yaml").string() + "#M"));
}

TEST_CASE("a mapping of CloudFormation reads an MSK cluster") {
  for (const std::string arn : {"!Ref Cluster", "!GetAtt Cluster.Arn",
                                "'arn:aws:kafka:us-east-1:000000000000:cluster/Cluster/"
                                "00000000-0000-0000-0000-000000000000-1'"}) {
    CAPTURE(arn);
    const auto mapping =
        cloudformation("FunctionName: fn, Topics: [orders], EventSourceArn: " + arn +
                       ", AmazonManagedKafkaEventSourceConfig: {ConsumerGroupId: g2}");
    CHECK(mapping.kind == EventSourceKind::Msk);
    CHECK(mapping.event_source_arn ==
          "arn:aws:kafka:us-east-1:000000000000:cluster/Cluster/"
          "00000000-0000-0000-0000-000000000000-1");
    CHECK(mapping.group() == "g2");
  }
}

TEST_CASE("a mapping's function is named in all of AWS's forms") {
  for (const std::string name :
       {"fn", "!Ref F", "!GetAtt F.Arn", "'fn:$LATEST'", "!Sub '${F.Arn}:live'",
        "'000000000000:function:fn'", "'arn:aws:lambda:eu-west-1:123456789012:function:fn:1'"}) {
    CAPTURE(name);
    auto properties = kSelfManaged;
    CHECK(cloudformation(properties.replace(properties.find("!Ref F"), 6, name)).function_name ==
          "fn");
  }
}

TEST_CASE("mappings of other event sources are left out with a warning") {
  const auto queue = read(mapping_template(
      "FunctionName: elsewhere, EventSourceArn: 'arn:aws:sqs:us-east-1:000000000000:q', "
      "ScalingConfig: {MaximumConcurrency: 5}"));
  CHECK(queue.mappings.empty());
  CHECK(queue.warnings ==
        std::vector<std::string>{"t.yaml:10: EventSourceArn of M is not a Kafka cluster: klambda "
                                 "does not trigger this mapping"});
  // A table's stream is nothing that klambda could name.
  CHECK(read(mapping_template("FunctionName: fn, EventSourceArn: !ImportValue stream"))
            .mappings.empty());
}

TEST_CASE("a mapping whose condition does not hold is left out") {
  auto text = "Conditions: {Never: !Equals [a, b]}\n" + mapping_template("Topics: nonsense");
  const std::string type = "    Type: AWS::Lambda::EventSourceMapping\n";
  text.insert(text.find(type) + type.size(), "    Condition: Never\n");
  CHECK(read(text).mappings.empty());
}

TEST_CASE("mistakes in a mapping of CloudFormation are errors at their lines") {
  const std::string source =
      "SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['localhost:9092']}}";
  const Table table{
      {"FunctionName: fn, Topics: [orders]",
       "t.yaml:8: EventSourceArn of M is missing (AWS: \"Unrecognized event source.\"): name the "
       "MSK cluster's ARN, or the brokers with SelfManagedEventSource"},
      {kSelfManaged + ", EventSourceArn: !Ref Cluster",
       "t.yaml:10: EventSourceArn of M is given beside SelfManagedEventSource: a mapping reads one "
       "cluster, remove one"},
      {"FunctionName: fn, Topics: [orders], SelfManagedEventSource: {}",
       "t.yaml:10: Endpoints of SelfManagedEventSource of M is missing: write Endpoints: "
       "{KafkaBootstrapServers: […]}"},
      {"FunctionName: fn, Topics: [orders], SelfManagedEventSource: {Endpoints: "
       "{KAFKA_BOOTSTRAP_SERVERS: ['localhost:9092']}}",
       "t.yaml:10: KAFKA_BOOTSTRAP_SERVERS of Endpoints of SelfManagedEventSource of M is the "
       "API's "
       "name: in a template it is KafkaBootstrapServers"},
      {"FunctionName: fn, Topics: [orders], SelfManagedEventSource: {Endpoints: "
       "{KafkaBootstrapServers: [localhost]}}",
       "t.yaml:10: KafkaBootstrapServers of Endpoints of SelfManagedEventSource of M is wrong: "
       "localhost: the port is missing: write HOST:PORT, for instance localhost:9092"},
      {"Topics: [orders], " + source,
       "t.yaml:8: FunctionName of M is missing: name the function, or !Ref it"},
      {"FunctionName: a b, Topics: [orders], " + source,
       "t.yaml:10: FunctionName of M is \"a b\": it must be a function's name or ARN"},
      {"FunctionName: !ImportValue f, Topics: [orders], " + source,
       "t.yaml:10: FunctionName of M has no function that klambda can read: write its name, or "
       "!Ref it"},
      {"FunctionName: fm, Topics: [orders], " + source,
       "t.yaml:6: mapping M triggers fm: the template has no such function (did you mean fn?)"},
      {"FunctionName: fn, " + source,
       "t.yaml:8: Topics of M is missing: name the topic, for instance Topics: [orders]"},
      {kSelfManaged + ", AmazonManagedKafkaEventSourceConfig: {ConsumerGroupId: g}",
       "t.yaml:10: AmazonManagedKafkaEventSourceConfig of M is not for this kind of cluster: write "
       "SelfManagedKafkaEventSourceConfig"},
      {kSelfManaged + ",\nSelfManagedKafkaEventSourceConfig: {ConsumerGroupId: 'a#b'}",
       "t.yaml:11: ConsumerGroupId of SelfManagedKafkaEventSourceConfig of M is \"a#b\": a "
       "consumer "
       "group's name has 1 to 200 letters, digits, blanks and the characters -/*:_+=.@"},
      {kSelfManaged + ",\nParallelizationFactor: 2",
       "t.yaml:11: ParallelizationFactor of M is not for Kafka (AWS: \"Unsupported "
       "'parallelizationFactor' parameter for given event source mapping type.\"): remove it"},
      {kSelfManaged + ",\nBatchSize: 0",
       "t.yaml:11: BatchSize of M is 0: it must be between 1 and 10000"},
  };
  for (const auto& [properties, line] : table) {
    CAPTURE(properties);
    CHECK(mistake(mapping_template(properties)) == line);
  }
}

TEST_CASE("a mapping needs a function that klambda runs") {
  auto of_g = kSelfManaged;
  of_g.replace(of_g.find("!Ref F"), 6, "!Ref G");
  const auto text = [&](const std::string& g) {
    return mapping_template(of_g) + "  G: " + g + "\n";
  };
  CHECK(mistake(text("{Type: AWS::Lambda::Function, Properties: {FunctionName: plain}}")) ==
        "t.yaml:12: function G has no Runtime: give it one, for instance Runtime: python3.12");
  CHECK(
      mistake(text("{Type: AWS::Serverless::Function, Properties: {PackageType: Image}}")) ==
      "t.yaml:12: PackageType of G is Image, and no image is named: give it ImageUri, or Metadata "
      "with Dockerfile and DockerContext and run sam build");
}
