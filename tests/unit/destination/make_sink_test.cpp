#include "emulator/destination/make_sink.h"

#include <future>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/kafka/embedded_cluster.h"
#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/text_of.h"

using namespace emulator;
using emulator::test::FakeAws;

namespace {

constexpr const char* kQueue = "arn:aws:sqs:eu-west-1:123456789012:failed-orders";
constexpr const char* kTopic = "arn:aws:sns:eu-west-1:123456789012:failed-orders";
constexpr const char* kBucket = "arn:aws:s3:::failed-orders";

SinkSettings settings(std::map<std::string, std::string> environment = {},
                      const std::filesystem::path& directory = {}) {
  SinkSettings made;
  made.region = "eu-west-1";
  made.files_directory = directory;
  made.environment =
      [values = std::move(environment)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
  return made;
}

SinkSettings settings_for(const FakeAws& aws) {
  return settings({{"AWS_ENDPOINT_URL", aws.url()}});
}

std::unique_ptr<RecordSink> sink_for(const std::string& destination, const SinkSettings& settings) {
  return make_sink(*parse_destination(destination), settings);
}

Undelivered deliver(RecordSink& sink, std::vector<FailureMessage> messages) {
  std::promise<Undelivered> answer;
  sink.send(std::move(messages), [&](Undelivered given) { answer.set_value(std::move(given)); });
  return answer.get_future().get();
}

std::vector<std::filesystem::path> files_below(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory))
    if (entry.is_regular_file()) files.push_back(entry.path());
  return files;
}

}  // namespace

TEST_CASE("destination: without an endpoint, documents become files") {
  const TemporaryDirectory place;
  const auto queue = sink_for(kQueue, settings({}, place.path()));
  CHECK(queue->describe() == "files in " + (place.path() / "sqs" / "failed-orders").string() +
                                 " (AWS_ENDPOINT_URL_SQS is not set)");
  CHECK_FALSE(queue->check());
  CHECK(files_below(place.path()).empty());
  CHECK(deliver(*queue, {{"{\"a\":1}", {}, ""}, {"{\"a\":2}", {}, ""}}).messages.empty());
  const auto written = files_below(place.path() / "sqs" / "failed-orders");
  REQUIRE(written.size() == 2);
  for (const auto& file : written) {
    CHECK(file.extension() == ".json");
    CHECK(nlohmann::json::accept(text_of(file)));
  }

  const auto bucket = sink_for(kBucket, settings({}, place.path()));
  CHECK(deliver(*bucket, {{"{}", {}, "aws/lambda/u/orders-0/2026/01/02/x"}}).problem.empty());
  CHECK(text_of(place.path() / "s3/failed-orders/aws/lambda/u/orders-0/2026/01/02/x") == "{}");
}

TEST_CASE("destination: a directory that cannot be made") {
  const TemporaryDirectory place;
  const auto file = place.write("file", "");
  const auto sink = sink_for(kTopic, settings({}, file));
  const auto problem = sink->check();
  REQUIRE(problem);
  CHECK(problem->text.find("failed records cannot be written to " + file.string()) == 0);
  const auto undelivered = deliver(*sink, {{"{}", {}, ""}});
  CHECK(undelivered.messages.size() == 1);
  CHECK(undelivered.problem == problem->text);
}

TEST_CASE("destination: SQS finds its queue and sends to its URL") {
  FakeAws aws;
  aws.answer_with(200, R"({"QueueUrl":"http://elsewhere:9324/q/failed-orders"})");
  const auto sink = sink_for(kQueue, settings_for(aws));
  CHECK(sink->describe() == "SQS queue failed-orders at " + aws.url());
  CHECK_FALSE(sink->check());
  CHECK(aws.seen().body == R"({"QueueName":"failed-orders"})");
  CHECK(aws.seen().headers["X-Amz-Target"] == "AmazonSQS.GetQueueUrl");
  CHECK(deliver(*sink, {{"{\"a\":\"\u00fc\"}", {}, ""}}).messages.empty());
  const auto sent = nlohmann::json::parse(aws.seen().body);
  CHECK(aws.seen().headers["X-Amz-Target"] == "AmazonSQS.SendMessage");
  CHECK(sent["QueueUrl"] == "http://elsewhere:9324/q/failed-orders");
  CHECK(sent["MessageBody"] == "{\"a\":\"\u00fc\"}");

  aws.answer_with(200, "<html>");
  CHECK(sink->check()->text.find("is no SQS with the JSON protocol") != std::string::npos);
}

TEST_CASE("destination: what does not exist is named with the command that makes it") {
  FakeAws aws;
  aws.answer_with(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist"})");
  CHECK(sink_for(kQueue, settings_for(aws))->check()->text ==
        "SQS queue failed-orders at " + aws.url() +
            " does not exist in region eu-west-1: create it (aws sqs create-queue --endpoint-url " +
            aws.url() + " --region eu-west-1 --queue-name failed-orders)");
  aws.answer_with(404, "<Error><Code>NotFound</Code></Error>");
  CHECK(sink_for(kTopic, settings_for(aws))->check()->text ==
        "SNS topic failed-orders at " + aws.url() + " does not exist as " + kTopic +
            ": create it (aws sns create-topic --endpoint-url " + aws.url() +
            " --region eu-west-1 --name failed-orders), and name the account that is used there");
  aws.answer_with(404, "");
  CHECK(sink_for(kBucket, settings_for(aws))->check()->text ==
        "S3 bucket failed-orders at " + aws.url() +
            " does not exist: create it (aws s3 mb s3://failed-orders --endpoint-url " + aws.url() +
            ")");
}

TEST_CASE("destination: a wrong endpoint is said when the sink is made") {
  CHECK_THROWS_AS(sink_for(kBucket, settings({{"AWS_ENDPOINT_URL", "localhost:4566"}})),
                  ConfigError);
  CHECK_THROWS_AS(sink_for(kBucket, settings({{"AWS_ENDPOINT_URL", "https://s3.amazonaws.com"}})),
                  ConfigError);
}

TEST_CASE("destination: a Kafka topic gets what is sent, and must exist") {
  EmbeddedCluster cluster;
  SinkSettings kafka = settings();
  kafka.bootstrap_servers = cluster.bootstrap_servers();
  const auto sink = sink_for("kafka://failed-orders", kafka);
  CHECK(sink->describe() == "Kafka topic failed-orders on " + cluster.bootstrap_servers());
  CHECK(sink->check().value().kind == SinkProblem::Kind::Unusable);
  cluster.create_topic("failed-orders", 2);
  CHECK_FALSE(sink->check());
  CHECK(deliver(*sink, {{"{}", "key", ""}, {"{}", std::nullopt, ""}}).messages.empty());

  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  CHECK(sink->check().value().kind == SinkProblem::Kind::NotReachable);
  std::promise<Undelivered> answer;
  sink->send({{"{}", "key", ""}}, [&](Undelivered given) { answer.set_value(std::move(given)); });
  sink->stop();
  CHECK(answer.get_future().get().messages.size() == 1);
}
