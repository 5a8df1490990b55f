// Templates that were damaged at random: whatever comes out is an application or one ConfigError,
// never anything else.
#include <algorithm>
#include <cstddef>
#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;

namespace {

constexpr int kMutants = 3'000;

const char* const kTemplate = R"(Parameters:
  Stage: {Type: String, Default: dev}
Mappings: {Sizes: {dev: {Size: 1}}}
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  Other: !And [!Condition IsDev, !Not [!Condition IsDev]]
Globals:
  Function: {Timeout: 20, Environment: {Variables: {AB: !Sub '${Stage}-${AWS::Region}'}}}
Resources:
  Cluster: {Type: AWS::MSK::Cluster}
  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: !Ref Stage}}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Condition: IsDev
    Properties:
      FunctionName: !GetAtt F.Arn
      Topics: [orders]
      SelfManagedEventSource: {Endpoints: {KafkaBootstrapServers: ['localhost:9092']}}
      SelfManagedKafkaEventSourceConfig: {ConsumerGroupId: g}
      MaximumRecordAgeInSeconds: 60
  F:
    Type: AWS::Serverless::Function
    Metadata: {klambda: {Command: [a, b]}}
    Properties: &p
      FunctionName: !Join ['-', [f, !Ref Stage]]
      Handler: app.handler
      Runtime: python3.12
      CodeUri: .
      Events:
        E:
          Type: SelfManagedKafka
          Properties:
            KafkaBootstrapServers: [!If [IsDev, 'localhost:9092', 'b.example.com:9092']]
            Topics: [!Select [0, !Split [',', 'a,b']]]
            BatchSize: !FindInMap [Sizes, !Ref Stage, Size]
            ProvisionedPollerConfig: {MinimumPollers: 1, MaximumPollers: 2}
            FilterCriteria: {Filters: [{Pattern: '{"value": {"a": [1]}}'}]}
            DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}}
            FunctionResponseTypes: [ReportBatchItemFailures]
            LoggingConfig: {SystemLogLevel: INFO}
  Events:
    Type: AWS::Lambda::EventInvokeConfig
    Properties:
      FunctionName: !Ref F
      Qualifier: $LATEST
      MaximumRetryAttempts: 1
      DestinationConfig: {OnFailure: {Destination: !GetAtt Queue.Arn}}
  Url: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref F, AuthType: NONE}}
  G:
    Type: AWS::Serverless::Function
    Properties:
      <<: *p
      DeadLetterQueue: {Type: SQS, TargetArn: !GetAtt Queue.Arn}
      EventInvokeConfig: {MaximumEventAgeInSeconds: 60, DestinationConfig: {OnFailure: {Type: SQS}}}
      FunctionName: g
      Events:
        M:
          Type: MSK
          Properties: {Stream: !GetAtt Cluster.Arn, Topics: [orders], Enabled: "false"}
)";

std::string mutated(std::string text, std::mt19937& random) {
  static const std::vector<std::string> kPieces{
      "!Ref ",   "!Sub ", "${", "}",  "[",    "]",     "{",  ": ",   "\n",          "  ", "&p ",
      "*p",      "<<: ",  "!",  "'",  "\"",   "|\n",   "- ", "? ",   "\t",          "#",  "%",
      "!If [a]", "null",  "~",  "\\", "\xff", "---\n", ",",  "!Not", "!Condition F"};
  const auto below = [&random](std::size_t end) {
    return std::uniform_int_distribution<std::size_t>(0, end - 1)(random);
  };
  const auto changes = 1 + below(4);
  for (std::size_t i = 0; i < changes && !text.empty(); ++i) {
    const auto at = below(text.size());
    const auto length = std::min<std::size_t>(1 + below(12), text.size() - at);
    switch (below(4)) {
      case 0:
        text.erase(at, length);
        break;
      case 1:
        text.insert(at, kPieces[below(kPieces.size())]);
        break;
      case 2:
        text.insert(below(text.size()), text.substr(at, length * 4));
        break;
      default:
        text[at] = static_cast<char>(1 + below(255));
        break;
    }
  }
  return text;
}

}  // namespace

TEST_CASE("a damaged template is read or refused, and nothing else") {
  const TemporaryDirectory directory;
  REQUIRE(read(directory, kTemplate).functions.size() == 2);
  std::mt19937 random(20'261'123);  // the same mutants in every run
  int read_well = 0;
  int refused = 0;
  for (int i = 0; i < kMutants; ++i) {
    const auto text = mutated(kTemplate, random);
    INFO(text);
    try {
      const auto application = read(directory, text);
      ++read_well;
      REQUIRE_FALSE(application.functions.empty());
    } catch (const ConfigError& error) {
      ++refused;
      const std::string line = error.what();
      REQUIRE_FALSE(line.empty());
    }
  }
  // Both ways were taken often: the mutants are neither all harmless nor all hopeless.
  CHECK(read_well > kMutants / 20);
  CHECK(refused > kMutants / 20);
}
