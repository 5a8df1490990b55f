// A runtime that vanishes after any byte of its answer: before the body begins nothing has
// happened, and another connection may answer; after that the answer is a truncated one. Whichever
// it was, the next event is served.
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::Environment;
using test::error_path;
using test::HttpClient;
using test::kNext;
using test::response_path;

namespace {

// Forgets what it gets.
struct NullSink : ResponseSink {
  void begin(std::string_view) override {}
  void write(std::string_view) override {}
  void abandon() override {}
};

enum class Caller { Waits, Streams };

void take_event(Environment& env, HttpClient& client, Caller caller) {
  Invocation invocation;
  invocation.request_id = "id";
  invocation.payload = std::make_shared<const std::string>("{}");
  if (caller == Caller::Streams) invocation.sink = std::make_shared<NullSink>();
  env.session.offer(std::move(invocation));
  client.request("GET", kNext);
}

void cut_everywhere(const std::string& message, Caller caller) {
  const std::size_t body_at = message.find("\r\n\r\n") + 4;
  for (std::size_t cut = 0; cut < message.size(); ++cut) {
    INFO("after byte " << cut << " of " << message.size());
    Environment env;
    HttpClient poller = env.client();
    take_event(env, poller, caller);
    HttpClient vanishing = env.client();
    vanishing.send(std::string_view(message).substr(0, cut));
    vanishing.finish_sending();
    vanishing.read_to_end();  // until the server is done with it
    const bool begun = cut >= body_at;
    CHECK(poller.request("POST", response_path("id"), "well").status == (begun ? 403 : 202));
    const auto answers = env.answers();
    REQUIRE(answers.size() == 1);
    CHECK(answers[0].second.error_type == (begun ? "Runtime.TruncatedResponse" : ""));
    env.offer("next");
    CHECK(poller.request("GET", kNext).header("Lambda-Runtime-Aws-Request-Id") == "next");
  }
}

const std::string kSized =
    "POST " + response_path("id") + " HTTP/1.1\r\nContent-Length: 12\r\n\r\n{\"answer\":1}";
const std::string kError =
    "POST " + error_path("id") + " HTTP/1.1\r\nContent-Length: 19\r\n\r\n{\"errorType\":\"Own\"}";
const std::string kStream =
    "POST " + response_path("id") +
    " HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked"
    "\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n\r\n"
    "3\r\none\r\n4\r\ntwo!\r\n0\r\nLambda-Runtime-Function-Error-Type: Own\r\n\r\n";

}  // namespace

TEST_CASE("a runtime vanishes after any byte of a response") {
  cut_everywhere(kSized, Caller::Waits);
}

TEST_CASE("a runtime vanishes after any byte of an error") {
  cut_everywhere(kError, Caller::Waits);
}

TEST_CASE("a runtime vanishes after any byte of a stream") {
  cut_everywhere(kStream, Caller::Waits);
}

TEST_CASE("a runtime vanishes after any byte of a response to a caller that streams") {
  cut_everywhere(kSized, Caller::Streams);
}

TEST_CASE("a runtime vanishes after any byte of a stream to a caller that streams") {
  cut_everywhere(kStream, Caller::Streams);
}
