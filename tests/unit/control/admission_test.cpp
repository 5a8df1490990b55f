#include "emulator/control/admission.h"

#include <string>

#include "emulator/catalog/api_error.h"
#include "emulator/config/utc.h"
#include "emulator/control/control_plane.h"
#include "emulator/control/status.h"
#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/http_client.h"

using namespace emulator;
using test::FakeExchange;

namespace {

// "" when it is let pass, else what it is told.
std::string refusal(const std::string& bound_host, const FakeExchange::Headers& headers) {
  try {
    const FakeExchange exchange("POST", "/2015-03-31/functions", "{}", headers);
    refuse_foreign_host(exchange, bound_host);
    refuse_foreign_page(exchange);
    return {};
  } catch (const ApiError& error) {
    CHECK(error.status == 403);
    CHECK(error.type == "AccessDeniedException");
    return error.what();
  }
}

bool passes(const std::string& bound_host, const std::string& host) {
  return refusal(bound_host, {{"Host", host}}).empty();
}

std::uint16_t port_of(const ControlPlane& plane) {
  const auto url = plane.url();
  return static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
}

}  // namespace

TEST_CASE("a listener of this machine alone is called by this machine's names alone") {
  for (const char* bound : {"127.0.0.1", "localhost", "::1"}) {
    for (const char* host : {"127.0.0.1:3001", "localhost:3001", "LOCALHOST", "localhost.",
                             "lambda.localhost:3001", "[::1]:3001", "127.0.0.2"}) {
      INFO(bound << " " << host);
      CHECK(passes(bound, host));
    }
    for (const char* host :
         {"", "example.com:3001", "localhost.example.com", "notlocalhost", "10.0.0.1:3001",
          "klambda:3001", "host.docker.internal", "127.0.0.1.nip.io", "0.0.0.0"}) {
      INFO(bound << " " << host);
      CHECK_FALSE(passes(bound, host));
    }
    CHECK_FALSE(refusal(bound, {}).empty());
  }
}

TEST_CASE("a listener that others reach has addresses, the name it was given and private names") {
  for (const char* host : {"127.0.0.1:3001", "localhost", "192.168.1.20:3001", "[fd00::1]:3001",
                           "klambda:3001", "host.docker.internal:3001", "build7.local"}) {
    INFO(host);
    CHECK(passes("0.0.0.0", host));
  }
  for (const char* host : {"example.com", "rebind.example.com:3001", "127.0.0.1.nip.io", ""}) {
    INFO(host);
    CHECK_FALSE(passes("0.0.0.0", host));
  }
  CHECK(passes("Build7.example.com", "build7.example.com:3001"));
  CHECK_FALSE(passes("build7.example.com", "example.com"));
  CHECK(refusal("0.0.0.0", {{"Host", "example.com:3001"}}) ==
        "klambda does not answer for the host 'example.com:3001', which may be any web page's: "
        "call it as localhost or by its address, or start it with that name as --host");
}

TEST_CASE("a web page of another origin is refused, klambda's own is not") {
  const auto from = [](const std::string& name, const std::string& value) {
    return refusal("127.0.0.1", {{"Host", "localhost:3001"}, {name, value}});
  };
  CHECK(from("Origin", "http://localhost:3001").empty());
  CHECK(from("Origin", "HTTP://LOCALHOST:3001").empty());
  for (const char* origin :
       {"http://example.com", "https://localhost:3001", "http://localhost:3000", "http://localhost",
        "http://127.0.0.1:3001", "null", ""}) {
    INFO(origin);
    CHECK(from("Origin", origin) ==
          "klambda does not answer web pages of other origins, as '" + std::string(origin) + "'");
  }
  CHECK(from("Sec-Fetch-Site", "cross-site") == "klambda does not answer web pages of other sites");
  for (const char* site : {"none", "same-origin", "same-site"})
    CHECK(from("Sec-Fetch-Site", site).empty());
}

TEST_CASE("a request is let pass when it is signed with the key") {
  const AwsCredentials key{"AKIDEXAMPLE", "secret", ""};
  const std::string target = "/2015-03-31/functions/f?Qualifier=a%20b&x";
  SignableRequest signable;
  signable.method = "GET";
  signable.host = "localhost:3001";
  signable.path = "/2015-03-31/functions/f";
  signable.query = {{"Qualifier", "a b"}, {"x", ""}};
  FakeExchange::Headers headers{{"Host", "localhost:3001"}};
  for (const auto& header : sign(signable, key, {"us-east-1", "lambda", epoch_ms_now() / 1'000}))
    headers.push_back(header);
  CHECK_NOTHROW(refuse_unsigned(FakeExchange("GET", target, "", headers), key));
  CHECK_THROWS_AS(refuse_unsigned(FakeExchange("GET", target + "x", "", headers), key), ApiError);
  try {
    refuse_unsigned(FakeExchange("GET", target), key);
    FAIL("let pass");
  } catch (const ApiError& error) {
    CHECK(error.status == 403);
    CHECK(error.type == "MissingAuthenticationTokenException");
    CHECK(to_response(error).body == R"({"message":"Missing Authentication Token"})");
  }
}

TEST_CASE(
    "the control plane refuses what is foreign or unsigned, and says to anyone that it lives") {
  Router router;
  router.add("GET", "/2015-03-31/functions", "ListFunctions",
             [](ApiRequest&) { return json_response(200, Json::object()); });
  add_health(router, [] { return true; });
  ControlPlane plane("127.0.0.1", 0, std::move(router),
                     AwsCredentials{"AKIDEXAMPLE", "secret", ""});
  test::HttpClient client(port_of(plane));
  const auto health = client.request("GET", "/_klambda/health");
  CHECK(health.status == 200);
  CHECK(health.body == R"({"ready":true})");
  CHECK(client.request("HEAD", "/_klambda/health").status == 200);
  for (const char* path : {"/2015-03-31/functions", "/nowhere", "/_klambda/status"}) {
    const auto reply = client.request("GET", path);
    CHECK(reply.status == 403);
    CHECK(reply.header("x-amzn-ErrorType") == "MissingAuthenticationTokenException");
    CHECK(reply.header("x-amzn-RequestId").size() == 36);
  }
  const auto preflight = client.request("OPTIONS", "/2015-03-31/functions", {},
                                        "Origin: http://example.com\r\n"
                                        "Access-Control-Request-Method: POST\r\n");
  CHECK(preflight.status == 403);
  CHECK(preflight.header("x-amzn-ErrorType") == "AccessDeniedException");
  for (const auto& [name, value] : preflight.headers)
    CHECK(name.find("Access-Control") == name.npos);
  CHECK(client.request("GET", "/_klambda/health", {}, "Origin: null\r\n").status == 403);
}
