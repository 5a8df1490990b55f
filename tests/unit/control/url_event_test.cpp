#include "emulator/control/url_event.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;
using nlohmann::json;
using test::FakeExchange;

namespace {

json event_of(const FakeExchange& exchange) {
  return json::parse(
      url_event(exchange, {"/my/path", "urlid", "request-1", "Root=1-2-3", 1'583'348'638'390}));
}

}  // namespace

TEST_CASE("URL event: every member of payload format 2.0") {
  const FakeExchange exchange("POST", "/_klambda/url/f/my/path?a=1&a=2&b=x%20y", R"({"k":1})",
                              {{"Host", "localhost:3001"},
                               {"Content-Type", "application/json; charset=utf-8"},
                               {"X-One", "1"},
                               {"x-one", "2"},
                               {"Cookie", "c1=v1; c2=v2"},
                               {"User-Agent", "agent"}});
  CHECK(event_of(exchange) == json::parse(R"({
    "version": "2.0", "routeKey": "$default", "rawPath": "/my/path",
    "rawQueryString": "a=1&a=2&b=x%20y",
    "cookies": ["c1=v1", "c2=v2"],
    "headers": {"host": "localhost:3001", "content-type": "application/json; charset=utf-8",
                "x-one": "1,2", "user-agent": "agent", "x-amzn-trace-id": "Root=1-2-3",
                "x-forwarded-for": "127.0.0.1", "x-forwarded-port": "3001",
                "x-forwarded-proto": "http"},
    "queryStringParameters": {"a": "1,2", "b": "x y"},
    "requestContext": {
      "accountId": "anonymous", "apiId": "urlid", "domainName": "localhost:3001",
      "domainPrefix": "urlid",
      "http": {"method": "POST", "path": "/my/path", "protocol": "HTTP/1.1",
               "sourceIp": "127.0.0.1", "userAgent": "agent"},
      "requestId": "request-1", "routeKey": "$default", "stage": "$default",
      "time": "04/Mar/2020:19:03:58 +0000", "timeEpoch": 1583348638390},
    "body": "{\"k\":1}", "isBase64Encoded": false})"));
}

TEST_CASE("URL event: what a request does not have is left out") {
  const json event = event_of(FakeExchange("GET", "/_klambda/url/f/my/path"));
  for (const char* const name : {"body", "cookies", "queryStringParameters"}) {
    INFO(name);
    CHECK_FALSE(event.contains(name));
  }
  CHECK(event["isBase64Encoded"] == false);
  CHECK(event["rawQueryString"] == "");
}

TEST_CASE("URL event: bodies that are no text are base64") {
  const auto body_of = [](const std::string& body, const std::string& type) {
    const json event = event_of(FakeExchange("POST", "/", body, {{"Content-Type", type}}));
    return event["body"].get<std::string>() + (event["isBase64Encoded"] == true ? " base64" : "");
  };
  CHECK(body_of("text", "text/plain") == "text");
  CHECK(body_of("{}", "application/problem+json") == "{}");
  CHECK(body_of("a=b", "application/x-www-form-urlencoded") == "YT1i base64");
  CHECK(body_of("bin", "") == "Ymlu base64");
  CHECK(body_of("\xff\xfe", "text/plain") == "//4= base64");
}
