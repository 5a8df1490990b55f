// Publish with the query protocol of docs.aws.amazon.com/sns/latest/api/API_Publish.html: the
// document is the Message.
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "emulator/aws/aws_client.h"
#include "emulator/destination/aws_problem.h"
#include "emulator/destination/carriers.h"

namespace emulator {
namespace {

constexpr const char* kVersion = "2010-03-31";

class SnsCarrier : public OneByOneCarrier {
 public:
  SnsCarrier(const DestinationName& topic, AwsEndpoint endpoint)
      : topic_(topic), client_(std::move(endpoint), topic.region) {}

  std::optional<SinkProblem> check(const std::stop_token& stop) override {
    return problem_of(client_.query(
        {{"Action", "GetTopicAttributes"}, {"Version", kVersion}, {"TopicArn", topic_.arn}}, stop));
  }

  std::string describe() const override {
    return "SNS topic " + topic_.name + " at " + client_.where();
  }

 private:
  std::optional<SinkProblem> deliver_one(const FailureMessage& message,
                                         const std::stop_token& stop) override {
    std::vector<std::pair<std::string, std::string>> members = {{"Action", "Publish"},
                                                                {"Version", kVersion},
                                                                {"TopicArn", topic_.arn},
                                                                {"Message", message.body}};
    for (std::size_t i = 0; i < message.attributes.size(); ++i) {
      const auto& [name, type, value] = message.attributes[i];
      const auto entry = "MessageAttributes.entry." + std::to_string(i + 1) + ".";
      members.emplace_back(entry + "Name", name);
      members.emplace_back(entry + "Value.DataType", type);
      members.emplace_back(entry + "Value.StringValue", value);
    }
    return problem_of(client_.query(members, stop));
  }

  std::optional<SinkProblem> problem_of(const std::variant<std::string, AwsFailure>& answer) const {
    return emulator::problem_of(answer, describe(),
                                " as " + topic_.arn +
                                    ": create it (aws sns create-topic --endpoint-url " +
                                    client_.where() + " --region " + topic_.region + " --name " +
                                    topic_.name + "), and name the account that is used there");
  }

  const DestinationName topic_;
  const AwsClient client_;
};

}  // namespace

std::unique_ptr<Carrier> make_sns_carrier(const DestinationName& topic, AwsEndpoint endpoint) {
  return std::make_unique<SnsCarrier>(topic, std::move(endpoint));
}

}  // namespace emulator
