// Statuses, headers and bodies of the Runtime API: docs runtimes-api.html, bodies as the RIE
// renders them.
#include "runtime_api/runtime_api.h"

#include <chrono>
#include <cstdint>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using namespace std::chrono_literals;
using test::Environment;
using test::error_path;
using test::HttpClient;
using test::HttpReply;
using test::kNext;
using test::response_path;

namespace {

const std::string kAccepted = "{\"status\":\"OK\"}\n";

std::string forbidden(const std::string& from, const std::string& to) {
  return R"({"errorMessage":"State transition from )" + from + " to " + to +
         R"( failed for runtime. Error: State transition is not allowed",)"
         R"("errorType":"InvalidStateTransition"})";
}

void send_stream_head(HttpClient& client, const std::string& id) {
  client.send("POST " + response_path(id) +
              " HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
              "Transfer-Encoding: chunked\r\nTrailer: Lambda-Runtime-Function-Error-Type\r\n"
              "Trailer: Lambda-Runtime-Function-Error-Body\r\n\r\n");
}

}  // namespace

TEST_CASE("/next hands out the event with all its headers") {
  Environment env;
  HttpClient client = env.client();
  Invocation invocation;
  invocation.request_id = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
  invocation.payload = std::make_shared<const std::string>("{\"a\":1}");
  invocation.content_type = "application/x-test";
  invocation.invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:f";
  invocation.trace_id =
      "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1";
  invocation.client_context = "{\n  \"custom\": {}\n}";
  invocation.cognito_identity = R"({"cognitoIdentityId":"i","cognitoIdentityPoolId":"p"})";
  invocation.timeout = 60s;
  env.session.offer(invocation);
  env.session.hand_over();
  const auto before = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  const HttpReply reply = client.request("GET", kNext);
  CHECK(reply.status == 200);
  CHECK(reply.body == "{\"a\":1}");
  CHECK(reply.header("Content-Type") == "application/x-test");
  CHECK(reply.header("Lambda-Runtime-Aws-Request-Id") == invocation.request_id);
  CHECK(std::stoll(reply.header("Lambda-Runtime-Deadline-Ms")) >= before + 60'000);
  CHECK(reply.header("Lambda-Runtime-Invoked-Function-Arn") == invocation.invoked_function_arn);
  CHECK(reply.header("Lambda-Runtime-Trace-Id") == invocation.trace_id);
  CHECK(reply.header("Lambda-Runtime-Client-Context") == "{   \"custom\": {} }");
  CHECK(reply.header("Lambda-Runtime-Cognito-Identity") == invocation.cognito_identity);
  CHECK_FALSE(reply.header("Lambda-Runtime-Invocation-Id").empty());
}

TEST_CASE("/next leaves out what is empty") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  const HttpReply reply = client.request("GET", kNext);
  CHECK(reply.header("Content-Type") == "application/json");
  CHECK(reply.headers.size() == 5);  // type, length, request id, deadline, invocation id
}

TEST_CASE("a response is accepted and passed on untouched") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  const HttpReply event = client.request("GET", kNext);
  std::string body("NaN \xff\x00\x01 is no JSON", 18);
  std::string head;
  SECTION("without the invocation id, form content type") {
    head = "Content-Type: application/x-www-form-urlencoded\r\n";
  }
  SECTION("with the invocation id") {
    head = "lambda-runtime-invocation-id: " + event.header("Lambda-Runtime-Invocation-Id") + "\r\n";
  }
  SECTION("empty") {
    body.clear();
  }
  const HttpReply reply = client.request("POST", response_path("id"), body, head);
  CHECK(reply.status == 202);
  CHECK(reply.body == kAccepted);
  CHECK(reply.header("Content-Type") == "application/json");
  const auto answers = env.wait_for_answers(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].first == "id");
  CHECK(answers[0].second.kind == Answer::Kind::Response);
  CHECK(answers[0].second.payload == body);
}

TEST_CASE("Go's response, chunked with announced and absent trailers, is accepted") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  client.send("POST " + response_path("id") +
              " HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: "
              "Lambda-Runtime-Function-Error-Type,Lambda-Runtime-Function-Error-Body\r\n\r\n");
  client.send_chunk("{\"ok\":");
  client.send_chunk("true}");
  client.send("0\r\n\r\n");
  CHECK(client.read_reply().status == 202);
  const auto answers = env.wait_for_answers(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.kind == Answer::Kind::Response);
  CHECK(answers[0].second.payload == "{\"ok\":true}");
}

TEST_CASE("an error is accepted with its type from the header or the body") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  const std::string body = R"({"errorMessage":"m","errorType":"KeyError","stackTrace":[]})";
  std::string head, type = "KeyError";
  SECTION("from the header") {
    head = "Lambda-Runtime-Function-Error-Type: Runtime.UserException\r\n";
    type = "Runtime.UserException";
  }
  SECTION("from the body") {}
  SECTION("from the body, beside a stack trace of 1 MB in the header") {
    head = "Lambda-Runtime-Function-XRay-Error-Cause: " + std::string(1024 * 1024, '\xc3') + "\r\n";
  }
  const HttpReply reply = client.request("POST", error_path("id"), body, head);
  CHECK(reply.status == 202);
  CHECK(reply.body == kAccepted);
  const auto answers = env.wait_for_answers(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.kind == Answer::Kind::Error);
  CHECK(answers[0].second.payload == body);
  CHECK(answers[0].second.error_type == type);
  CHECK(env.session.state() == SessionState::RuntimeResponseSent);
}

TEST_CASE("an init error is accepted once, before the first /next only") {
  Environment env;
  HttpClient client = env.client();
  const std::string path = "/2018-06-01/runtime/init/error";
  const std::string body = R"({"errorMessage":"m","errorType":"Runtime.ImportModuleError"})";
  CHECK(client.request("POST", path, body).body == kAccepted);
  REQUIRE(env.init_errors().size() == 1);
  CHECK(env.init_errors()[0].payload == body);
  CHECK(env.init_errors()[0].error_type == "Runtime.ImportModuleError");
  const HttpReply second = client.request("POST", path, body);
  CHECK(second.status == 403);
  CHECK(second.body == forbidden("InitError", "InitError"));
  const HttpReply next = client.request("GET", kNext);
  CHECK(next.status == 403);
  CHECK(next.body == forbidden("InitError", "Ready"));
}

TEST_CASE("answers that fit no invocation are refused") {
  Environment env;
  HttpClient client = env.client();
  const HttpReply early = client.request("POST", response_path("id"), "x");
  CHECK(early.status == 403);
  CHECK(early.body == forbidden("Started", "InvocationResponse"));
  env.offer("id");
  client.request("GET", kNext);

  const HttpReply unknown = client.request("POST", response_path("other"), "x");
  CHECK(unknown.status == 400);
  CHECK(unknown.body == R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})");
  const HttpReply unknown_error = client.request("POST", error_path("other"), "x");
  CHECK(unknown_error.status == 400);
  CHECK(unknown_error.body == unknown.body);
  const HttpReply stale =
      client.request("POST", response_path("id"), "x", "Lambda-Runtime-Invocation-Id: stale\r\n");
  CHECK(stale.status == 400);
  CHECK(stale.body.find(R"("errorType":"InvalidInvocationId")") != std::string::npos);
  CHECK(env.answers().empty());

  CHECK(client.request("POST", response_path("id"), "x").status == 202);
  const HttpReply again = client.request("POST", response_path("id"), "x");
  CHECK(again.status == 403);
  CHECK(again.body == forbidden("RuntimeResponseSentState", "InvocationResponse"));
  const HttpReply error = client.request("POST", error_path("id"), "x");
  CHECK(error.status == 403);
  CHECK(error.body == forbidden("RuntimeResponseSentState", "InvocationErrorResponse"));
  CHECK(env.answers().size() == 1);
}

TEST_CASE("paths, methods and ping") {
  Environment env;
  HttpClient client = env.client();
  for (const std::string path : {"/ping", "/2018-06-01/ping"}) {
    const HttpReply ping = client.request("GET", path);
    CHECK(ping.status == 200);
    CHECK(ping.body == "pong");
  }
  for (const std::string path :
       {"/", "/runtime/invocation/next", "/2018-06-01/runtime/invocation//response",
        "/2018-06-01/runtime/invocation/id/other", "/2018-06-01/runtime/restore/next",
        "/2018-06-01/runtime/invocation/a/b/response", "/2020-01-01/extension/register"}) {
    INFO(path);
    const HttpReply reply = client.request("POST", path, "x");
    CHECK(reply.status == 404);
    CHECK(reply.header("Content-Type") == "application/json");
    CHECK(reply.body.find("\"errorType\":\"NotFound\"") != std::string::npos);
  }
  CHECK(client.request("POST", kNext, "x").status == 405);
  CHECK(client.request("GET", response_path("id")).status == 405);
  CHECK(client.request("PUT", error_path("id"), "x").header("Allow") == "POST");
  CHECK(client.request("GET", "/2018-06-01/runtime/init/error").status == 405);
  CHECK(client.request("DELETE", "/ping").status == 405);
  CHECK(client.request("HEAD", kNext).status == 405);
  CHECK(env.session.state() == SessionState::Started);
}

TEST_CASE("a response of the limit passes, and one byte more is refused and answered once") {
  Environment env;
  HttpClient client = env.client();
  env.offer("fits");
  client.request("GET", kNext);
  std::string body(kResponseLimitBytes, 'x');
  CHECK(client.request("POST", response_path("fits"), body).status == 202);
  CHECK((env.wait_for_answers(1).at(0).second.payload == body));

  env.offer("large");
  client.request("GET", kNext);
  body.push_back('x');
  SECTION("with a length") {
    client.send_request("POST", response_path("large"), body);
  }
  SECTION("chunked") {
    client.send("POST " + response_path("large") +
                " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (std::size_t at = 0; at < body.size(); at += 32'768) {
      client.send_chunk(std::string_view(body).substr(at, 32'768));
    }
    client.send("0\r\n\r\n");
  }
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 413);
  CHECK(reply.body == R"({"errorMessage":"Exceeded maximum allowed payload size (6291556 bytes).",)"
                      R"("errorType":"RequestEntityTooLarge"})");
  // Java reports the refusal as an error of the same invocation.
  CHECK(client.request("POST", error_path("large"), "{}").status == 202);
  const auto answers = env.answers();
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].first == "large");
  CHECK(answers[1].second.kind == Answer::Kind::ResponseTooLarge);
  CHECK(answers[1].second.payload ==
        R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":)"
        R"("Response payload size exceeded maximum allowed payload size (6291556 bytes)."})");
  env.offer("next");
  CHECK(client.request("GET", kNext).header("Lambda-Runtime-Aws-Request-Id") == "next");
}

TEST_CASE("curl's large response is invited and accepted") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  client.send("POST " + response_path("id") +
              " HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3000000\r\n\r\n");
  CHECK(client.read_head().status == 100);
  client.send(std::string(3'000'000, 'x'));
  CHECK(client.read_reply().status == 202);
  CHECK(env.wait_for_answers(1).at(0).second.payload.size() == 3'000'000);
}

TEST_CASE("a response whose sender vanishes is a truncated one") {
  Environment env;
  HttpClient poller = env.client();
  env.offer("id");
  poller.request("GET", kNext);
  HttpClient client = env.client();
  SECTION("stream") {
    send_stream_head(client, "id");
    client.send_chunk("first part");
  }
  SECTION("with a length") {
    client.send("POST " + response_path("id") + " HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
  }
  SECTION("error") {
    client.send("POST " + error_path("id") + " HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
  }
  client.finish_sending();
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 400);
  CHECK(reply.body == R"({"errorMessage":"HTTP request detected as truncated",)"
                      R"("errorType":"TruncatedHTTPRequest"})");
  const auto answers = env.wait_for_answers(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.kind == Answer::Kind::Error);
  CHECK(answers[0].second.error_type == "Runtime.TruncatedResponse");
  env.offer("next");
  CHECK(poller.request("GET", kNext).header("Lambda-Runtime-Aws-Request-Id") == "next");
}

TEST_CASE("a truncated answer to another invocation changes nothing") {
  Environment env;
  HttpClient poller = env.client();
  env.offer("id");
  poller.request("GET", kNext);
  HttpClient client = env.client();
  client.send("POST " + response_path("old") + " HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
  client.finish_sending();
  CHECK(client.read_reply().status == 400);
  CHECK(env.session.state() == SessionState::Running);
  CHECK(poller.request("POST", response_path("id"), "x").status == 202);
}

TEST_CASE("streamed responses") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  send_stream_head(client, "id");
  client.send_chunk("part one, ");
  CHECK(env.in_state(SessionState::InvocationResponse));
  client.send_chunk("part two");

  SECTION("without an error") {
    client.send("0\r\n\r\n");
    CHECK(client.read_reply().status == 202);
    const auto answers = env.wait_for_answers(1);
    CHECK(answers.at(0).second.kind == Answer::Kind::Response);
    CHECK(answers.at(0).second.payload == "part one, part two");
  }
  SECTION("with an error in trailers") {
    client.send(
        "0\r\nLambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
        "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCb29tIn0=\r\n\r\n");
    CHECK(client.read_reply().status == 202);
    const auto answers = env.wait_for_answers(1);
    CHECK(answers.at(0).second.kind == Answer::Kind::Error);
    CHECK(answers.at(0).second.error_type == "Runtime.StreamError");
    CHECK(answers.at(0).second.payload == R"({"errorType":"Boom"})");
  }
  SECTION("with Rust's error in the last data chunk") {
    client.send_chunk(
        "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
        "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCb29tIn0=\r\n");
    client.send("0\r\n\r\n");
    CHECK(client.read_reply().status == 202);
    const auto answers = env.wait_for_answers(1);
    CHECK(answers.at(0).second.kind == Answer::Kind::Error);
    CHECK(answers.at(0).second.error_type == "Runtime.StreamError");
    CHECK(answers.at(0).second.payload == R"({"errorType":"Boom"})");
  }
}

TEST_CASE("Go's stream, which has no mode header, reports its error in trailers") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  client.send("POST " + response_path("id") +
              " HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: "
              "Lambda-Runtime-Function-Error-Type,Lambda-Runtime-Function-Error-Body\r\n\r\n");
  client.send_chunk("data");
  client.send(
      "0\r\nLambda-Runtime-Function-Error-Type: errorString\r\n"
      "Lambda-Runtime-Function-Error-Body: e30=\r\n\r\n");
  CHECK(client.read_reply().status == 202);
  const auto answers = env.wait_for_answers(1);
  CHECK(answers.at(0).second.kind == Answer::Kind::Error);
  CHECK(answers.at(0).second.error_type == "errorString");
}

TEST_CASE("an unknown response mode is refused and fails the invocation") {
  Environment env;
  HttpClient client = env.client();
  env.offer("id");
  client.request("GET", kNext);
  const HttpReply reply = client.request("POST", response_path("id"), "x",
                                         "Lambda-Runtime-Function-Response-Mode: bogus\r\n");
  CHECK(reply.status == 400);
  CHECK(reply.body == R"({"errorMessage":"Invalid function response mode",)"
                      R"("errorType":"InvalidFunctionResponseMode"})");
  const auto answers = env.wait_for_answers(1);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0].second.kind == Answer::Kind::Error);
  CHECK(answers[0].second.error_type == "Runtime.InvalidResponseModeHeader");
}
