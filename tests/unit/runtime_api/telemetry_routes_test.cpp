#include "runtime_api/telemetry_routes.h"

#include <string>

#include "runtime_api/extension_routes.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"
#include "tests/unit/runtime_api/telemetry_subscriber.h"

using namespace runtime_api;

namespace {

const std::string kTelemetry = "/2022-07-01/telemetry";
const std::string kLogs = "/2020-08-15/logs";

class Rig {
 public:
  Session session{{}};
  Extensions extensions{{"orders", "$LATEST", "app.handler", "000000000000"}, {}};
  Telemetry telemetry{Telemetry::LogFormat::Text, {}};
  ExtensionRoutes extension_routes{extensions};
  TelemetryRoutes telemetry_routes{extensions, telemetry};
  RuntimeApi api{session, {&extension_routes, &telemetry_routes}};
  test::HttpClient client{port()};
  test::HttpSubscriber subscriber;

  std::uint16_t port() const {
    const std::string address = api.host_and_port();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  std::string enlist(const std::string& name) {
    const auto reply = client.request("POST", "/2020-01-01/extension/register", R"({"events":[]})",
                                      "Lambda-Extension-Name: " + name + "\r\n");
    return "Lambda-Extension-Identifier: " + reply.header("Lambda-Extension-Identifier") + "\r\n";
  }
  std::string subscription(const std::string& version) const {
    return R"({"schemaVersion":")" + version +
           R"(","types":["platform"],"destination":{"protocol":"HTTP",)" +
           R"("URI":"http://sandbox.localdomain:)" +
           std::to_string(subscriber.subscription({}).port) + R"(/telemetry"}})";
  }
  std::string put(const std::string& path, const std::string& body, const std::string& head) {
    const auto reply = client.request("PUT", path, body, head);
    return std::to_string(reply.status) + " " + reply.body;
  }
};

}  // namespace

TEST_CASE("an extension subscribes to telemetry, and again") {
  Rig rig;
  const auto id = rig.enlist("agent");
  CHECK(rig.put(kTelemetry, rig.subscription("2022-12-13"), id) == "200 \"OK\"");
  CHECK(rig.put(kTelemetry, rig.subscription("2022-12-13"), id) == "200 \"OK\"");
  CHECK(rig.put(kLogs, rig.subscription("2021-03-18"), id).substr(0, 37) ==
        R"(400 {"errorType":"Logs.ValidationErro)");
  CHECK(rig.put(kLogs, rig.subscription("2021-03-18"), rig.enlist("second")) == "200 \"OK\"");
}

TEST_CASE("what the two routes refuse") {
  Rig rig;
  const auto id = rig.enlist("agent");
  for (const auto& path : {kTelemetry, kLogs}) {
    const bool logs = path == kLogs;
    const auto body = rig.subscription(logs ? "2020-08-15" : "2022-07-01");
    CHECK(rig.put(path, body, "") ==
          "403 {\"errorMessage\":\"Missing Lambda-Extension-Identifier header\","
          "\"errorType\":\"Extension.MissingExtensionIdentifier\"}\n");
    CHECK(rig.put(path, body, "Lambda-Extension-Identifier: x\r\n")
              .find("Extension.InvalidExtensionIdentifier") != std::string::npos);
    CHECK(rig.put(path, body,
                  "Lambda-Extension-Identifier: 00000000-0000-4000-8000-000000000000\r\n") ==
          "403 {\"errorMessage\":\"Unknown extension 00000000-0000-4000-8000-000000000000\","
          "\"errorType\":\"Extension.UnknownExtensionIdentifier\"}\n");
    CHECK(rig.put(path, R"({"schemaVersion":"2022-07-01","types":[]})", id) ==
          (logs ? R"(400 {"errorType":"Logs.ValidationError","errorMessage":)"
                  R"("schemaVersion is unknown; types should not be empty; )"
                  R"(destination is not provided"})"
                : R"(400 {"errorType":"ValidationError","errorMessage":)"
                  R"("types should not be empty; destination is not provided"})"));
    CHECK(rig.client.request("POST", path, body, id).status == 405);
  }
  rig.telemetry.close_subscriptions();
  CHECK(rig.put(kTelemetry, rig.subscription("2022-12-13"), id) ==
        "403 {\"errorMessage\":\"Telemetry API subscription is closed\","
        "\"errorType\":\"Telemetry.SubscriptionClosed\"}\n");
  CHECK(rig.put(kLogs, rig.subscription("2021-03-18"), id) ==
        "403 {\"errorMessage\":\"Logs API subscription is closed\","
        "\"errorType\":\"Logs.SubscriptionClosed\"}\n");
}
