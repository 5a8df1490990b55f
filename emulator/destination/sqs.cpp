// SendMessage with the JSON protocol of
// docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html.
#include <nlohmann/json.hpp>
#include <utility>

#include "emulator/aws/aws_client.h"
#include "emulator/destination/aws_problem.h"
#include "emulator/destination/carriers.h"

namespace emulator {
namespace {

class SqsCarrier : public OneByOneCarrier {
 public:
  SqsCarrier(const DestinationName& queue, AwsEndpoint endpoint)
      : queue_(queue), client_(std::move(endpoint), queue.region) {}

  std::optional<SinkProblem> check(const std::stop_token& stop) override {
    queue_url_.clear();
    return find_queue(stop);
  }

  std::string describe() const override {
    return "SQS queue " + queue_.name + " at " + client_.where();
  }

 private:
  std::optional<SinkProblem> deliver_one(const FailureMessage& message,
                                         const std::stop_token& stop) override {
    if (auto problem = find_queue(stop)) return problem;
    nlohmann::json body = {{"QueueUrl", queue_url_}, {"MessageBody", message.body}};
    for (const auto& [name, type, value] : message.attributes)
      body["MessageAttributes"][name] = {{"DataType", type}, {"StringValue", value}};
    const auto answer =
        client_.json("AmazonSQS.SendMessage", "1.0",
                     body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace), stop);
    const auto* failure = std::get_if<AwsFailure>(&answer);
    if (failure == nullptr) return std::nullopt;
    queue_url_.clear();  // it may be another one when the queue is made anew
    return problem_of(*failure);
  }

  // The account is left to the key: a stand-in's is seldom the one that the ARN names.
  std::optional<SinkProblem> find_queue(const std::stop_token& stop) {
    if (!queue_url_.empty()) return std::nullopt;
    const nlohmann::json body = {{"QueueName", queue_.name}};
    const auto answer = client_.json("AmazonSQS.GetQueueUrl", "1.0", body.dump(), stop);
    if (const auto* failure = std::get_if<AwsFailure>(&answer)) return problem_of(*failure);
    const auto parsed = nlohmann::json::parse(std::get<std::string>(answer), nullptr, false);
    if (parsed.is_object() && parsed.contains("QueueUrl") && parsed["QueueUrl"].is_string())
      queue_url_ = parsed["QueueUrl"].get<std::string>();
    if (!queue_url_.empty()) return std::nullopt;
    return SinkProblem{SinkProblem::Kind::Unusable,
                       "what answers at " + client_.where() +
                           " is no SQS with the JSON protocol; correct AWS_ENDPOINT_URL_SQS"};
  }

  SinkProblem problem_of(const AwsFailure& failure) const {
    return emulator::problem_of(
        failure, describe(),
        " in region " + queue_.region + ": create it (aws sqs create-queue --endpoint-url " +
            client_.where() + " --region " + queue_.region + " --queue-name " + queue_.name + ")");
  }

  const DestinationName queue_;
  const AwsClient client_;
  std::string queue_url_;  // empty: not known yet
};

}  // namespace

std::unique_ptr<Carrier> make_sqs_carrier(const DestinationName& queue, AwsEndpoint endpoint) {
  return std::make_unique<SqsCarrier>(queue, std::move(endpoint));
}

}  // namespace emulator
