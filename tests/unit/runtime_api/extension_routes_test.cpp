#include "runtime_api/extension_routes.h"

#include <string>

#include "runtime_api/uuid.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::HttpClient;

namespace {

const std::string kBase = "/2020-01-01/extension";

// One environment's port with extensions, and requests to it.
class Rig {
 public:
  Session session{{}};
  Extensions extensions{{"orders", "$LATEST", "app.handler", "000000000000"}, {}};
  ExtensionRoutes routes{extensions};
  RuntimeApi api{session, {&routes}};
  HttpClient client{port()};

  std::uint16_t port() const {
    const std::string address = api.host_and_port();
    return static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  }
  test::HttpReply enlist(const std::string& name, const std::string& body,
                         const std::string& more = {}) {
    return client.request("POST", kBase + "/register", body,
                          (name.empty() ? "" : "Lambda-Extension-Name: " + name + "\r\n") + more);
  }
  // Status and body.
  std::string call(const std::string& method, const std::string& path, const std::string& head) {
    const auto reply = client.request(method, kBase + path, {}, head);
    return std::to_string(reply.status) + " " + reply.body;
  }
};

std::string identifier(const std::string& id) {
  return "Lambda-Extension-Identifier: " + id + "\r\n";
}

std::string error_body(const std::string& type, const std::string& message) {
  return R"({"errorMessage":")" + message + R"(","errorType":")" + type + "\"}\n";
}

}  // namespace

TEST_CASE("register answers with the function and an identifier") {
  Rig rig;
  const auto reply = rig.enlist("agent", R"({"events":["INVOKE"]})");
  CHECK(reply.status == 200);
  CHECK(reply.header("Lambda-Extension-Identifier").size() == 36);
  CHECK(reply.body ==
        "{\"functionName\":\"orders\",\"functionVersion\":\"$LATEST\","
        "\"handler\":\"app.handler\"}\n");
  const auto with_account = rig.enlist("second", R"({"events":null})",
                                       "Lambda-Extension-Accept-Feature: other, accountId\r\n");
  CHECK(with_account.body ==
        "{\"functionName\":\"orders\",\"functionVersion\":\"$LATEST\","
        "\"handler\":\"app.handler\",\"accountId\":\"000000000000\"}\n");
}

TEST_CASE("what register refuses") {
  Rig rig;
  const auto refused = [](const test::HttpReply& reply) {
    return std::to_string(reply.status) + " " + reply.body;
  };
  CHECK(refused(rig.enlist("", "{}")) ==
        "403 " + error_body("Extension.InvalidExtensionName", "Empty extension name"));
  CHECK(refused(rig.enlist("a", "")) ==
        "403 " + error_body("InvalidRequestFormat", "unexpected end of JSON input"));
  CHECK(refused(rig.enlist("a", "{nonsense")).find("InvalidRequestFormat") != std::string::npos);
  CHECK(refused(rig.enlist("a", "[]")).find("InvalidRequestFormat") != std::string::npos);
  CHECK(refused(rig.enlist("a", R"({"events":[1]})")).find("InvalidRequestFormat") !=
        std::string::npos);
  CHECK(refused(rig.enlist("a", R"({"events":[],"configurationKeys":["x"]})")) ==
        "403 " + error_body("InvalidRequestFormat",
                            "configurationKeys are deprecated; use environment variables instead"));
  CHECK(refused(rig.enlist("a", R"({"events":["A\"B"]})")) ==
        "403 " + error_body("Extension.InvalidEventType", "A\\\"B: ErrorInvalidEventType"));
  CHECK(rig.extensions.infos().empty());
}

TEST_CASE("every route but register wants an identifier, and the two errors a type") {
  Rig rig;
  const auto id = rig.enlist("agent", "{}").header("Lambda-Extension-Identifier");
  const std::string type = "Lambda-Extension-Function-Error-Type: Extension.Bad\r\n";
  const std::string stranger = new_uuid();
  for (const std::string path : {"/event/next", "/init/error", "/exit/error"}) {
    const std::string method = path == "/event/next" ? "GET" : "POST";
    CHECK(rig.call(method, path, type) ==
          "403 " + error_body("Extension.MissingExtensionIdentifier",
                              "Missing Lambda-Extension-Identifier header"));
    CHECK(rig.call(method, path, type + identifier("no-uuid")) ==
          "403 " + error_body("Extension.InvalidExtensionIdentifier",
                              "Invalid Lambda-Extension-Identifier"));
    const std::string unknown = path == "/event/next" ? "Unknown extension " + stranger
                                                      : "Unknown Lambda-Extension-Identifier";
    CHECK(rig.call(method, path, type + identifier(stranger)) ==
          "403 " + error_body("Extension.UnknownExtensionIdentifier", unknown));
    if (method == "POST") {
      CHECK(rig.call(method, path, identifier(id)) ==
            "403 " + error_body("Extension.MissingHeader",
                                "Lambda-Extension-Function-Error-Type not found"));
    }
    CHECK(rig.call("PUT", path, identifier(id)).substr(0, 3) == "405");
  }
  CHECK(rig.call("GET", "/register", "").substr(0, 3) == "405");
  CHECK(rig.call("GET", "/nothing", "").substr(0, 3) == "404");
  CHECK(rig.call("POST", "/exit/error", type + identifier(id)) == "202 {\"status\":\"OK\"}\n");
  CHECK(rig.extensions.infos()[0].error_type == "Extension.Bad");
}

TEST_CASE("an event reaches the extension that waits, in any writing of its identifier") {
  Rig rig;
  auto id = rig.enlist("agent", R"({"events":["INVOKE"]})").header("Lambda-Extension-Identifier");
  for (char& c : id) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  rig.client.send_request("GET", kBase + "/event/next", {}, identifier("{" + id + "}"));
  REQUIRE(
      test::eventually([&] { return rig.extensions.infos()[0].state == ExtensionState::Ready; }));
  rig.extensions.close_registration();
  CHECK(rig.extensions.begin_invocation({"id-1", "arn", "", 5}));
  const auto reply = rig.client.read_reply();
  CHECK(reply.status == 200);
  CHECK(reply.header("Content-Type") == "application/json");
  CHECK(reply.header("Lambda-Extension-Event-Identifier").size() == 36);
  CHECK(reply.body ==
        R"({"eventType":"INVOKE","deadlineMs":5,"requestId":"id-1","invokedFunctionArn":"arn"})");
}

TEST_CASE("an extension whose connection breaks asks again and gets its event") {
  Rig rig;
  const auto id =
      rig.enlist("agent", R"({"events":["INVOKE"]})").header("Lambda-Extension-Identifier");
  const auto ready = [&] { return rig.extensions.infos()[0].state == ExtensionState::Ready; };
  {
    HttpClient broken(rig.port());
    broken.send_request("GET", kBase + "/event/next", {}, identifier(id));
    REQUIRE(test::eventually(ready));
  }
  // Refused for as long as the server has not seen the end of the first.
  REQUIRE(test::eventually([&] {
    rig.client.send_request("GET", kBase + "/event/next", {}, identifier(id));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    if (!rig.client.has_input()) return true;
    rig.client.read_reply();
    return false;
  }));
  rig.extensions.close_registration();
  rig.extensions.begin_invocation({"id-1", "arn", "", 5});
  CHECK(rig.client.read_reply().status == 200);
}

TEST_CASE("close() answers those that wait, and stop() ends their connections") {
  Rig rig;
  const auto id = rig.enlist("agent", "{}").header("Lambda-Extension-Identifier");
  rig.client.send_request("GET", kBase + "/event/next", {}, identifier(id));
  REQUIRE(
      test::eventually([&] { return rig.extensions.infos()[0].state == ExtensionState::Ready; }));
  SECTION("close") {
    rig.extensions.close();
    CHECK(rig.client.read_reply().status == 403);
  }
  SECTION("stop") {
    rig.api.stop();
    CHECK(rig.client.closed_by_server());
  }
}

TEST_CASE("identifiers are version 4 UUIDs, and read in every form that Go reads") {
  const auto id = new_uuid();
  CHECK(id != new_uuid());
  CHECK(id[14] == '4');
  CHECK(std::string("89ab").find(id[19]) != std::string::npos);
  CHECK(parse_uuid(id) == id);
  CHECK(parse_uuid("urn:uuid:" + id) == id);
  CHECK(parse_uuid("{" + id + "}") == id);
  std::string bare = id;
  std::erase(bare, '-');
  CHECK(parse_uuid(bare) == id);
  CHECK_FALSE(parse_uuid("").has_value());
  CHECK_FALSE(parse_uuid(id + "0").has_value());
  CHECK_FALSE(parse_uuid(id.substr(0, 35) + "g").has_value());
}
