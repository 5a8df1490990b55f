#include "emulator/control/url_cors.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;
using ::test::FakeExchange;

namespace {

constexpr const char* kPage = "https://page.example";

std::string header(const runtime_api::HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

CorsRules cors_of(const std::string& cors) {
  const Json config = Json::parse(R"({"Cors":)" + cors + "}");
  return CorsRules(&config);
}

FakeExchange question(const std::string& origin) {
  return FakeExchange("OPTIONS", "/", {},
                      {{"Origin", origin},
                       {"Access-Control-Request-Method", "PUT"},
                       {"Access-Control-Request-Headers", "x-a, x-b"}});
}

}  // namespace

TEST_CASE("CORS: without a configuration no page of another origin is let in") {
  const CorsRules none(nullptr);
  CHECK_FALSE(none.allows(kPage));
  CHECK_FALSE(none.preflight(question(kPage)));
  runtime_api::HttpResponse response;
  none.apply(kPage, response);
  CHECK(response.headers.empty());
}

TEST_CASE("CORS: a browser's question is answered without the function") {
  const auto cors = cors_of(R"({"AllowOrigins":["https://page.example"],"AllowMethods":["GET"],
      "AllowHeaders":["x-a"],"AllowCredentials":true,"MaxAge":60})");
  const auto answer = cors.preflight(question(kPage));
  REQUIRE(answer);
  CHECK(answer->status == 200);
  CHECK(header(*answer, "Access-Control-Allow-Origin") == kPage);
  CHECK(header(*answer, "Access-Control-Allow-Methods") == "GET");
  CHECK(header(*answer, "Access-Control-Allow-Headers") == "x-a");
  CHECK(header(*answer, "Access-Control-Allow-Credentials") == "true");
  CHECK(header(*answer, "Access-Control-Max-Age") == "60");
  CHECK_FALSE(cors.preflight(question("https://other.example")));
  CHECK_FALSE(cors.preflight(FakeExchange("OPTIONS", "/", {}, {{"Origin", kPage}})));
}

TEST_CASE("CORS: anything") {
  const auto cors = cors_of(R"({"AllowOrigins":["*"],"AllowMethods":["*"],"AllowHeaders":["*"]})");
  const auto answer = cors.preflight(question(kPage));
  REQUIRE(answer);
  CHECK(header(*answer, "Access-Control-Allow-Methods") == "PUT");
  CHECK(header(*answer, "Access-Control-Allow-Headers") == "x-a, x-b");
}

TEST_CASE("CORS: the configuration's headers replace the function's") {
  const auto cors =
      cors_of(R"({"AllowOrigins":["https://page.example"],"ExposeHeaders":["x-a","x-b"]})");
  runtime_api::HttpResponse response;
  response.headers = {{"access-control-allow-origin", "*"}, {"X-Other", "stays"}};
  cors.apply(kPage, response);
  CHECK(header(response, "access-control-allow-origin").empty());
  CHECK(header(response, "Access-Control-Allow-Origin") == kPage);
  CHECK(header(response, "Access-Control-Expose-Headers") == "x-a,x-b");
  CHECK(header(response, "X-Other") == "stays");
}
