// Where a mapping's DestinationConfig.OnFailure points, taken apart. The rules of a mapping, the
// documents and the sinks all read it here. Pure; any thread.
// docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure.html, kafka-on-failure-destination.html
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

inline constexpr std::string_view kKafkaScheme = "kafka://";

enum class DestinationKind { Kafka, Sqs, Sns, S3 };
struct DestinationName {
  DestinationKind kind;
  std::string name;    // topic, queue, topic or bucket: letters, digits, '.', '_' and '-'
  std::string region;  // of an ARN; S3 has none
  std::string account;
  std::string arn;  // as it was given; Kafka has none
};
// Of "kafka://topic" or an SQS, SNS or S3 ARN; nullopt: neither.
std::optional<DestinationName> parse_destination(std::string_view text);

// "SQS", "SNS", "S3" or "Kafka", as SAM's OnFailure.Type names it.
std::string_view to_string(DestinationKind kind);

// "sqs" of "arn:aws:sqs:…"; empty: no ARN.
std::string_view arn_service(std::string_view text);

// Whether what became of an asynchronous invocation may go to an ARN of this service: "Amazon SQS,
// Amazon SNS, Amazon S3 (on failure only), AWS Lambda, Amazon EventBridge"
// (docs invocation-async-retain-records.html).
enum class InvocationCondition { OnSuccess, OnFailure };
bool takes_invocations(std::string_view service, InvocationCondition condition);

}  // namespace emulator
