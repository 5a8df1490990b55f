#include "runtime_api/telemetry_subscription.h"

#include <string>

#include "tests/support/catch.h"

using namespace runtime_api;

namespace {

const std::string kHttp =
    R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain:8080/x"})";
const std::string kTypes = R"("types":["platform","function"])";
const std::string kVersion = R"("schemaVersion":"2022-12-13")";

std::string object(std::initializer_list<std::string> members) {
  std::string text = "{";
  for (const auto& member : members) text += (text.size() > 1 ? "," : "") + member;
  return text + "}";
}

std::string problem(const std::string& body, TelemetryApi api = TelemetryApi::Telemetry) {
  const auto parsed = parse_subscription(api, body);
  const auto* invalid = std::get_if<InvalidSubscription>(&parsed);
  return invalid == nullptr ? "" : invalid->message;
}

std::string buffering(const std::string& text) {
  return problem(object({kVersion, kTypes, kHttp, "\"buffering\":" + text}));
}

}  // namespace

TEST_CASE("a subscription with its defaults") {
  const auto parsed =
      parse_subscription(TelemetryApi::Telemetry, object({kVersion, kTypes, kHttp}));
  const auto* subscription = std::get_if<TelemetrySubscription>(&parsed);
  REQUIRE(subscription != nullptr);
  CHECK(subscription->max_items == 10'000);
  CHECK(subscription->max_bytes == 262'144);
  CHECK(subscription->timeout == std::chrono::milliseconds(1'000));
  CHECK(subscription->port == 8080);
  CHECK(subscription->path == "/x");
  CHECK(subscription->wants(TelemetryType::Platform));
  CHECK_FALSE(subscription->wants(TelemetryType::Extension));
  CHECK(subscription->lines_as_objects());
}

TEST_CASE("versions of the schema") {
  for (const std::string version : {"2022-07-01", "2022-12-13", "2025-01-29"}) {
    const auto parsed = parse_subscription(
        TelemetryApi::Telemetry, object({R"("schemaVersion":")" + version + "\"", kTypes, kHttp}));
    const auto* subscription = std::get_if<TelemetrySubscription>(&parsed);
    REQUIRE(subscription != nullptr);
    CHECK(subscription->lines_as_objects() == (version != "2022-07-01"));
  }
  CHECK(problem(object({kTypes, kHttp})) == "schemaVersion is not provided");
  CHECK(problem(object({R"("schemaVersion":"2020-08-15")", kTypes, kHttp})) ==
        "schemaVersion is unknown");
  // The Logs API has a default.
  CHECK(problem(object({kTypes, kHttp}), TelemetryApi::Logs).empty());
  CHECK(problem(object({kVersion, kTypes, kHttp}), TelemetryApi::Logs) ==
        "schemaVersion is unknown");
  const auto newer = parse_subscription(TelemetryApi::Logs,
                                        object({R"("schemaVersion":"2021-03-18")", kTypes, kHttp}));
  REQUIRE(std::holds_alternative<TelemetrySubscription>(newer));
  CHECK(std::get<TelemetrySubscription>(newer).wants_runtime_done());
  CHECK_FALSE(std::get<TelemetrySubscription>(newer).lines_as_objects());
}

TEST_CASE("ranges of buffering, both ends") {
  CHECK(buffering(R"({"maxItems":1000,"maxBytes":262144,"timeoutMs":25})").empty());
  CHECK(buffering(R"({"maxItems":10000,"maxBytes":1048576,"timeoutMs":30000})").empty());
  CHECK(buffering("null").empty());
  CHECK(buffering(R"({"maxItems":999})") == "buffering.maxItems should be between 1000 and 10000");
  CHECK_FALSE(buffering(R"({"maxItems":10001})").empty());
  CHECK(buffering(R"({"maxBytes":262143})") ==
        "buffering.maxBytes should be between 262144 and 1048576");
  CHECK_FALSE(buffering(R"({"maxBytes":1048577})").empty());
  CHECK(buffering(R"({"timeoutMs":24})") == "buffering.timeoutMs should be between 25 and 30000");
  CHECK_FALSE(buffering(R"({"timeoutMs":30001})").empty());
  CHECK_FALSE(buffering(R"({"timeoutMs":1e300})").empty());
  CHECK_FALSE(buffering(R"({"timeoutMs":18446744073709551615})").empty());
  CHECK_FALSE(buffering(R"({"timeoutMs":"100"})").empty());
  CHECK_FALSE(buffering("[]").empty());
}

TEST_CASE("types") {
  CHECK(problem(object({kVersion, kHttp})) == "types should not be empty");
  CHECK(problem(object({kVersion, R"("types":[])", kHttp})) == "types should not be empty");
  CHECK(problem(object({kVersion, R"("types":["platform","logs"])", kHttp})) ==
        "types contains an unknown type");
  CHECK(problem(object({kVersion, R"("types":[7])", kHttp})) == "types contains an unknown type");
}

TEST_CASE("destinations") {
  const auto destination = [](const std::string& text) {
    return problem(object({kVersion, kTypes, "\"destination\":" + text}));
  };
  const auto uri = [&](const std::string& text) {
    return destination(R"({"protocol":"HTTP","URI":")" + text + "\"}");
  };
  CHECK(uri("http://sandbox.localdomain:80").empty());
  CHECK(uri("http://sandbox:80/").empty());
  CHECK(uri("http://sandbox.localdomain") == "URI port is not provided");
  CHECK(uri("http://localhost:80") == "URI host should be sandbox.localdomain");
  CHECK(uri("https://sandbox.localdomain:80") == "URI scheme should be http");
  CHECK(uri("http://sandbox.localdomain:9001") == "port 9001 is reserved");
  CHECK_FALSE(uri("http://sandbox.localdomain:0").empty());
  CHECK_FALSE(uri("http://sandbox.localdomain:65536").empty());
  CHECK_FALSE(uri("http://sandbox.localdomain:80x").empty());
  CHECK_FALSE(uri("http://sandbox.localdomain:80/a b").empty());
  CHECK(destination(R"({"protocol":"TCP","port":8080})").empty());
  CHECK(destination(R"({"protocol":"TCP","port":9001})") == "port 9001 is reserved");
  CHECK(destination(R"({"protocol":"TCP"})") == "port is not provided");
  CHECK_FALSE(destination(R"({"protocol":"TCP","port":0})").empty());
  CHECK_FALSE(destination(R"({"protocol":"TCP","port":70000})").empty());
  CHECK(destination(R"({"protocol":"HTTP"})") == "URI is not provided");
  CHECK(destination(R"({"protocol":"UDP","port":1})") ==
        "destination protocol should be HTTP or TCP");
  CHECK(problem(object({kVersion, kTypes})) == "destination is not provided");
}

TEST_CASE("everything that is wrong is said at once, as AWS does") {
  CHECK(problem(
            object({kVersion, R"("types":[])",
                    R"("destination":{"protocol":"HTTP","URI":"http://sandbox.localdomain"})"})) ==
        "types should not be empty; URI port is not provided");
  CHECK_FALSE(problem("").empty());
  CHECK_FALSE(problem("[]").empty());
  CHECK_FALSE(problem("{").empty());
}
