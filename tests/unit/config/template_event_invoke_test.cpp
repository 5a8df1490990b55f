// What a template says of asynchronous invocations, and resources that configure a function.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;
using Table = std::vector<std::pair<std::string, std::string>>;

namespace {

const std::string kQueue = "arn:aws:sqs:us-east-1:000000000000:failed";
const std::string kTopic = "arn:aws:sns:us-east-1:000000000000:Topic";
const std::string kResources =
    "  Queue: {Type: AWS::SQS::Queue, Properties: {QueueName: failed}}\n"
    "  Topic: {Type: AWS::SNS::Topic}\n"
    "  G: {Type: AWS::Serverless::Function, Properties: {Handler: a.b, Runtime: python3.12}}\n";

FunctionConfig function_of(const std::string& lines) {
  const auto application = read(function_with(lines) + kResources);
  CHECK(application.warnings.empty());
  return application.functions.at(0);
}

// The function F with a resource R from line 14 on.
std::string with_resource(const std::string& type, const std::string& properties) {
  return function_with("") + "  R:\n    Type: AWS::Lambda::" + type + "\n    Properties: {" +
         properties + "}\n" + kResources;
}

std::vector<std::string> warnings_of(const std::string& text) {
  return read(text).warnings;
}

}  // namespace

TEST_CASE("EventInvokeConfig of a function is read") {
  CHECK_FALSE(function_of("").event_invoke);
  const auto config = function_of(
                          "EventInvokeConfig:\n"
                          "  MaximumRetryAttempts: 0\n"
                          "  MaximumEventAgeInSeconds: 60\n"
                          "  DestinationConfig:\n"
                          "    OnSuccess: {Type: Lambda, Destination: !GetAtt G.Arn}\n"
                          "    OnFailure: {Type: SQS, Destination: !GetAtt Queue.Arn}\n")
                          .event_invoke;
  REQUIRE(config);
  CHECK(config->maximum_retry_attempts == 0);
  CHECK(config->maximum_event_age_s == 60);
  CHECK(config->on_success == "arn:aws:lambda:us-east-1:000000000000:function:G");
  CHECK(config->on_failure == kQueue);
  const auto part = function_of("EventInvokeConfig: {MaximumRetryAttempts: 1}").event_invoke;
  REQUIRE(part);
  CHECK(part->maximum_retry_attempts == 1);
  CHECK_FALSE(part->maximum_event_age_s);
  CHECK(part->on_failure.empty());
}

TEST_CASE("SAM makes a queue or a topic where a destination names none") {
  const auto config =
      function_of(
          "EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: SNS}, OnFailure: {Type: "
          "SQS}}}")
          .event_invoke;
  REQUIRE(config);
  CHECK(config->on_success ==
        "arn:aws:sns:us-east-1:000000000000:FEventInvokeConfigOnSuccessTopic");
  CHECK(config->on_failure ==
        "arn:aws:sqs:us-east-1:000000000000:FEventInvokeConfigOnFailureQueue");
}

TEST_CASE("DeadLetterQueue is read") {
  CHECK(function_of("").dead_letter_arn.empty());
  CHECK(function_of("DeadLetterQueue: {Type: SNS, TargetArn: !Ref Topic}").dead_letter_arn ==
        kTopic);
}

TEST_CASE("mistakes in EventInvokeConfig and DeadLetterQueue name the line and the cure") {
  const auto on_failure = [](const std::string& members) {
    return "EventInvokeConfig: {DestinationConfig: {OnFailure: {" + members + "}}}";
  };
  const std::string of = " of OnFailure of DestinationConfig of EventInvokeConfig of F ";
  const Table table{
      {"EventInvokeConfig: {}",
       "EventInvokeConfig of F says nothing: give it MaximumRetryAttempts, "
       "MaximumEventAgeInSeconds or DestinationConfig"},
      {"EventInvokeConfig: 3", "EventInvokeConfig of F is a single value: it must be a map"},
      {"EventInvokeConfig: {MaximumRetryAttempts: 3}",
       "MaximumRetryAttempts of EventInvokeConfig of F is 3: it must be between 0 and 2"},
      {"EventInvokeConfig: {MaximumEventAgeInSeconds: 59}",
       "MaximumEventAgeInSeconds of EventInvokeConfig of F is 59: it must be between 60 and 21600"},
      {on_failure("Type: Kafka"),
       "Type" + of + "is \"Kafka\": it must be SQS, SNS, Lambda, EventBridge or S3"},
      {on_failure("Type: S3"),
       "Destination" + of + "is missing: give the ARN of a queue, a topic or a function"},
      {on_failure("Destination: orders"),
       "Destination" + of +
           "is \"orders\": it must be the ARN of a queue, a topic, a function, an event bus or a "
           "bucket"},
      {on_failure("Type: SNS, Destination: " + kQueue),
       "Type" + of + "is SNS, but Destination is " + kQueue + ": write Type: SQS"},
      {"EventInvokeConfig: {DestinationConfig: {OnSuccess: {Destination: 'arn:aws:s3:::b'}}}",
       "Destination of OnSuccess of DestinationConfig of EventInvokeConfig of F is "
       "\"arn:aws:s3:::b\": it must be the ARN of a queue, a topic, a function or an event bus"},
      {"EventInvokeConfig: {DestinationConfig: {OnSuccess: {Type: S3}}}",
       "Type of OnSuccess of DestinationConfig of EventInvokeConfig of F is \"S3\": it must be "
       "SQS, SNS, Lambda or EventBridge"},
      {"EventInvokeConfig: {DestinationConfig: {OnFailure: {Destination: !GetAtt F.Arn}}}",
       "the destination of F is itself: \"You can't specify the function as a destination for "
       "itself.\""},
      {"DeadLetterQueue: {}",
       "TargetArn of DeadLetterQueue of F is missing: give the ARN of a queue or a topic"},
      {"DeadLetterQueue: {TargetArn: x}",
       "Type of DeadLetterQueue of F is missing: it must be SQS or SNS"},
      {"DeadLetterQueue: {Type: SQS, TargetArn: x}",
       "TargetArn of DeadLetterQueue of F is \"x\": it must be the ARN of a queue or a topic"},
      {"DeadLetterQueue: {Type: SNS, TargetArn: " + kQueue + "}",
       "Type of DeadLetterQueue of F is SNS, but TargetArn is " + kQueue + ": write Type: SQS"},
  };
  for (const auto& [property, line] : table) {
    CAPTURE(property);
    CHECK(mistake(function_with(property) + kResources) == "t.yaml:14: " + line);
  }
}

TEST_CASE("destinations that klambda does not reach are warned about") {
  const auto to = [](const std::string& arn) {
    return warnings_of(
        function_with("EventInvokeConfig: {DestinationConfig: {OnFailure: {"
                      "Destination: '" +
                      arn + "'}}}"));
  };
  CHECK(to("arn:aws:events:us-east-1:000000000000:event-bus/default") ==
        std::vector<std::string>{
            "t.yaml:14: Destination of OnFailure of DestinationConfig of EventInvokeConfig of F is "
            "an event bus: klambda does not send to EventBridge"});
  CHECK(to("arn:aws:lambda:us-east-1:000000000000:function:Other") ==
        std::vector<std::string>{"t.yaml:14: the destination of F is function Other: the template "
                                 "has no such function"});
}

TEST_CASE("AWS::Lambda::EventInvokeConfig configures the function that it names") {
  for (const char* name : {"!Ref F", "F", "!GetAtt F.Arn"}) {
    const auto application = read(with_resource(
        "EventInvokeConfig",
        "FunctionName: " + std::string(name) +
            ", Qualifier: $LATEST, MaximumRetryAttempts: 0, DestinationConfig: {OnFailure: "
            "{Destination: !GetAtt Queue.Arn}}"));
    CHECK(application.warnings.empty());
    const auto& config = application.functions.at(0).event_invoke;
    REQUIRE(config);
    CHECK(config->maximum_retry_attempts == 0);
    CHECK(config->on_failure == kQueue);
    CHECK_FALSE(application.functions.at(1).event_invoke);
  }
}

TEST_CASE("AWS::Lambda::Url gives the function that it names a URL") {
  const auto application = read(with_resource(
      "Url", "TargetFunctionArn: !GetAtt F.Arn, AuthType: NONE, InvokeMode: RESPONSE_STREAM"));
  CHECK(application.warnings.empty());
  const auto& url = application.functions.at(0).url;
  REQUIRE(url);
  CHECK(url->auth == FunctionUrl::Auth::Anyone);
  CHECK(url->invoke_mode == FunctionUrl::InvokeMode::ResponseStream);
}

TEST_CASE("what is for an alias counts for $LATEST, unless that has its own") {
  const std::string alias = "FunctionName: !Ref F, Qualifier: live, MaximumRetryAttempts: 0";
  const auto alone = read(with_resource("EventInvokeConfig", alias));
  CHECK(alone.warnings ==
        std::vector<std::string>{"t.yaml:14: R is for live of F, which klambda runs as $LATEST "
                                 "alone: it counts for that"});
  REQUIRE(alone.functions.at(0).event_invoke);
  CHECK(alone.functions.at(0).event_invoke->maximum_retry_attempts == 0);

  // The other one stands behind it.
  const auto both = read(with_resource("EventInvokeConfig", alias) +
                         "  S: {Type: AWS::Lambda::EventInvokeConfig, Properties: {FunctionName: "
                         "F, Qualifier: $LATEST, MaximumRetryAttempts: 2}}\n");
  CHECK(both.warnings == std::vector<std::string>{"t.yaml:14: R is for live of F, which klambda "
                                                  "runs as $LATEST alone: it is left out"});
  CHECK(both.functions.at(0).event_invoke->maximum_retry_attempts == 2);
}

TEST_CASE("mistakes in resources that configure a function") {
  const auto event_invoke = [](const std::string& properties) {
    return mistake(with_resource("EventInvokeConfig", properties));
  };
  const auto url = [](const std::string& properties) {
    return mistake(with_resource("Url", properties));
  };
  CHECK(event_invoke("Qualifier: $LATEST") ==
        "t.yaml:16: FunctionName of R is missing: name the function, or !Ref it");
  CHECK(event_invoke("FunctionName: F, MaximumRetryAttempts: 1") ==
        "t.yaml:16: Qualifier of R is missing: write Qualifier: $LATEST");
  CHECK(event_invoke("FunctionName: FF, Qualifier: $LATEST, MaximumRetryAttempts: 1") ==
        "t.yaml:14: R is for FF: the template has no such function (did you mean F?)");
  CHECK(event_invoke("FunctionName: F, Qualifier: $LATEST, MaximumRetryAttempts: -1") ==
        "t.yaml:16: MaximumRetryAttempts of R is -1: it must be between 0 and 2");
  CHECK(event_invoke("FunctionName: F, Qualifier: $LATEST, DestinationConfig: {OnFailure: {}}") ==
        "t.yaml:16: Destination of OnFailure of DestinationConfig of R is missing: give the ARN of "
        "a queue, a topic or a function");
  CHECK(url("AuthType: NONE") ==
        "t.yaml:16: TargetFunctionArn of R is missing: name the function, or !Ref it");
  CHECK(url("TargetFunctionArn: F") ==
        "t.yaml:16: AuthType of R is missing: it must be NONE or AWS_IAM");
  const std::string second = "is the second configuration of this kind for F: remove one";
  CHECK(mistake(with_resource("Url", "TargetFunctionArn: F, AuthType: NONE") +
                "  S: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: F, AuthType: "
                "NONE}}\n") == "t.yaml:20: S " + second);
  CHECK(warnings_of(with_resource("Url", "TargetFunctionArn: F, AuthTyp: x, AuthType: NONE")) ==
        std::vector<std::string>{
            "t.yaml:16: AuthTyp of R is ignored: klambda knows no such property of "
            "AWS::Lambda::Url (did you mean AuthType?)"});
}

TEST_CASE("a resource of a function that is left out is left out with it") {
  const auto warnings = warnings_of(
      function_with("") +
      "  L: {Type: AWS::Lambda::Function}\n"
      "  R: {Type: AWS::Lambda::Url, Properties: {TargetFunctionArn: !Ref L, AuthType: NONE}}\n");
  CHECK(warnings.size() == 1);
}
