#include "emulator/control/router.h"

#include <algorithm>

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;
using runtime_api::HttpResponse;
using test::FakeExchange;

namespace {

std::string header(const HttpResponse& response, const std::string& wanted) {
  for (const auto& [name, value] : response.headers) {
    if (name == wanted) return value;
  }
  return {};
}

std::string error_type(const HttpResponse& response) {
  return header(response, "x-amzn-ErrorType");
}

// An operation that says its name and what it was asked with.
Router::Operation saying(const std::string& name) {
  return [name](ApiRequest& request) {
    HttpResponse response;
    response.body = name;
    for (const auto& [parameter, value] : request.parameters)
      response.body.append(" ").append(parameter).append("=").append(value);
    return response;
  };
}

Router sample() {
  Router router;
  const auto add = [&router](const char* method, const char* path, const char* name,
                             BodyLimit limit = BodyLimit{}, Access access = Access::Signed) {
    router.add(method, path, name, saying(name), limit, access);
  };
  add("GET", "/2015-03-31/functions", "ListFunctions");
  add("POST", "/2015-03-31/functions", "CreateFunction", {kRequestBytesMax});
  add("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction");
  add("PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "UpdateAlias");
  add("POST", "/2015-03-31/functions/{FunctionName}/invocations", "InvokeFunction",
      {6 * 1024 * 1024});
  add("GET", "/2018-10-31/layers", "ListLayers");
  add("GET", "/2018-10-31/layers?find=LayerVersion", "GetLayerVersionByArn");
  add("GET", "/2017-03-31/tags/{Resource+}", "ListTags");
  add("GET", "/_klambda/health", "Health", BodyLimit{}, Access::Public);
  router.add(kAnyMethod, "/own/{Rest+}", "Own", saying("Own"), BodyLimit{}, Access::Own);
  return router;
}

std::string said(const Router& router, const std::string& method, const std::string& target) {
  FakeExchange exchange(method, target);
  const auto response = router.answer(exchange);
  return response.status == 200 ? response.body
                                : std::to_string(response.status) + " " + error_type(response);
}

// Answers with the body that the operation saw.
HttpResponse echoed(std::string body) {
  Router router;
  router.add("POST", "/echo", "Echo",
             [](ApiRequest& request) { return json_response(200, request.body()); });
  FakeExchange exchange("POST", "/echo", std::move(body));
  return router.answer(exchange);
}

std::string nested(const std::string& open, int levels, const std::string& close) {
  std::string text = R"({"a":)";
  for (int i = 0; i < levels; ++i) text += open;
  text += "1";
  for (int i = 0; i < levels; ++i) text += close;
  return text + "}";
}

}  // namespace

TEST_CASE("router: operations are found by method and path, parameters are decoded") {
  const auto router = sample();
  const struct {
    const char* method;
    const char* target;
    const char* answer;
  } rows[] = {
      {"GET", "/2015-03-31/functions", "ListFunctions"},
      {"GET", "/2015-03-31/functions/", "ListFunctions"},
      {"GET", "/2015-03-31/functions/?MaxItems=1", "ListFunctions"},
      {"POST", "/2015-03-31/functions", "CreateFunction"},
      {"GET", "/2015-03-31/functions/f", "GetFunction FunctionName=f"},
      {"HEAD", "/2015-03-31/functions/f", "GetFunction FunctionName=f"},
      {"GET", "/2015-03-31/functions/f/", "GetFunction FunctionName=f"},
      {"GET", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Af",
       "GetFunction FunctionName=arn:aws:lambda:us-east-1:123456789012:function:f"},
      {"GET", "/2015-03-31/functions/a%2Fb%", "GetFunction FunctionName=a/b%"},
      {"PUT", "/2015-03-31/functions/f/aliases/live", "UpdateAlias FunctionName=f Name=live"},
      {"GET", "/2018-10-31/layers?MaxItems=3", "ListLayers"},
      {"GET", "/2018-10-31/layers?Arn=x&find=LayerVersion", "GetLayerVersionByArn"},
      {"GET", "/2018-10-31/layers?find=other", "ListLayers"},
      {"GET", "/2017-03-31/tags/a/b%20c/d", "ListTags Resource=a/b c/d"},
      {"GET", "/2017-03-31/tags/1/2/3/4/5/6/7/8/9/10/11/12/13",
       "ListTags Resource=1/2/3/4/5/6/7/8/9/10/11/12/13"},
  };
  for (const auto& row : rows) {
    INFO(row.method << " " << row.target);
    CHECK(said(router, row.method, row.target) == row.answer);
  }
}

TEST_CASE("router: what is no operation is an error in AWS's shape") {
  const auto router = sample();
  const struct {
    const char* method;
    const char* target;
    const char* answer;
  } rows[] = {
      {"GET", "/", "404 UnknownOperationException"},
      {"GET", "", "404 UnknownOperationException"},
      {"GET", "*", "404 UnknownOperationException"},
      {"GET", "//", "404 UnknownOperationException"},
      {"GET", "/favicon.ico", "404 UnknownOperationException"},
      {"GET", "/2015-03-31/functions//", "404 UnknownOperationException"},
      {"GET", "/2015-03-31/functions/f/nothing", "404 UnknownOperationException"},
      {"PUT", "/2015-03-31/functions//aliases/live", "404 UnknownOperationException"},
      {"GET", "/2017-03-31/tags/", "404 UnknownOperationException"},
      {"DELETE", "/2015-03-31/functions", "405 MethodNotAllowedException"},
      {"OPTIONS", "/2015-03-31/functions", "405 MethodNotAllowedException"},
      {"HEAD", "/2015-03-31/functions/f/invocations", "405 MethodNotAllowedException"},
      {"get", "/2015-03-31/functions", "405 MethodNotAllowedException"},
  };
  for (const auto& row : rows) {
    INFO(row.method << " " << row.target);
    CHECK(said(router, row.method, row.target) == row.answer);
  }
}

TEST_CASE("router: each operation has its own body limit and words for what is above it") {
  const auto router = sample();
  const auto limit = [&router](const char* method, const char* target) {
    return router.body_limit_bytes(FakeExchange(method, target));
  };
  CHECK(limit("POST", "/2015-03-31/functions") == 70'167'211);
  CHECK(limit("POST", "/2015-03-31/functions/f/invocations") == 6'291'456);
  CHECK(limit("PUT", "/2015-03-31/functions/f/aliases/a") == 1'048'576);
  CHECK(limit("POST", "/nowhere") == 1'048'576);

  const auto create = router.too_large(FakeExchange("POST", "/2015-03-31/functions"));
  CHECK(create.status == 413);
  CHECK(error_type(create) == "RequestEntityTooLargeException");
  CHECK(create.body == R"({"Message":"Request must be smaller than 70167211 bytes )"
                       R"(for the CreateFunction operation"})");
  CHECK(header(create, "x-amzn-RequestId").size() == 36);
  const auto invoke = router.too_large(FakeExchange("POST", "/2015-03-31/functions/f/invocations"));
  CHECK(error_type(invoke) == "RequestEntityTooLargeException");
  CHECK(Json::parse(invoke.body)["Message"] ==
        "Request must be smaller than 6291456 bytes for the InvokeFunction operation");
}

TEST_CASE("router: checks come before every operation, and before saying that there is none") {
  auto router = sample();
  std::string seen;
  bool signature_is_right = false;
  router.set_checks({[&seen](const runtime_api::HttpExchange& exchange) { seen = exchange.path(); },
                     [](const runtime_api::HttpExchange& exchange) {
                       if (exchange.header("Origin")) throw ApiError(resource_conflict("origin"));
                     },
                     [&signature_is_right](const runtime_api::HttpExchange&) {
                       if (!signature_is_right) throw ApiError(precondition_failed("signature"));
                     }});
  CHECK(said(router, "GET", "/_klambda/health") == "Health");
  CHECK(seen == "/_klambda/health");
  CHECK(said(router, "GET", "/2015-03-31/functions") == "412 PreconditionFailedException");
  CHECK(said(router, "GET", "/nowhere") == "412 PreconditionFailedException");
  signature_is_right = true;
  CHECK(said(router, "GET", "/2015-03-31/functions") == "ListFunctions");
  FakeExchange foreign("GET", "/_klambda/health", "", {{"origin", "http://example.com"}});
  CHECK(router.answer(foreign).status == 409);
  FakeExchange own("PATCH", "/own/a//b", "", {{"origin", "http://example.com"}});
  signature_is_right = false;
  CHECK(router.answer(own).status == 200);
  CHECK(seen == "/own/a//b");
}

TEST_CASE("router: every answer has a request id, the operation's own where it has one") {
  const auto router = sample();
  FakeExchange exchange("GET", "/2015-03-31/functions");
  CHECK(header(router.answer(exchange), "x-amzn-RequestId").size() == 36);
  FakeExchange nowhere("GET", "/nowhere");
  CHECK(header(router.answer(nowhere), "x-amzn-RequestId").size() == 36);

  Router own;
  own.add("GET", "/own", "Own", [](ApiRequest&) {
    HttpResponse response;
    response.headers.emplace_back("x-amzn-RequestId", "mine");
    return response;
  });
  FakeExchange asks("GET", "/own");
  const auto response = own.answer(asks);
  CHECK(header(response, "x-amzn-RequestId") == "mine");
  CHECK(response.headers.size() == 1);
}

TEST_CASE("router: a body is a JSON object or one SerializationException") {
  CHECK(echoed("").body == "{}");
  CHECK(echoed(" \r\n").body == "{}");
  CHECK(echoed(R"({"b": [1, {"c": null}], "a": "ü"})").body == R"({"b":[1,{"c":null}],"a":"ü"})");
  CHECK(echoed(nested("[", 499, "]")).status == 200);

  std::string many = R"({"a":[0)";
  for (int i = 0; i < 6'000; ++i) many += R"(,{"a":1,"b":2})";
  many += "]}";
  const std::string broken[] = {
      "[]",
      "null",
      "\"text\"",
      "1",
      "{",
      R"({"a": )",
      R"({"a": 1,})",
      R"({"a": 1} x)",
      "{\"a\": \"\xff\xfe\"}",
      "{\"a\": \"\xed\xa0\x80\"}",
      R"({"a": "\ud800"})",
      R"({"a": 01})",
      R"({"a": 1e999})",
      std::string("{\"a\": \"\0\"}", 10),
      nested("[", 500, "]"),
      nested("[", 100'000, "]"),
      nested("[", 100'000, ""),
      nested("{\"a\":", 100'000, "}"),
      std::string(1'000'000, '['),
      many,
  };
  for (const auto& body : broken) {
    INFO(body.substr(0, 60));
    const auto response = echoed(body);
    CHECK(response.status == 400);
    CHECK(error_type(response) == "SerializationException");
    CHECK(Json::parse(response.body)["message"].get<std::string>().starts_with(
        "Could not parse request body into json: "));
  }
}

TEST_CASE("the message member's case follows the exception") {
  const auto not_found = to_response(resource_not_found("Function not found: x"));
  CHECK(not_found.status == 404);
  CHECK(error_type(not_found) == "ResourceNotFoundException");
  CHECK(not_found.body == R"({"Type":"User","Message":"Function not found: x"})");

  const auto bad_content = to_response(invalid_request_content("no"));
  CHECK(bad_content.status == 400);
  CHECK(bad_content.body == R"({"Type":"User","message":"no"})");

  const auto throttled =
      to_response(too_many_requests("Rate Exceeded.", "ConcurrentInvocationLimitExceeded"));
  CHECK(throttled.status == 429);
  CHECK(Json::parse(throttled.body)["Reason"] == "ConcurrentInvocationLimitExceeded");

  CHECK(to_response(validation_error("1 validation error detected")).body ==
        R"({"message":"1 validation error detected"})");
  CHECK(to_response(service_error("broken")).body == R"({"Type":"Service","Message":"broken"})");
}

TEST_CASE("bytes that are not UTF-8 do not break an error's body") {
  CHECK(Json::accept(to_response(unknown_path("/\xff\xfe")).body));
}
