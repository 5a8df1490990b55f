#include "emulator/control/aliases.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"

using namespace emulator;
using emulator::test::add_function;
using emulator::test::call;
using emulator::test::check_golden;

namespace {

const std::string kPath = "/2015-03-31/functions/orders/aliases";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:orders";

struct Api {
  Api() {
    add_function(functions, "orders", 2);
    add_aliases(router, functions);
  }
  FunctionCatalog functions;
  Router router;
};

}  // namespace

TEST_CASE("alias: a whole life") {
  Api api;
  const auto made = call(api.router, "POST", kPath,
                         R"({"Name":"live","FunctionVersion":"1","Description":"what runs",)"
                         R"("RoutingConfig":{"AdditionalVersionWeights":{"2":0.25}}})");
  CHECK(made.status == 201);
  auto shown = made.body;
  shown["RevisionId"] = "f8a1c1f0-0000-4000-8000-000000000001";
  check_golden("api_alias.json", shown.dump());
  CHECK(call(api.router, "GET", kPath + "/live").text == made.text);

  const auto updated =
      call(api.router, "PUT", kPath + "/live", R"({"FunctionVersion":"2","RoutingConfig":{}})");
  CHECK(updated.status == 200);
  CHECK(updated.body.at("FunctionVersion") == "2");
  CHECK_FALSE(updated.body.contains("RoutingConfig"));
  const auto stale = call(api.router, "PUT", kPath + "/live",
                          R"({"RevisionId":")" + made.body.value("RevisionId", "") + R"("})");
  CHECK(stale.status == 412);
  CHECK(stale.error == "PreconditionFailedException");

  CHECK(call(api.router, "DELETE", kPath + "/live").status == 204);
  CHECK(call(api.router, "DELETE", kPath + "/live").status == 204);
  CHECK(api.functions.find("orders")->aliases.empty());
}

TEST_CASE("alias: lists by version and in pages") {
  Api api;
  for (const char* const name : {"a", "b", "c"}) {
    call(api.router, "POST", kPath,
         std::string(R"({"Name":")") + name + R"(","FunctionVersion":"1"})");
  }
  call(api.router, "POST", kPath, R"({"Name":"d","FunctionVersion":"2"})");
  const auto of_version = call(api.router, "GET", kPath + "?FunctionVersion=2");
  REQUIRE(of_version.body.at("Aliases").size() == 1);
  CHECK(of_version.body["Aliases"][0].at("Name") == "d");

  std::string names;
  std::string marker;
  do {
    const auto page = call(api.router, "GET", kPath + "?MaxItems=2&Marker=" + marker);
    for (const auto& alias : page.body.at("Aliases")) names += alias.value("Name", "");
    names += ";";
    marker = page.body.value("NextMarker", "");
  } while (!marker.empty());
  CHECK(names == "ab;cd;");
  CHECK(call(api.router, "GET", kPath + "?MaxItems=0").message() ==
        "1 validation error detected: Value '0' at 'maxItems' failed to satisfy constraint: Member "
        "must have value greater than or equal to 1");
  CHECK(call(api.router, "GET", kPath + "?MaxItems=x").error == "SerializationException");
}

TEST_CASE("alias: what AWS's framework says of a body") {
  Api api;
  const auto message = [&](const std::string& body) {
    return call(api.router, "POST", kPath, body).message();
  };
  CHECK(message(R"({"Name":"custom","FunctionVersion":"1",)"
                R"("RoutingConfig":{"AdditionalVersionWeights":{"2":2}}})") ==
        "1 validation error detected: Value '{2=2.0}' at 'routingConfig.additionalVersionWeights' "
        "failed to satisfy constraint: Map value must satisfy constraint: [Member must have value "
        "less than or equal to 1.0, Member must have value greater than or equal to 0.0, Member "
        "must not be null]");
  CHECK(message(R"({"Name":"custom","FunctionVersion":"1",)"
                R"("RoutingConfig":{"AdditionalVersionWeights":{"$LATEST":0.5}}})") ==
        "1 validation error detected: Value '{$LATEST=0.5}' at "
        "'routingConfig.additionalVersionWeights' failed to satisfy constraint: Map keys must "
        "satisfy constraint: [Member must have length less than or equal to 1024, Member must have "
        "length greater than or equal to 1, Member must satisfy regular expression pattern: "
        "[0-9]+, Member must not be null]");
  CHECK(message(R"({"Name":"123","FunctionVersion":"1"})") ==
        "1 validation error detected: Value '123' at 'name' failed to satisfy constraint: Member "
        "must satisfy regular expression pattern: (?!^[0-9]+$)([a-zA-Z0-9-_]+)");
  CHECK(message("{}") ==
        "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member "
        "must not be null; Value null at 'functionVersion' failed to satisfy constraint: Member "
        "must not be null");
}

TEST_CASE("alias: what is not there") {
  Api api;
  CHECK(call(api.router, "GET", kPath + "/live").message() ==
        "Cannot find alias arn: " + kArn + ":live");
  CHECK(call(api.router, "PUT", kPath + "/live", "{}").message() ==
        "Alias not found: " + kArn + ":live");
  const auto none = call(api.router, "POST", "/2015-03-31/functions/none/aliases",
                         R"({"Name":"live","FunctionVersion":"1"})");
  CHECK(none.status == 404);
  CHECK(none.message() ==
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:none:1");
}
