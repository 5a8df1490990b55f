#include "emulator/aws/aws_client.h"

#include <chrono>
#include <memory>
#include <string>
#include <system_error>

#include "runtime_api/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"

using namespace emulator;
using emulator::test::FakeAws;

namespace {

using Kind = AwsFailure::Kind;
constexpr const char* kSecret = "hunter2hunter2";

AwsClient client_of(const std::string& url, AwsService service = AwsService::Sqs,
                    HttpLimits limits = {}) {
  return AwsClient({service, *parse_url(url), {"AKID", kSecret, "the-token"}, ""}, "eu-west-1",
                   limits);
}

AwsFailure failure_of(FakeAws& aws, unsigned status, std::string body) {
  aws.answer_with(status, std::move(body));
  auto answer = client_of(aws.url()).json("AmazonSQS.GetQueueUrl", "1.0", "{}", {});
  REQUIRE(std::holds_alternative<AwsFailure>(answer));
  auto failure = std::get<AwsFailure>(answer);
  INFO(failure.text);
  CHECK(failure.text.find('\n') == std::string::npos);
  CHECK(failure.text.find(kSecret) == std::string::npos);
  CHECK(failure.text.find("the-token") == std::string::npos);
  return failure;
}

// The port of a server that has gone.
std::string nobody() {
  return FakeAws().url();
}

}  // namespace

TEST_CASE("aws client: what each protocol sends") {
  FakeAws aws;
  aws.answer_with(200, "done");
  const auto json = client_of(aws.url() + "/below/").json("AmazonSQS.SendMessage", "1.0", "{}", {});
  CHECK(std::get<std::string>(json) == "done");
  auto seen = aws.seen();
  CHECK(seen.method == "POST");
  CHECK(seen.path == "/below/");
  CHECK(seen.body == "{}");
  CHECK("http://" + seen.headers["Host"] == aws.url());
  CHECK(seen.headers["X-Amz-Target"] == "AmazonSQS.SendMessage");
  CHECK(seen.headers["Content-Type"] == "application/x-amz-json-1.0");
  CHECK(seen.headers["X-Amz-Security-Token"] == "the-token");
  CHECK(seen.headers["Authorization"].find(
            "/eu-west-1/sqs/aws4_request, SignedHeaders=content-type;host;x-amz-date;"
            "x-amz-security-token;x-amz-target, Signature=") != std::string::npos);

  client_of(aws.url(), AwsService::Sns).query({{"Action", "Publish"}, {"Message", "a b&ü"}}, {});
  seen = aws.seen();
  CHECK(seen.path == "/");
  CHECK(seen.body == "Action=Publish&Message=a%20b%26%C3%BC");
  CHECK(seen.headers["Content-Type"] == "application/x-www-form-urlencoded; charset=utf-8");

  client_of(aws.url(), AwsService::S3).rest({"PUT", "/bucket/a%20b", {}, "text"}, {});
  seen = aws.seen();
  CHECK(seen.method == "PUT");
  CHECK(seen.path == "/bucket/a%20b");
  CHECK(seen.headers["X-Amz-Content-Sha256"] ==
        "982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1");
}

TEST_CASE("aws client: errors in JSON and in XML, with and without a body") {
  FakeAws aws;
  CHECK(failure_of(aws, 400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"x"})")
            .kind == Kind::Missing);
  CHECK(failure_of(aws, 404, "<Error><Code>NoSuchBucket</Code></Error>").kind == Kind::Missing);
  CHECK(failure_of(aws, 404, "").kind == Kind::Missing);
  const auto other = failure_of(
      aws, 400, R"({"__type":"InvalidParameterValue","Message":"too long\nsecond line"})");
  CHECK(other.kind == Kind::Other);
  CHECK(other.text.find("answer 400 InvalidParameterValue: too long;") != std::string::npos);
  CHECK(failure_of(aws, 500, std::string(100'000, 'x')).text.size() < 300);
  CHECK(failure_of(aws, 400, "<Code>A\tB\xff</Code>").text.find("answer 400 A?B?;") == 0);
  CHECK(failure_of(aws, 302, "").kind == Kind::Other);
}

TEST_CASE("aws client: a refused key says nothing of what the server quoted") {
  FakeAws aws;
  const auto refused =
      failure_of(aws, 403,
                 "<Error><Code>SignatureDoesNotMatch</Code><Message>The Canonical String should "
                 "have been x-amz-security-token:the-token</Message></Error>");
  CHECK(refused.kind == Kind::Refused);
  CHECK(
      refused.text.find("answer 403 SignatureDoesNotMatch: the key or its signature is refused") !=
      std::string::npos);
  CHECK(failure_of(aws, 400, R"({"__type":"UnrecognizedClientException","message":"the-token"})")
            .kind == Kind::Refused);
  CHECK(failure_of(aws, 403, "").kind == Kind::Refused);
}

TEST_CASE("aws client: nobody answers") {
  const auto url = nobody();
  const auto answer = client_of(url).json("AmazonSQS.GetQueueUrl", "1.0", "{}", {});
  const auto& failure = std::get<AwsFailure>(answer);
  CHECK(failure.kind == Kind::NoAnswer);
  CHECK(failure.text ==
        "nothing answers: connection refused, or the host is not known; start it, or correct "
        "AWS_ENDPOINT_URL_SQS");
}

TEST_CASE("aws client: an http server behind an https address, and no answer in time") {
  FakeAws aws;
  const auto tls = client_of("https" + aws.url().substr(4)).json("A.B", "1.0", "{}", {});
  CHECK(std::get<AwsFailure>(tls).text.find("no TLS connection") != std::string::npos);

  runtime_api::HttpServer silent({}, [](auto& exchange) {
    exchange.wait(runtime_api::Peer::Watched);
    return runtime_api::HttpResponse{};
  });
  HttpLimits limits;
  limits.answer = std::chrono::milliseconds(50);
  const auto late = client_of("http://" + silent.host_and_port(), AwsService::Sqs, limits)
                        .json("A.B", "1.0", "{}", {});
  CHECK(std::get<AwsFailure>(late).text.find("no HTTP answer in time") != std::string::npos);
}

TEST_CASE("aws client: a stop ends a call that waits for its answer") {
  std::stop_source stop;
  runtime_api::HttpServer silent({}, [&](auto& exchange) {
    stop.request_stop();
    exchange.wait(runtime_api::Peer::Watched);
    return runtime_api::HttpResponse{};
  });
  HttpLimits limits;
  limits.answer = std::chrono::seconds(60);
  const auto answer = client_of("http://" + silent.host_and_port(), AwsService::Sqs, limits)
                          .json("A.B", "1.0", "{}", stop.get_token());
  CHECK(std::get<AwsFailure>(answer).text.find("klambda stops") != std::string::npos);
  CHECK(std::holds_alternative<AwsFailure>(
      client_of("http://" + silent.host_and_port()).json("A.B", "1.0", "{}", stop.get_token())));
}

TEST_CASE("aws client: an IPv6 address") {
  std::unique_ptr<FakeAws> aws;
  try {
    aws = std::make_unique<FakeAws>("::1");
  } catch (const std::system_error&) {
    WARN("this machine has no IPv6");
    return;
  }
  CHECK(aws->url().find("[::1]") != std::string::npos);
  const auto answer = client_of(aws->url()).json("A.B", "1.0", "{}", {});
  CHECK(std::holds_alternative<std::string>(answer));
  CHECK("http://" + aws->seen().headers["Host"] == aws->url());
}

TEST_CASE("aws client: an answer that is too large") {
  FakeAws aws;
  HttpLimits limits;
  limits.answer_bytes = 1'000;
  const auto client = client_of(aws.url(), AwsService::Sqs, limits);
  aws.answer_with(200, std::string(1'000, 'x'));
  CHECK(std::holds_alternative<std::string>(client.json("A.B", "1.0", "{}", {})));
  aws.answer_with(200, std::string(1'001, 'x'));
  const auto answer = client.json("A.B", "1.0", "{}", {});
  CHECK(std::get<AwsFailure>(answer).text.find("larger than 1000 bytes") != std::string::npos);
}
