#include "emulator/control/versions.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"

using namespace emulator;
using emulator::test::add_function;
using emulator::test::call;

namespace {

const std::string kPath = "/2015-03-31/functions/orders/versions";

struct Api {
  Api() {
    add_function(functions, "orders");
    add_versions(router, functions);
  }
  FunctionCatalog functions;
  Router router;
};

}  // namespace

TEST_CASE("version: published once for each change") {
  Api api;
  const auto first = call(api.router, "POST", kPath, R"({"Description":"of the version"})");
  CHECK(first.status == 201);
  auto shown = first.body;
  shown["RevisionId"] = "f8a1c1f0-0000-4000-8000-000000000001";
  emulator::test::check_golden("api_version.json", shown.dump());
  CHECK(call(api.router, "POST", kPath, "{}").text == first.text);
  CHECK(call(api.router, "POST", kPath).text == first.text);

  api.functions.change("orders", [](const Function* present) {
    Function next = *present;
    next.latest.settings["Timeout"] = 7;
    return next;
  });
  CHECK(call(api.router, "POST", kPath).body.at("Version") == "2");
}

TEST_CASE("version: not while the function is being changed") {
  Api api;
  api.functions.change("orders", [](const Function* present) {
    Function next = *present;
    next.latest.deployment.last_update_status = "InProgress";
    return next;
  });
  const auto refused = call(api.router, "POST", kPath);
  CHECK(refused.status == 409);
  CHECK(refused.error == "ResourceConflictException");
}

TEST_CASE("version: lists begin with $LATEST and count as numbers do") {
  Api api;
  add_function(api.functions, "orders", 11);
  std::string versions;
  std::string marker;
  do {
    const auto page = call(api.router, "GET", kPath + "?MaxItems=5&Marker=" + marker);
    for (const auto& version : page.body.at("Versions")) {
      versions += version.value("Version", "") + " ";
      const std::string arn = version.value("FunctionArn", "");
      CHECK(arn == function_arn("orders", version.value("Version", "")));
      CHECK_FALSE(version.contains("State"));
    }
    versions += "; ";
    marker = page.body.value("NextMarker", "");
  } while (!marker.empty());
  CHECK(versions == "$LATEST 1 2 3 4 ; 5 6 7 8 9 ; 10 11 ; ");
}

TEST_CASE("version: of a function that is not there") {
  Api api;
  const auto none = call(api.router, "POST", "/2015-03-31/functions/none/versions");
  CHECK(none.status == 404);
  CHECK(none.message() == "Function not found: " + function_arn("none"));
  CHECK(call(api.router, "POST", kPath, R"({"PublishTo":"LATEST_PUBLISHED"})").status == 400);
}
