#include "emulator/config/template.h"

#include <filesystem>
#include <string>
#include <vector>

#include "emulator/config/uuid.h"
#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;
using Variables = std::map<std::string, std::string>;

TEST_CASE("a function and its event are read, with AWS's defaults for what is not given") {
  const TemporaryDirectory directory;
  const auto application = read(directory, function_with(""));
  CHECK(application.warnings.empty());
  REQUIRE(application.functions.size() == 1);
  const auto& function = application.functions[0];
  CHECK(function.name == "F");
  CHECK(function.runtime == "python3.12");
  CHECK(function.handler == "app.handler");
  CHECK(function.code_dir == directory.path());
  CHECK(function.timeout == std::chrono::seconds(3));
  CHECK(function.memory_mb == 128);
  CHECK(function.environment.empty());
  CHECK(function.command.empty());
  CHECK(function.where == (directory.path() / "t.yaml:3").string());
  REQUIRE(application.mappings.size() == 1);
  const auto& mapping = application.mappings[0];
  CHECK(mapping.name == "F/E");
  CHECK(mapping.function_name == "F");
  CHECK(mapping.uuid == name_uuid((directory.path() / "t.yaml").string() + "#F/E"));
  CHECK(mapping.group() == mapping.uuid);
  CHECK(mapping.kind == EventSourceKind::SelfManagedKafka);
  CHECK(mapping.topic == "orders");
  CHECK(mapping.bootstrap_servers == std::vector<std::string>{"localhost:9092"});
  CHECK(mapping.batch_size == 100);
  CHECK(mapping.batch_window == std::chrono::milliseconds(500));
  CHECK(mapping.starting_position == StartingPosition::TrimHorizon);
  CHECK(mapping.enabled);
  CHECK_FALSE(mapping.provisioned.has_value());
  CHECK(mapping.where == (directory.path() / "t.yaml:9").string());
}

TEST_CASE("every property of a function that klambda acts on is read") {
  const TemporaryDirectory directory;
  directory.write("src/app.py", "");
  const auto application = read(directory, function_with("FunctionName: my-fn\n"
                                                         "CodeUri: ./src/\n"
                                                         "Timeout: 30\n"
                                                         "MemorySize: '512'\n"
                                                         "Environment:\n"
                                                         "  Variables:\n"
                                                         "    ONE: 1\n"
                                                         "    YES_: true\n"
                                                         "    TEXT: 'a: b'\n"
                                                         "    OCTAL: 0755\n"
                                                         "    EMPTY: ''\n"));
  CHECK(application.warnings.empty());
  const auto& function = application.functions.at(0);
  CHECK(function.name == "my-fn");
  CHECK(function.code_dir == directory.path() / "src");
  CHECK(function.timeout == std::chrono::seconds(30));
  CHECK(function.memory_mb == 512);
  CHECK(function.environment ==
        Variables{
            {"ONE", "1"}, {"YES_", "true"}, {"TEXT", "a: b"}, {"OCTAL", "0755"}, {"EMPTY", ""}});
  CHECK(application.mappings.at(0).function_name == "my-fn");
}

TEST_CASE("every property of an event that klambda acts on is read") {
  const auto application =
      read(function_with("",
                         "BatchSize: 20\n"
                         "MaximumBatchingWindowInSeconds: 0\n"
                         "StartingPosition: AT_TIMESTAMP\n"
                         "StartingPositionTimestamp: 1700000000\n"
                         "ConsumerGroupId: my-group\n"
                         "Enabled: false\n"
                         "ProvisionedPollerConfig: {MinimumPollers: 3, PollerGroupName: g}\n"
                         "SourceAccessConfigurations:\n"
                         "  - {Type: VPC_SUBNET, URI: 'subnet:subnet-1'}\n"
                         "  - {Type: VPC_SECURITY_GROUP, URI: 'security_group:sg-1'}\n"));
  CHECK(application.warnings.empty());
  const auto& mapping = application.mappings.at(0);
  CHECK(mapping.batch_size == 20);
  CHECK(mapping.batch_window == std::chrono::milliseconds(0));
  CHECK(mapping.starting_position == StartingPosition::AtTimestamp);
  CHECK(mapping.starting_timestamp_ms == 1'700'000'000'000);
  CHECK(mapping.group() == "my-group");
  CHECK_FALSE(mapping.enabled);
  REQUIRE(mapping.provisioned.has_value());
  CHECK(mapping.provisioned->minimum == 3);
  REQUIRE(mapping.source_access.size() == 2);
  CHECK(mapping.source_access[1].type == AccessType::VpcSecurityGroup);
  CHECK(mapping.source_access[1].uri == "security_group:sg-1");
  CHECK_FALSE(mapping.schema_registry.has_value());
}

TEST_CASE("logins and schema registries of an event are read, with secrets of the template") {
  const auto application =
      read(function_with("",
                         "SourceAccessConfigurations:\n"
                         "  - {Type: SASL_SCRAM_512_AUTH, URI: !Ref Login}\n"
                         "  - {Type: SERVER_ROOT_CA_CERTIFICATE, URI: !ImportValue ca}\n"
                         "SchemaRegistryConfig:\n"
                         "  SchemaRegistryURI: https://registry:8081\n"
                         "  EventRecordFormat: SOURCE\n"
                         "  SchemaValidationConfigs: [{Attribute: VALUE}]\n"
                         "  AccessConfigs: [{Type: BASIC_AUTH, URI: !GetAtt Other.Id}]\n") +
           "  Login: {Type: AWS::SecretsManager::Secret, Properties: {Name: kafka/login}}\n"
           "  Other: {Type: AWS::SecretsManager::Secret}\n");
  const auto& mapping = application.mappings.at(0);
  const std::string arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:";
  REQUIRE(mapping.source_access.size() == 2);
  CHECK(mapping.source_access[0].type == AccessType::SaslScram512Auth);
  CHECK(mapping.source_access[0].uri == arn + "kafka/login-000000");
  CHECK(mapping.source_access[1].type == AccessType::ServerRootCaCertificate);
  CHECK(mapping.source_access[1].uri.empty());  // known on AWS alone
  REQUIRE(mapping.schema_registry.has_value());
  const auto& registry = *mapping.schema_registry;
  CHECK(registry.uri == "https://registry:8081");
  CHECK(registry.format == SchemaRegistry::RecordFormat::AsSource);
  CHECK_FALSE(registry.validates_key);
  CHECK(registry.validates_value);
  REQUIRE(registry.access.size() == 1);
  CHECK(registry.access[0].type == AccessType::BasicAuth);
  CHECK(registry.access[0].uri == arn + "Other-000000");
}

TEST_CASE("an MSK event has its cluster's ARN and no brokers of its own") {
  const std::string resource =
      "Resources:\n"
      "  Cluster: {Type: AWS::MSK::Cluster}\n"
      "  F:\n"
      "    Type: AWS::Serverless::Function\n"
      "    Properties:\n"
      "      Handler: app.handler\n"
      "      Runtime: python3.12\n"
      "      Events:\n"
      "        E: {Type: MSK, Properties: {Stream: STREAM, Topics: [orders], StartingPosition: "
      "LATEST}}\n";
  const auto with_stream = [&](const std::string& stream) {
    auto text = resource;
    const auto application = read(text.replace(text.find("STREAM"), 6, stream));
    CHECK(application.warnings.empty());
    return application.mappings.at(0);
  };
  const auto mapping = with_stream("'arn:aws:kafka:eu-west-1:123456789012:cluster/a/b-1'");
  CHECK(mapping.kind == EventSourceKind::Msk);
  CHECK(mapping.event_source_arn == "arn:aws:kafka:eu-west-1:123456789012:cluster/a/b-1");
  CHECK(mapping.bootstrap_servers.empty());
  CHECK(mapping.starting_position == StartingPosition::Latest);
  const std::string stand_in =
      "arn:aws:kafka:us-east-1:000000000000:cluster/Cluster/00000000-0000-0000-0000-000000000000-1";
  CHECK(with_stream("!Ref Cluster").event_source_arn == stand_in);
  CHECK(with_stream("!GetAtt Cluster.Arn").event_source_arn == stand_in);
}

TEST_CASE("what has no meaning on one machine is ignored without a word") {
  const auto application = read(
      "AWSTemplateFormatVersion: '2010-09-09'\n"
      "Description: x\n"
      "Metadata: {a: b}\n"
      "Outputs: {A: {Value: !GetAtt Queue.Arn}}\n"
      "Resources:\n"
      "  Queue: {Type: AWS::SQS::Queue}\n"
      "  F:\n"
      "    Type: AWS::Serverless::Function\n"
      "    DependsOn: Queue\n"
      "    Metadata: {BuildMethod: makefile}\n"
      "    Properties:\n"
      "      Handler: app.handler\n"
      "      Runtime: python3.12\n"
      "      Role: !ImportValue role\n"
      "      Policies: [!GetAtt Queue.Arn]\n"
      "      Tags: {a: !Transform x}\n"
      "      Architectures: [arm64]\n"
      "      VpcConfig: {SubnetIds: [a]}\n");
  CHECK(application.warnings.empty());
  CHECK(application.mappings.empty());
  CHECK(application.functions.size() == 1);
}

TEST_CASE("Globals are merged: maps are joined, single values overridden") {
  const std::string text =
      "Globals:\n"
      "  Function:\n"
      "    Runtime: nodejs22.x\n"
      "    Timeout: 20\n"
      "    MemorySize: 256\n"
      "    Environment: {Variables: {STAGE: dev, LEVEL: info}}\n"
      "Resources:\n"
      "  F:\n"
      "    Type: AWS::Serverless::Function\n"
      "    Properties:\n"
      "      Handler: a.b\n"
      "      Timeout: 5\n"
      "      Environment: {Variables: {LEVEL: debug, OWN: x}}\n"
      "  G:\n"
      "    Type: AWS::Serverless::Function\n"
      "    IgnoreGlobals: [MemorySize, Environment]\n"
      "    Properties: {Handler: c.d}\n";
  const auto application = read(text);
  CHECK(application.warnings.empty());
  REQUIRE(application.functions.size() == 2);
  const auto& f = application.functions[0];
  CHECK(f.runtime == "nodejs22.x");
  CHECK(f.timeout == std::chrono::seconds(5));
  CHECK(f.memory_mb == 256);
  CHECK(f.environment == Variables{{"STAGE", "dev"}, {"LEVEL", "debug"}, {"OWN", "x"}});
  const auto& g = application.functions[1];
  CHECK(g.timeout == std::chrono::seconds(20));
  CHECK(g.memory_mb == 128);
  CHECK(g.environment.empty());
}

TEST_CASE(
    "Metadata names a command, as a list or a line, and Handler and Runtime may then be missing") {
  const auto command_of = [](const std::string& command) {
    return read(
               "Resources:\n"
               "  F:\n"
               "    Type: AWS::Serverless::Function\n"
               "    Metadata: {klambda: {Command: " +
               command + "}}\n")
        .functions.at(0)
        .command;
  };
  CHECK(command_of("[./serve, 'a b']") == std::vector<std::string>{"./serve", "a b"});
  CHECK(command_of("./serve 'a b'") == std::vector<std::string>{"./serve", "a b"});
}

TEST_CASE("a JSON template is read as well") {
  const auto application =
      read(R"({"Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {
    "Handler": "bootstrap", "Runtime": "provided.al2023",
    "Environment": {"Variables": {"URL": {"Fn::Sub": "a-${AWS::Region}"}}},
    "Events": {"E": {"Type": "SelfManagedKafka", "Properties": {
      "Topics": ["orders"], "BatchSize": 5, "KafkaBootstrapServers": ["localhost:9092"]}}}}}}})");
  CHECK(application.warnings.empty());
  CHECK(application.functions.at(0).environment.at("URL") == "a-us-east-1");
  CHECK(application.mappings.at(0).batch_size == 5);
}

TEST_CASE("anchors, aliases and merge keys are expanded") {
  const auto application = read(
      "Base: &base {Handler: a.b, Runtime: python3.12, Timeout: 9}\n"
      "Resources:\n"
      "  F:\n"
      "    Type: AWS::Serverless::Function\n"
      "    Properties:\n"
      "      <<: *base\n"
      "      Timeout: 10\n");
  CHECK(application.functions.at(0).timeout == std::chrono::seconds(10));
  CHECK(application.functions.at(0).handler == "a.b");
}

TEST_CASE("two mappings of one function have their own UUIDs") {
  const auto application = read(function_with("", "") +
                                "        Second:\n"
                                "          Type: SelfManagedKafka\n"
                                "          Properties:\n"
                                "            Topics: [orders]\n"
                                "            KafkaBootstrapServers: [localhost:9092]\n");
  REQUIRE(application.mappings.size() == 2);
  CHECK(application.mappings[0].uuid != application.mappings[1].uuid);
  CHECK(application.warnings.empty());
}

TEST_CASE("a mapping's UUID depends on the template's place, not on the way it was named") {
  const TemporaryDirectory directory;
  const auto file = directory.write("a/t.yaml", function_with(""));
  const auto direct = read_template(file, {}, Strictness::Lenient, kControlPlane);
  const auto around =
      read_template(directory.path() / "a/../a/./t.yaml", {}, Strictness::Lenient, kControlPlane);
  CHECK(direct.mappings.at(0).uuid == around.mappings.at(0).uuid);
}

TEST_CASE("layers that the template declares, and code in a zip") {
  const TemporaryDirectory directory;
  directory.write("tools/python/a.py", "x");
  directory.write("more.zip", "x");
  const std::string layers =
      "CodeUri: more.zip\n"
      "Layers: [!Ref Tools, !Ref More, !Ref Remote, !Ref Missing, \"arn:aws:lambda:x\"]\n";
  const auto application =
      read(directory, function_with(layers) +
                          "  Tools:\n"
                          "    Type: AWS::Serverless::LayerVersion\n"
                          "    Properties: {ContentUri: ./tools/, LayerName: my-tools}\n"
                          "  More:\n"
                          "    Type: AWS::Lambda::LayerVersion\n"
                          "    Properties: {Content: more.zip}\n"
                          "  Remote:\n"
                          "    Type: AWS::Lambda::LayerVersion\n"
                          "    Properties: {Content: {S3Bucket: b, S3Key: k}}\n"
                          "  Missing:\n"
                          "    Type: AWS::Serverless::LayerVersion\n"
                          "    Properties: {ContentUri: missing}\n");
  REQUIRE(application.functions.size() == 1);
  const auto& function = application.functions[0];
  CHECK(function.code_dir == directory.path() / "more.zip");
  CHECK(function.layers == std::vector<std::filesystem::path>{directory.path() / "tools",
                                                              directory.path() / "more.zip"});
  CHECK(
      application.warnings ==
      std::vector<std::string>{
          "t.yaml:24: Content of Remote names nothing on this machine: the layer is left out",
          "t.yaml:27: ContentUri of Missing is missing: there is no directory or zip missing: the "
          "layer is left out",
          "t.yaml:15: Layers of F names arn:aws:lambda:x, which is no layer of this template: put "
          "what the function needs into its CodeUri, or declare the layer here"});
}

TEST_CASE("image functions: an image named by the template, or the one that sam build makes") {
  const auto application = read(
      "Resources:\n"
      "  Named:\n"
      "    Type: AWS::Serverless::Function\n"
      "    Properties:\n"
      "      PackageType: Image\n"
      "      ImageUri: repository/orders:3\n"
      "      Architectures: [arm64]\n"
      "      ImageConfig: {Command: [app.handler], EntryPoint: [/entry, -x], WorkingDirectory: "
      "/c}\n"
      "  BuiltHere:\n"
      "    Type: AWS::Serverless::Function\n"
      "    Metadata: {Dockerfile: Dockerfile, DockerContext: ./orders, DockerTag: v1}\n"
      "    Properties: {PackageType: Image}\n");
  REQUIRE(application.functions.size() == 2);
  const auto& named = application.functions[0];
  CHECK(named.package_type == PackageType::Image);
  CHECK(named.image_uri == "repository/orders:3");
  CHECK(named.architecture == "arm64");
  CHECK(named.image.command == std::vector<std::string>{"app.handler"});
  CHECK(named.image.entry_point == std::vector<std::string>{"/entry", "-x"});
  CHECK(named.image.working_directory == "/c");
  CHECK(application.functions[1].image_uri == "builthere:v1");
  CHECK(application.functions[1].architecture.empty());
}
