// PutObject (docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html), the bucket in the path:
// stand-ins have no host name for each bucket.
#include <utility>

#include "emulator/aws/aws_client.h"
#include "emulator/destination/aws_problem.h"
#include "emulator/destination/carriers.h"

namespace emulator {
namespace {

class S3Carrier : public OneByOneCarrier {
 public:
  S3Carrier(const DestinationName& bucket, AwsEndpoint endpoint, const std::string& region)
      : bucket_(bucket), client_(std::move(endpoint), region) {}

  std::optional<SinkProblem> check(const std::stop_token& stop) override {
    return problem_of(client_.rest({"HEAD", "/" + bucket_.name, {}, {}}, stop));
  }

  std::string describe() const override {
    return "S3 bucket " + bucket_.name + " at " + client_.where();
  }

 private:
  std::optional<SinkProblem> deliver_one(const FailureMessage& message,
                                         const std::stop_token& stop) override {
    const auto path = "/" + bucket_.name + "/" + percent_encode(message.object_key, Slashes::Keep);
    return problem_of(
        client_.rest({"PUT", path, {{"Content-Type", "application/json"}}, message.body}, stop));
  }

  std::optional<SinkProblem> problem_of(const std::variant<std::string, AwsFailure>& answer) const {
    return emulator::problem_of(
        answer, describe(),
        ": create it (aws s3 mb s3://" + bucket_.name + " --endpoint-url " + client_.where() + ")");
  }

  const DestinationName bucket_;
  const AwsClient client_;
};

}  // namespace

std::unique_ptr<Carrier> make_s3_carrier(const DestinationName& bucket, AwsEndpoint endpoint,
                                         const std::string& region) {
  return std::make_unique<S3Carrier>(bucket, std::move(endpoint), region);
}

}  // namespace emulator
