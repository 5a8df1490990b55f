// What becomes of asynchronous invocations: EventInvokeConfig and DeadLetterQueue of a function
// (docs.aws.amazon.com/serverless-application-model/latest/developerguide,
// sam-property-function-eventinvokeconfiguration.html, …-deadletterqueue.html), and the resource
// AWS::Lambda::EventInvokeConfig (docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference,
// aws-resource-lambda-eventinvokeconfig.html).
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/config/destination_name.h"
#include "emulator/config/destination_reader.h"
#include "emulator/config/function_name.h"
#include "emulator/config/function_resource.h"
#include "emulator/config/sam.h"

namespace emulator::sam {
namespace {

constexpr std::string_view kTarget = "Destination";

struct ServiceType {
  std::string_view service;  // of an ARN
  std::string_view type;     // as SAM names it
};
constexpr std::array kServiceTypes = std::to_array<ServiceType>({{"sqs", "SQS"},
                                                                 {"sns", "SNS"},
                                                                 {"lambda", "Lambda"},
                                                                 {"events", "EventBridge"},
                                                                 {"s3", "S3"}});

constexpr std::array<std::string_view, 5> kFailureTypes{"SQS", "SNS", "Lambda", "EventBridge",
                                                        "S3"};
constexpr std::span kSuccessTypes = std::span(kFailureTypes).first<4>();
constexpr std::array<std::string_view, 2> kDeadLetterTypes{"SQS", "SNS"};

// What SAM calls the service that this ARN names; empty: it is no ARN of one of them.
std::string_view type_of(const std::string& arn) {
  const auto service = arn_service(arn);
  for (const auto& each : kServiceTypes) {
    const bool is_whole = service == "lambda"   ? parse_function_name(arn).has_value()
                          : service == "events" ? true
                                                : parse_destination(arn).has_value();
    if (each.service == service && is_whole) return each.type;
  }
  return {};
}

// One of OnSuccess and OnFailure while it is read.
class DestinationReader {
 public:
  // `own_prefix`: of the queue or topic that SAM makes where none is named; empty: CloudFormation,
  // which makes none.
  DestinationReader(InvocationCondition condition, std::string own_prefix)
      : failure_(condition == InvocationCondition::OnFailure),
        types_(failure_ ? std::span<const std::string_view>(kFailureTypes) : kSuccessTypes),
        condition_(condition),
        own_prefix_(std::move(own_prefix)) {}

  // An ARN; empty: one that only AWS knows, which was warned about.
  std::string read(const Section& section) const {
    const auto arn = section.text(kTarget);
    if (!arn) return without_target(section);
    const auto real = type_of(*arn);
    if (real.empty() || !takes_invocations(arn_service(*arn), condition_)) {
      section.fail(kTarget, "is \"" + *arn +
                                "\": it must be the ARN of a queue, a topic, a function" +
                                (failure_ ? ", an event bus or a bucket" : " or an event bus"));
    }
    check_destination_type(section, types_, kTarget, *arn, real);
    if (real == "EventBridge")
      section.warn(kTarget, "is an event bus: klambda does not send to EventBridge");
    return *arn;
  }

 private:
  // SAM makes a queue or a topic of its own, whose name is its logical id here.
  std::string without_target(const Section& section) const {
    check_destination_type(section, types_, kTarget, {}, {});
    const auto type = own_prefix_.empty() ? std::nullopt : section.text("Type");
    const std::string arn_end = std::string(":") + kRegion + ":" + kAccountId + ":" + own_prefix_ +
                                (failure_ ? "OnFailure" : "OnSuccess");
    if (type == "SQS") return "arn:aws:sqs" + arn_end + "Queue";
    if (type == "SNS") return "arn:aws:sns" + arn_end + "Topic";
    if (!section.has(kTarget))
      section.fail(kTarget, "is missing: give the ARN of a queue, a topic or a function");
    return {};
  }

  const bool failure_;
  const std::span<const std::string_view> types_;
  const InvocationCondition condition_;
  const std::string own_prefix_;
};

// Nullopt: nothing is left of what it says.
std::optional<EventInvoke> read_settings(const Section& section, const std::string& own_prefix) {
  constexpr std::array kConditions = std::to_array<Property>({{"OnSuccess"}, {"OnFailure"}});
  constexpr std::array kSam = std::to_array<Property>({{"Destination"}, {"Type"}});
  const auto known = std::span<const Property>(kSam).first(own_prefix.empty() ? 1 : 2);
  EventInvoke config;
  if (const auto retries = section.integer("MaximumRetryAttempts", kEventRetryAttempts))
    config.maximum_retry_attempts = static_cast<int>(*retries);
  if (const auto seconds = section.integer("MaximumEventAgeInSeconds", kEventAgeSeconds))
    config.maximum_event_age_s = static_cast<int>(*seconds);
  section.within("DestinationConfig", kConditions, [&](const Section& destinations) {
    destinations.within("OnSuccess", known, [&](const Section& success) {
      config.on_success =
          DestinationReader(InvocationCondition::OnSuccess, own_prefix).read(success);
    });
    destinations.within("OnFailure", known, [&](const Section& failure) {
      config.on_failure =
          DestinationReader(InvocationCondition::OnFailure, own_prefix).read(failure);
    });
  });
  const bool says_something = config.maximum_retry_attempts || config.maximum_event_age_s ||
                              !config.on_success.empty() || !config.on_failure.empty();
  return says_something ? std::optional(std::move(config)) : std::nullopt;
}

}  // namespace

std::optional<EventInvoke> read_event_invoke(const Section& function, const Context& context) {
  constexpr std::string_view kName = "EventInvokeConfig";
  constexpr std::array kProperties = std::to_array<Property>(
      {{"MaximumRetryAttempts"}, {"MaximumEventAgeInSeconds"}, {"DestinationConfig"}});
  std::optional<EventInvoke> config;
  function.within(kName, kProperties, [&](const Section& section) {
    if (section.is_empty())
      function.fail(kName,
                    "says nothing: give it MaximumRetryAttempts, MaximumEventAgeInSeconds or "
                    "DestinationConfig");
    config = read_settings(section, function.owner() + std::string(kName));
  });
  if (config) config->where = context.diagnostics.at(function.line_of(kName));
  return config;
}

OfFunction<EventInvoke> read_event_invoke_config(const Value::Member& resource,
                                                 const Context& context) {
  constexpr std::array kProperties = std::to_array<Property>({{"FunctionName"},
                                                              {"Qualifier"},
                                                              {"MaximumRetryAttempts"},
                                                              {"MaximumEventAgeInSeconds"},
                                                              {"DestinationConfig"}});
  const auto read = [&](const Section& section) {
    if (!section.has("Qualifier"))
      section.fail("Qualifier", "is missing: write Qualifier: $LATEST");
    auto config = read_settings(section, {});
    if (config) config->where = context.diagnostics.at(resource.line);
    return config;
  };
  return read_of_function<EventInvoke>(resource, "AWS::Lambda::EventInvokeConfig", "FunctionName",
                                       kProperties, context, read);
}

std::string read_dead_letter_queue(Kind kind, const Section& function) {
  constexpr std::array kQueue = std::to_array<Property>({{"TargetArn"}, {"Type"}});
  constexpr std::array kConfig = std::to_array<Property>({{"TargetArn"}});
  std::string arn;
  const auto read = [&arn, kind](const Section& section) {
    if (!section.has("TargetArn"))
      section.fail("TargetArn", "is missing: give the ARN of a queue or a topic");
    if (kind == Kind::Serverless && !section.has("Type"))
      section.fail("Type", "is missing: it must be " + one_of(kDeadLetterTypes));
    arn = section.text("TargetArn").value_or("");
    const auto real = arn.empty() ? std::string_view() : type_of(arn);
    if (!arn.empty() && real != "SQS" && real != "SNS")
      section.fail("TargetArn", "is \"" + arn + "\": it must be the ARN of a queue or a topic");
    if (kind == Kind::Serverless)
      check_destination_type(section, kDeadLetterTypes, "TargetArn", arn, real);
  };
  if (kind == Kind::Serverless)
    function.within("DeadLetterQueue", kQueue, read);
  else
    function.within("DeadLetterConfig", kConfig, read);
  return arn;
}

}  // namespace emulator::sam
