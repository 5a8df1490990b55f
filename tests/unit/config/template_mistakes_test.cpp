// Every error and warning of a template that is not about CloudFormation's functions.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;
using Table = std::vector<std::pair<std::string, std::string>>;

namespace {

std::vector<std::string> warnings_of(const std::string& text) {
  return read(text).warnings;
}

// A function G beside F, of which only F is triggered.
std::string with_second_function(const std::string& properties) {
  return function_with("") +
         "  G:\n    Type: AWS::Serverless::Function\n    Properties: " + properties + "\n";
}

}  // namespace

TEST_CASE("a file that is no template is refused") {
  const TemporaryDirectory directory;
  CHECK_THROWS_WITH(
      read_template(directory.path() / "no.yaml", {}, Strictness::Lenient, kControlPlane),
      (directory.path() / "no.yaml").string() +
          ": no such file: give a template's path, or use 'klambda run'");
  CHECK_THROWS_WITH(read_template(directory.path(), {}, Strictness::Lenient, kControlPlane),
                    directory.path().string() + ": this is a directory: give a template's path");
  const Table table{
      {"", "t.yaml: this is no template: it has no Resources"},
      {"just text", "t.yaml: this is no template: it has no Resources"},
      {"service: x\nfunctions: {}\n",
       "t.yaml: the template has no Resources: give a SAM or CloudFormation template, or use "
       "'klambda run'"},
      {"Resources: []\n", "t.yaml:1: Resources must be a map"},
      {"Resources: {}\n",
       "t.yaml: the template has neither an AWS::Serverless::Function nor an "
       "AWS::Lambda::Function: "
       "klambda has nothing to run"},
      {"Resources: {Q: {Type: AWS::SQS::Queue}}\n",
       "t.yaml: the template has neither an AWS::Serverless::Function nor an "
       "AWS::Lambda::Function: "
       "klambda has nothing to run"},
      {"Parameters: 1\nResources: {}\n", "t.yaml:1: Parameters must be a map"},
      {"Globals: {Function: []}\nResources: {}\n", "t.yaml:1: Globals.Function must be a map"},
      {"Resources:\n  F: x\n", "t.yaml:2: resource F must be a map with Type and Properties"},
      {"Resources:\n  F: {}\n", "t.yaml:2: resource F has no Type"},
      {"Resources:\n  F: {Type: AWS::Serverless::Function, Properties: []}\n",
       "t.yaml:2: Properties of F must be a map"},
      {"a: 1\nb: [1\n", "t.yaml:3: this is not valid YAML: end of sequence flow not found"},
      {"a: 1\na: 2\n", "t.yaml:2: a is given twice: remove one of them"},
      {"? [a]\n: 1\n", "t.yaml:1: a name must be a text, not a list or map"},
      {"<<: x\n", "t.yaml:1: << takes a map or a list of maps"},
      {std::string("a: \0b", 5), "t.yaml: this is no text file"},
      {"# " + std::string(4 * 1024 * 1024, 'x'),
       "t.yaml: the file is larger than 4 MB: this is no template"},
      {std::string(100, '[') + std::string(100, ']'),
       "t.yaml:1: values are nested deeper than 64 levels"},
  };
  for (const auto& [text, line] : table) {
    CAPTURE(text.substr(0, 100));
    CHECK(mistake(text) == line);
  }
  // From yaml-cpp 0.8 on the anchor's name follows.
  CHECK(mistake("a: *nobody\n")
            .find("t.yaml:1: this is not valid YAML: the referenced anchor is not defined") == 0);
}

TEST_CASE("aliases that multiply without bounds, or hold themselves, are refused") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const auto before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 0; j < 9; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  CHECK(mistake(bomb).find("there are more than 200000 values, those of aliases included") !=
        std::string::npos);
  CHECK_FALSE(mistake("a: &a [*a]\n").empty());
  CHECK_FALSE(mistake(std::string(100'000, '[')).empty());
  CHECK_FALSE(mistake("Resources: " + std::string(50'000, '{')).empty());
}

TEST_CASE("functions that multiply texts without bounds are refused") {
  std::string text =
      "Parameters: {P: {Type: String, Default: '" + std::string(10'000, 'x') + "'}}\nResources:\n";
  text +=
      "  F: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12, "
      "FunctionName: !Sub '";
  for (int i = 0; i < 1'000; ++i) text += "${P}";
  CHECK(mistake(text + "'}}\n") == "t.yaml:3: this text grows beyond 1 MB");
  // Names that double at each step
  std::string chain = "Resources:\n";
  for (int i = 0; i < 40; ++i) {
    const auto next = "F" + std::to_string(i + 1);
    chain += "  F" + std::to_string(i) +
             ": {Type: AWS::Serverless::Function, Properties: {FunctionName: !Sub '${" + next +
             "}${" + next + "}'}}\n";
  }
  chain += "  F40: {Type: AWS::Serverless::Function, Properties: {FunctionName: ''}}\n";
  CHECK(mistake(chain).find("the template has too many functions to evaluate") !=
        std::string::npos);
}

TEST_CASE("mistakes in a function's properties are errors") {
  const Table table{
      {"Timeout: 901", "t.yaml:14: Timeout of F is 901: it must be between 1 and 900"},
      {"Timeout: 0", "t.yaml:14: Timeout of F is 0: it must be between 1 and 900"},
      {"Timeout: soon", "t.yaml:14: Timeout of F is \"soon\": it must be a whole number"},
      {"Timeout: [1]", "t.yaml:14: Timeout of F is a list: it must be a single value"},
      {"Timeout:", "t.yaml:14: Timeout of F has no value: give it one, or remove the line"},
      {"ReservedConcurrentExecutions: -1",
       "t.yaml:14: ReservedConcurrentExecutions of F is -1: it must be between 0 and 2147483647"},
      {"MemorySize: 64", "t.yaml:14: MemorySize of F is 64: it must be between 128 and 10240"},
      {"FunctionName: a b",
       "t.yaml:14: FunctionName of F is \"a b\": a function's name has 1 to 64 letters, digits, "
       "'-' and '_'"},
      {"PackageType: Rpm", "t.yaml:14: PackageType of F is \"Rpm\": it must be Zip or Image"},
      {"PackageType: Image",
       "t.yaml:14: PackageType of F is Image, and no image is named: give it ImageUri, or Metadata "
       "with Dockerfile and DockerContext and run sam build"},
      {"Architectures: [x86_64, arm64]",
       "t.yaml:14: Architectures of F is [x86_64, arm64]: it is [x86_64] or [arm64]"},
      {"Architectures: [sparc]",
       "t.yaml:14: Architectures of F is [sparc]: it is [x86_64] or [arm64]"},
      {"CodeUri: s3://bucket/key",
       "t.yaml:14: CodeUri of F points to S3: klambda needs a local directory or zip"},
      {"CodeUri: {Bucket: b, Key: k}",
       "t.yaml:14: CodeUri of F points to S3: klambda needs a local directory or zip"},
      {"CodeUri: t.yaml",
       "t.yaml:14: CodeUri of F is t.yaml: that is a file, klambda needs the directory with the "
       "unpacked code, or a .zip or .jar file"},
      {"CodeUri: no/such/", "t.yaml:14: CodeUri of F is no/such/: there is no directory no/such"},
      {"Environment: [a]", "t.yaml:14: Environment of F is a list: it must be a map"},
      {"Environment: {Variables: x}",
       "t.yaml:14: Variables of Environment of F is a single value: it must be a map"},
      {"Environment: {Variables: {AWS_REGION: x}}",
       "t.yaml:14: variable AWS_REGION of F: Lambda reserves this name for itself: choose another "
       "one"},
      {"Environment: {Variables: {_X: x}}",
       "t.yaml:14: variable _X of F: a variable's name begins with a letter and has at least two "
       "letters, digits and '_'"},
      {"Environment: {Variables: {AB: [x]}}",
       "t.yaml:14: variable AB of F is a list: it must be a single value"},
      {"Environment: {Variables: {AB: }}",
       "t.yaml:14: variable AB of F has no value: give it one, or remove the line"},
      {"Environment: {Variables: {AB: " + std::string(4'095, 'x') + "}}",
       "t.yaml:14: Variables of Environment of F are too long: they have 4097 bytes in all, AWS "
       "accepts at most 4096 (4 KB)"},
  };
  for (const auto& [property, line] : table) {
    CAPTURE(property);
    CHECK(mistake(function_with(property)) == line);
  }
}

TEST_CASE("a function with a Kafka event needs a handler and a runtime that klambda starts") {
  const auto without = [](const std::string& what, const std::string& instead) {
    auto text = function_with("");
    return mistake(text.replace(text.find(what), what.size(), instead));
  };
  CHECK(without("Handler: app.handler", "Description: x") ==
        "t.yaml:3: function F has no Handler: give it one, for instance Handler: app.handler");
  CHECK(without("Runtime: python3.12", "Description: x") ==
        "t.yaml:3: function F has no Runtime: give it one, for instance Runtime: python3.12");
  CHECK(without("python3.12", "pyton3.12") ==
        "t.yaml:7: Runtime of F is pyton3.12: no such runtime (did you mean python3.12?): klambda "
        "starts python3.*, nodejs*, java*, ruby*, dotnet* and provided.*, and any command that "
        "speaks the Runtime API (in a template Metadata: {klambda: {Command: […]}}, with 'klambda "
        "run' --command)");
  CHECK(without("python3.12", "go1.x") ==
        "t.yaml:7: Runtime of F is go1.x: Lambda has it no more: build the program under the name "
        "bootstrap and say provided.al2023");
  CHECK(without("Handler: app.handler", "Handler: a b")
            .find("t.yaml:6: Handler of F is \"a b\": a handler is written") == 0);
}

TEST_CASE("a function that klambda cannot run is left out when no Kafka event triggers it") {
  const auto application = read(with_second_function("{Handler: a.B, Runtime: cobol85}"));
  CHECK(application.functions.size() == 1);
  REQUIRE(application.warnings.size() == 1);
  CHECK(application.warnings[0].find(
            "t.yaml:14: function G is left out, no Kafka event triggers it: ") == 0);
  CHECK(mistake("Resources:\n  G: {Type: AWS::Serverless::Function, Properties: {PackageType: "
                "Image}}\n") ==
        "t.yaml:2: PackageType of G is Image, and no image is named: give it ImageUri, or Metadata "
        "with Dockerfile and DockerContext and run sam build");
}

TEST_CASE("two functions of one name are refused") {
  CHECK(mistake(with_second_function("{FunctionName: F, Handler: a.b, Runtime: python3.12}")) ==
        "t.yaml:14: functions F and G are both named F: give one another FunctionName");
}

TEST_CASE("mistakes in a klambda command are errors") {
  const auto with = [](const std::string& metadata) {
    return mistake(
        "Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Metadata: {klambda: " +
        metadata + "}\n");
  };
  CHECK(with("{Command: []}") == "t.yaml:4: Command of Metadata klambda of F names no program");
  CHECK(with("{Command: \"'x\"}") ==
        "t.yaml:4: Command of Metadata klambda of F has a quote that is not closed");
  CHECK(with("x") == "t.yaml:4: klambda of F is a single value: it must be a map");
}

TEST_CASE("mistakes in an event's properties are errors") {
  const Table table{
      {"BatchSize: 20000", "t.yaml:14: BatchSize of F/E is 20000: it must be between 1 and 10000"},
      {"MaximumBatchingWindowInSeconds: 301",
       "t.yaml:14: MaximumBatchingWindowInSeconds of F/E is 301: it must be between 0 and 300 "
       "seconds"},
      {"MaximumBatchingWindowInSeconds: 9223372036854775807",
       "t.yaml:14: MaximumBatchingWindowInSeconds of F/E is 1000000000000: it must be between 0 "
       "and "
       "300 seconds"},
      {"MaximumBatchingWindowInSeconds: -1",
       "t.yaml:14: MaximumBatchingWindowInSeconds of F/E is -1: it must be between 0 and 300 "
       "seconds"},
      {"MaximumBatchingWindowInSeconds: 0.5",
       "t.yaml:14: MaximumBatchingWindowInSeconds of F/E is \"0.5\": it must be a whole number"},
      {"StartingPosition: NOW",
       "t.yaml:14: StartingPosition of F/E is \"NOW\": it must be TRIM_HORIZON, LATEST or "
       "AT_TIMESTAMP"},
      {"StartingPosition: AT_TIMESTAMP",
       "t.yaml:14: StartingPosition of F/E is AT_TIMESTAMP: StartingPositionTimestamp must give "
       "the time in epoch seconds"},
      {"StartingPosition: AT_TIMESTAMP\nStartingPositionTimestamp: x",
       "t.yaml:15: StartingPositionTimestamp of F/E is \"x\": it must be a time in epoch seconds"},
      {"StartingPosition: AT_TIMESTAMP\nStartingPositionTimestamp: 99999999999",
       "t.yaml:15: StartingPositionTimestamp of F/E is 99999999999: it must not be in the future"},
      {"ConsumerGroupId: a#b",
       "t.yaml:14: ConsumerGroupId of F/E is \"a#b\": a consumer group's name has 1 to 200 "
       "letters, digits, blanks and the "
       "characters -/*:_+=.@"},
      {"Enabled: maybe", "t.yaml:14: Enabled of F/E is \"maybe\": it must be true or false"},
      {"ProvisionedPollerConfig: 3",
       "t.yaml:14: ProvisionedPollerConfig of F/E is a single value: it must be a map"},
      {"ProvisionedPollerConfig: {MinimumPollers: 201}",
       "t.yaml:14: MinimumPollers of ProvisionedPollerConfig of F/E is 201: it must be between 1 "
       "and 200"},
      {"ProvisionedPollerConfig: {MinimumPollers: 5, MaximumPollers: 2}",
       "t.yaml:14: MaximumPollers of ProvisionedPollerConfig of F/E is 2: it must not be less than "
       "MinimumPollers"},
      {"SourceAccessConfigurations: x",
       "t.yaml:14: SourceAccessConfigurations of F/E must be a list of {Type: …, URI: …}"},
      {"SourceAccessConfigurations: [x]",
       "t.yaml:14: SourceAccessConfigurations of F/E must be a list of {Type: …, URI: …}"},
      {"SourceAccessConfigurations: [{Type: BASIC, URI: x}]",
       "t.yaml:14: SourceAccessConfigurations of F/E has the type \"BASIC\" (SAM: \"Invalid "
       "SourceAccessConfigurations Type provided for self managed kafka event.\"): a self-managed "
       "cluster takes BASIC_AUTH, SASL_SCRAM_256_AUTH, SASL_SCRAM_512_AUTH, "
       "CLIENT_CERTIFICATE_TLS_AUTH, SERVER_ROOT_CA_CERTIFICATE, VPC_SUBNET, VPC_SECURITY_GROUP"},
      {"SchemaRegistryConfig: {SchemaRegistryURI: 'https://r', SchemaValidationConfigs: "
       "[{Attribute: KEY}]}",
       "t.yaml:14: EventRecordFormat of SchemaRegistryConfig of F/E is missing (AWS: "
       "\"EventRecordFormat is a required field for SchemaRegistryConfig. Please provide one of "
       "supported format types: SOURCE, JSON.\"): it must be JSON or SOURCE"},
  };
  for (const auto& [property, line] : table) {
    CAPTURE(property);
    CHECK(mistake(function_with("", property)) == line);
  }
}

TEST_CASE("mistakes in an event's topic and brokers are errors") {
  const auto with = [](const std::string& what, const std::string& instead) {
    auto text = function_with("");
    return mistake(text.replace(text.find(what), what.size(), instead));
  };
  const std::string topics = "Topics: [orders]";
  CHECK(with(topics, "Enabled: true") ==
        "t.yaml:11: Topics of F/E is missing: name the topic, for instance Topics: [orders]");
  CHECK(with(topics, "Topics: orders") ==
        "t.yaml:12: Topics of F/E is a single value: it must be a list");
  CHECK(with(topics, "Topics: [a, b]") ==
        "t.yaml:12: Topics of F/E lists 2 topics: AWS takes exactly one for each mapping");
  CHECK(with(topics, "Topics: []") ==
        "t.yaml:12: Topics of F/E lists 0 topics: AWS takes exactly one for each mapping");
  CHECK(with(topics, "Topics: [!ImportValue x]") ==
        "t.yaml:12: Topics of F/E has no topic that klambda can read: write its name, or !Ref a "
        "parameter");
  CHECK(with(topics, "Topics: [a/b]") ==
        "t.yaml:12: Topics of F/E is \"a/b\": a topic's name has 1 to 249 letters, digits, '-', "
        "'_' and '.', and does not begin "
        "with '.'");
  const std::string servers = "KafkaBootstrapServers: [localhost:9092]";
  CHECK(with(servers, "Enabled: true") ==
        "t.yaml:11: KafkaBootstrapServers of F/E is missing: list the brokers, for instance "
        "[localhost:9092]");
  CHECK(with(servers, "KafkaBootstrapServers: []") ==
        "t.yaml:13: KafkaBootstrapServers of F/E is empty: list the brokers, for instance "
        "[localhost:9092]");
  CHECK(with(servers, "KafkaBootstrapServers: [localhost]") ==
        "t.yaml:13: KafkaBootstrapServers of F/E is wrong: localhost: the port is missing: write "
        "HOST:PORT, for instance "
        "localhost:9092");
  CHECK(with("Type: SelfManagedKafka", "Type: MSK") ==
        "t.yaml:11: Stream of F/E is missing: name the MSK cluster's ARN");
  CHECK(with("Type: SelfManagedKafka", "Typ: x") ==
        "t.yaml:9: event F/E has no Type: give it Type: SelfManagedKafka or MSK");
}

TEST_CASE("what an event asks for and klambda does not know is warned about") {
  const Table table{
      {"BatchSiz: 5",
       "BatchSiz of F/E is ignored: klambda knows no such property of a SelfManagedKafka event "
       "(did you mean BatchSize?)"},
      {"Stream: x",
       "Stream of F/E is ignored: klambda knows no such property of a SelfManagedKafka event"},
      {"FilterCriteria: {Filter: []}",
       "Filter of FilterCriteria of F/E is ignored: klambda knows no such property of "
       "FilterCriteria (did you mean Filters?)"},
  };
  for (const auto& [property, warning] : table) {
    CAPTURE(property);
    CHECK(warnings_of(function_with("", property)) ==
          std::vector<std::string>{"t.yaml:14: " + warning});
  }
}

TEST_CASE("what a function asks for and this version lacks is warned about") {
  const std::string no_effect = " of F has no effect in this version of klambda";
  const Table table{
      {"Layers: [x]",
       "Layers of F names x, which is no layer of this template: put what the function needs into "
       "its CodeUri, or declare the layer here"},
      {"FileSystemConfigs: []",
       "FileSystemConfigs" + no_effect + ": the function sees this machine's file system"},
      {"DurableConfig: {}", "DurableConfig" + no_effect},
      {"Memorysize: 5",
       "Memorysize of F is ignored: klambda knows no such property of AWS::Serverless::Function "
       "(did you mean MemorySize?)"},
  };
  for (const auto& [property, warning] : table) {
    CAPTURE(property);
    CHECK(warnings_of(function_with(property)) ==
          std::vector<std::string>{"t.yaml:14: " + warning});
  }
  CHECK(warnings_of(function_with("Timeout: 841")) ==
        std::vector<std::string>{
            "t.yaml:3: Timeout of F is 841 seconds: AWS supports at most 840 seconds for a "
            "function that Kafka triggers"});
}

TEST_CASE("events, resources and sections of other kinds are named once") {
  CHECK(warnings_of(function_with("") +
                    "        Api: {Type: Api, Properties: {Path: /, Method: get}}\n") ==
        std::vector<std::string>{"t.yaml:14: klambda does not trigger F/Api: it is of Type Api"});
  CHECK(warnings_of(function_with("") + "        K: {Type: SelfManagedKafak}\n") ==
        std::vector<std::string>{"t.yaml:14: klambda does not trigger F/K: it is of Type "
                                 "SelfManagedKafak (did you mean SelfManagedKafka?)"});
  CHECK(warnings_of(function_with("") + "  L: {Type: AWS::Lambda::Function}\n") ==
        std::vector<std::string>{
            "t.yaml:14: function L is left out, no Kafka event triggers it: t.yaml:14: function L "
            "has no Runtime: give it one, for instance Runtime: python3.12"});
  CHECK(warnings_of(function_with("") + "  'Fn::ForEach::X': [A, [b], {}]\n") ==
        std::vector<std::string>{
            "t.yaml:14: Fn::ForEach::X is not understood: its resources are left out"});
  CHECK(warnings_of(function_with("") + "Resource: {}\n") ==
        std::vector<std::string>{"t.yaml:14: Resource of the template is ignored: klambda knows no "
                                 "such property of a template (did you mean "
                                 "Resources?)"});
}

TEST_CASE("one consumer group for two mappings is warned about") {
  const auto text = function_with("", "ConsumerGroupId: g") +
                    "        Second:\n"
                    "          Type: SelfManagedKafka\n"
                    "          Properties:\n"
                    "            Topics: [orders]\n"
                    "            ConsumerGroupId: g\n"
                    "            KafkaBootstrapServers: [localhost:9092]\n";
  CHECK(warnings_of(text) ==
        std::vector<std::string>{
            "t.yaml:15: ConsumerGroupId of F/Second is also that of F/E: AWS wants each "
            "mapping to have its own"});
}
