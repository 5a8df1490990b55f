#include "emulator/control/url_response.h"

#include <algorithm>
#include <string>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

std::string header(const runtime_api::HttpResponse& response, const std::string& name) {
  std::string values;
  for (const auto& [key, value] : response.headers) {
    if (key == name) values += (values.empty() ? "" : " | ") + value;
  }
  return values;
}

}  // namespace

TEST_CASE("URL response: an object with a statusCode says everything") {
  const auto response = url_response(R"({
    "statusCode": 201,
    "headers": {"Content-Type": "text/html", "X-Number": 7, "X-Flag": true, "X-Null": null,
                "Content-Length": "999", "Transfer-Encoding": "chunked", "Connection": "close"},
    "cookies": ["a=1", "b=2; Secure"],
    "body": "hello"})");
  REQUIRE(response);
  CHECK(response->status == 201);
  CHECK(response->content_type == "text/html");
  CHECK(header(*response, "X-Number") == "7");
  CHECK(header(*response, "X-Flag") == "true");
  CHECK(header(*response, "Set-Cookie") == "a=1 | b=2; Secure");
  CHECK(response->headers.size() == 4);  // those of the connection are the server's
  CHECK(response->body == "hello");
}

TEST_CASE("URL response: bodies") {
  CHECK(url_response(R"({"statusCode":"204"})")->status == 204);
  CHECK(url_response(R"({"statusCode":200})")->body.empty());
  CHECK(url_response(R"({"statusCode":200,"body":null})")->body.empty());
  CHECK(url_response(R"({"statusCode":200,"body":{"a":1}})")->body == R"({"a":1})");
  CHECK(url_response(R"({"statusCode":200,"body":"AP8=","isBase64Encoded":true})")->body ==
        std::string("\0\xff", 2));
  CHECK(url_response(R"({"statusCode":200,"body":"AP8=","isBase64Encoded":false})")->body ==
        "AP8=");
}

TEST_CASE("URL response: without a statusCode the answer itself is the body") {
  for (const std::string payload : {R"({"a": 1})", "[1, 2]", "7", "null", R"({"body":"x"})"}) {
    INFO(payload);
    const auto response = url_response(payload);
    REQUIRE(response);
    CHECK(response->status == 200);
    CHECK(response->content_type == "application/json");
    CHECK(response->body == payload);
  }
  CHECK(url_response(R"("te\"xt")")->body == "te\"xt");
}

TEST_CASE("URL response: what is no response is a 502") {
  for (const std::string payload :
       {"", "no json", R"({"statusCode":"x"})", R"({"statusCode":99})", R"({"statusCode":600})",
        R"({"statusCode":200,"headers":[]})", R"({"statusCode":200,"headers":{"a b":"c"}})",
        R"({"statusCode":200,"headers":{"a\r\nb":"c"}})",
        R"({"statusCode":200,"headers":{"a":{}}})", R"({"statusCode":200,"cookies":{}})",
        R"({"statusCode":200,"body":"!","isBase64Encoded":true})"}) {
    INFO(payload);
    CHECK_FALSE(url_response(payload));
  }
  CHECK(url_failure().status == 502);
  CHECK(url_failure().body == "Internal Server Error");
}

TEST_CASE("URL response: the prelude of a stream") {
  const auto head =
      url_prelude(R"({"statusCode":418,"headers":{"Content-Type":"text/x"},"cookies":["a=1"]})");
  REQUIRE(head);
  CHECK(head->status == 418);
  CHECK(head->content_type == "text/x");
  CHECK(header(*head, "Set-Cookie") == "a=1");
  CHECK(url_prelude("{}")->status == 200);
  CHECK(url_prelude("{}")->content_type == "application/octet-stream");
  CHECK_FALSE(url_prelude("[]"));
  CHECK_FALSE(url_prelude("nothing"));
}
