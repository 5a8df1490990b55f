#include "emulator/control/functions.h"

#include <optional>
#include <string>

#include "emulator/catalog/function_changes.h"
#include "tests/support/api_calls.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using emulator::test::call;

namespace {

constexpr const char* kFunctions = "/2015-03-31/functions";

// A control plane with these operations alone; what it makes is deployed only by settle().
struct Plane {
  FunctionCatalog functions;
  PackageStore packages{std::nullopt};
  LayerCatalog layers;
  CodeLinks links;
  Router router;
  TemporaryDirectory directory;

  Plane() { add_functions(router, {functions, packages, layers, links}); }

  Json body(const std::string& name) const {
    return {{"FunctionName", name},
            {"Runtime", "provided.al2023"},
            {"Handler", "bootstrap"},
            {"Role", "arn:aws:iam::123456789012:role/r"},
            {"Code", {{"S3Bucket", "klambda-local"}, {"S3Key", directory.path().string()}}}};
  }
  emulator::test::Answer create(const std::string& name, const Json& more = Json::object()) {
    Json all = body(name);
    all.update(more);
    return call(router, "POST", kFunctions, all.dump());
  }
  emulator::test::Answer put(const std::string& path, const Json& changes) {
    return call(router, "PUT", kFunctions + path, changes.dump());
  }
  emulator::test::Answer get(const std::string& path) {
    return call(router, "GET", kFunctions + path);
  }
  void settle(const std::string& name) {
    functions.change(name, [](const Function* present) {
      return deployed(*present, kLatest, present->latest.deployment_id, std::nullopt);
    });
  }
};

}  // namespace

TEST_CASE("functions are created, read, changed, listed and deleted") {
  Plane plane;
  const auto created = plane.create("orders", {{"Tags", {{"team", "a"}}}});
  CHECK(created.status == 201);
  CHECK(created.body["State"] == "Pending");
  CHECK(created.body["Version"] == "$LATEST");
  CHECK(plane.create("orders").message() == "Function already exist: orders");
  CHECK(plane.put("/orders/configuration", {{"Timeout", 5}}).error == "ResourceConflictException");
  plane.settle("orders");

  const auto got = plane.get("/orders");
  CHECK(got.status == 200);
  CHECK(got.body["Configuration"] == plane.get("/orders/configuration").body);
  CHECK(got.body["Code"]["RepositoryType"] == "S3");
  CHECK(got.body["Tags"]["team"] == "a");
  CHECK_FALSE(got.body.contains("Concurrency"));

  const auto changed =
      plane.put("/orders/configuration", {{"Timeout", 5}, {"Layers", Json::array()}});
  CHECK(changed.status == 200);
  CHECK(changed.body["Timeout"] == 5);
  CHECK(changed.body["LastUpdateStatus"] == "InProgress");
  CHECK(plane.functions.find("orders")->latest.config.timeout == std::chrono::seconds(5));

  CHECK(plane.get("").body["Functions"].size() == 1);
  CHECK(call(plane.router, "DELETE", std::string(kFunctions) + "/orders").status == 204);
  CHECK(plane.get("/orders").message() ==
        "Function not found: arn:aws:lambda:us-east-1:000000000000:function:orders");
  CHECK(plane.get("").body == Json{{"Functions", Json::array()}});
}

TEST_CASE("new code is tried, taken or published") {
  Plane plane;
  const auto created = plane.create("orders", {{"Publish", true}});
  CHECK(created.body["Version"] == "1");
  CHECK(created.body["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:orders");
  plane.settle("orders");
  const TemporaryDirectory other;
  Json code = {{"S3Bucket", "klambda-local"}, {"S3Key", other.path().string()}, {"DryRun", true}};
  const auto before = plane.functions.find("orders");
  const auto tried = plane.put("/orders/code", code);
  CHECK(tried.status == 200);
  CHECK(tried.body["CodeSha256"] != before->latest.code.sha256);
  CHECK(plane.functions.find("orders") == before);

  code["DryRun"] = false;
  code["Publish"] = true;
  const auto published = plane.put("/orders/code", code);
  CHECK(published.body["Version"] == "2");
  CHECK(published.body["FunctionArn"] == "arn:aws:lambda:us-east-1:000000000000:function:orders:2");
  CHECK(published.body["State"] == "Pending");
  CHECK(plane.functions.find("orders")->latest.config.code_dir == other.path());
}

TEST_CASE("lists have one entry a function, or one a version") {
  Plane plane;
  for (const char* name : {"b", "a-b", "a"}) plane.create(name, {{"Publish", true}});
  const auto first = plane.get("?MaxItems=2");
  CHECK(first.body["Functions"].size() == 2);
  CHECK(first.body["Functions"][1]["FunctionName"] == "a-b");
  const auto last = plane.get("?MaxItems=2&Marker=" + first.body["NextMarker"].get<std::string>());
  CHECK(last.body["Functions"].size() == 1);
  CHECK_FALSE(last.body.contains("NextMarker"));

  std::string arns;
  const Json versions = plane.get("?FunctionVersion=ALL").body["Functions"];
  for (const auto& each : versions)
    arns += each["FunctionArn"].get<std::string>().substr(47) + " ";
  CHECK(arns == "a:$LATEST a:1 a-b:$LATEST a-b:1 b:$LATEST b:1 ");
  CHECK(plane.get("?FunctionVersion=x").error == "ValidationException");
  CHECK(plane.get("?MaxItems=0").error == "ValidationException");
}

TEST_CASE("names and layers that cannot be are refused before anything is made") {
  Plane plane;
  CHECK(plane.create(std::string(65, 'x'))
            .message()
            .ends_with("Member must have length less than or equal to 64"));
  CHECK(plane.create("orders:1").error == "InvalidParameterValueException");
  CHECK(plane.create("orders", {{"PublishTo", "LATEST_PUBLISHED"}}).error ==
        "InvalidParameterValueException");
  CHECK(plane.create("orders", {{"Layers", {"none"}}}).error == "ValidationException");
  CHECK(plane.create("orders", {{"Layers", {"arn:aws:lambda:us-east-1:000000000000:layer:a:1"}}})
            .status >= 400);
  CHECK(plane.put("/orders/code", Json::object()).error == "ResourceNotFoundException");
  CHECK(plane.put("/orders:1/code", Json::object()).error == "InvalidParameterValueException");
  CHECK(plane.get("/orders?Qualifier=a%20b").error == "ValidationException");
  CHECK(plane.functions.all().empty());
}
