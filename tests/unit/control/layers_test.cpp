#include "emulator/control/layers.h"

#include "emulator/package/base64.h"
#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"
#include "tests/support/zips.h"

using namespace emulator;

namespace {

const std::string kLayers = "/2018-10-31/layers";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:layer:";

struct Answer {
  unsigned status = 0;
  std::string error;
  Json body;

  std::string message() const {
    return body.value("message", body.value("Message", std::string()));
  }
};

struct Api {
  LayerCatalog layers;
  PackageStore packages{std::nullopt};
  CodeLinks links;
  Router router;

  Api() { add_layers(router, layers, packages, links); }

  Answer call(const std::string& method, const std::string& target, const std::string& body = {}) {
    ::test::FakeExchange exchange(method, kLayers + target, body, {{"Host", "localhost:3001"}});
    const auto response = router.answer(exchange);
    Answer answer{response.status, {}, Json::parse(response.body, nullptr, false)};
    for (const auto& [name, value] : response.headers) {
      if (name == "x-amzn-ErrorType") answer.error = value;
    }
    return answer;
  }
  Answer publish(const std::string& name, const std::string& file, Json members = Json::object()) {
    members["Content"]["ZipFile"] = base64_encode(emulator::test::make_zip({{file, "x"}}));
    return call("POST", "/" + name + "/versions", members.dump());
  }
};

}  // namespace

TEST_CASE("layers API: published, got, listed, deleted") {
  Api api;
  const auto published = api.publish("tools", "a",
                                     {{"Description", "d"},
                                      {"CompatibleRuntimes", {"python3.12"}},
                                      {"CompatibleArchitectures", {"x86_64"}},
                                      {"LicenseInfo", "MIT"}});
  REQUIRE(published.status == 201);
  const auto& body = published.body;
  CHECK(body["LayerArn"] == kArn + "tools");
  CHECK(body["LayerVersionArn"] == kArn + "tools:1");
  CHECK(body["Version"] == 1);
  CHECK(body["Description"] == "d");
  CHECK(body["LicenseInfo"] == "MIT");
  CHECK(body["CompatibleRuntimes"] == Json{"python3.12"});
  CHECK(body["CompatibleArchitectures"] == Json{"x86_64"});
  CHECK(body["CreatedDate"].get<std::string>().ends_with("+0000"));
  CHECK(body["Content"]["CodeSha256"].get<std::string>().size() == 44);
  CHECK(body["Content"]["CodeSize"].get<int>() > 20);
  CHECK(body["Content"]["Location"].get<std::string>().starts_with(
      "http://localhost:3001/_klambda/code/"));

  CHECK(api.call("GET", "/tools/versions/1").body == body);
  CHECK(api.call("GET", "/arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Alayer%3Atools/versions/1")
            .body == body);
  CHECK(api.call("GET", "?find=LayerVersion&Arn=" + kArn + "tools:1").body == body);
  const auto plain = api.publish("tools", "b");
  CHECK(plain.body["Version"] == 2);
  CHECK(plain.body["Description"] == "");
  CHECK_FALSE(plain.body.contains("CompatibleRuntimes"));
  CHECK_FALSE(plain.body.contains("CompatibleArchitectures"));
  CHECK_FALSE(plain.body.contains("LicenseInfo"));

  CHECK(api.call("DELETE", "/tools/versions/2").status == 204);
  CHECK(api.call("DELETE", "/tools/versions/2").status == 204);
  CHECK(api.call("GET", "/tools/versions/2").status == 404);
  CHECK(api.publish("tools", "b").body["Version"] == 3);
}

TEST_CASE("layers API: lists come newest first, in pages, by runtime and architecture") {
  Api api;
  CHECK(api.call("GET", "").body.dump() == R"({"Layers":[]})");
  CHECK(api.call("GET", "/none/versions").body.dump() == R"({"LayerVersions":[]})");
  for (int i = 1; i <= 12; ++i)
    api.publish("tools", "a", {{"CompatibleRuntimes", {i % 2 == 0 ? "python3.12" : "nodejs22.x"}}});
  api.publish("another", "a", {{"CompatibleArchitectures", {"arm64"}}});

  std::vector<int> numbers;
  std::string marker;
  do {
    const auto page = api.call("GET", "/tools/versions?MaxItems=5&Marker=" + marker).body;
    CHECK(page["LayerVersions"].size() <= 5);
    for (const auto& version : page["LayerVersions"]) numbers.push_back(version["Version"]);
    marker = page.value("NextMarker", "");
  } while (!marker.empty());
  CHECK(numbers == std::vector<int>{12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
  CHECK(api.call("GET", "/tools/versions?CompatibleRuntime=nodejs22.x")
            .body["LayerVersions"]
            .size() == 6);

  const auto all = api.call("GET", "").body["Layers"];
  REQUIRE(all.size() == 2);
  CHECK(all[0]["LayerName"] == "another");
  CHECK(all[1]["LayerArn"] == kArn + "tools");
  CHECK(all[1]["LatestMatchingVersion"]["Version"] == 12);
  const auto node = api.call("GET", "?CompatibleRuntime=nodejs22.x").body["Layers"];
  REQUIRE(node.size() == 1);
  CHECK(node[0]["LatestMatchingVersion"]["Version"] == 11);
  CHECK(api.call("GET", "?CompatibleArchitecture=arm64").body["Layers"].size() == 1);
}

TEST_CASE("layers API: errors as AWS words them") {
  Api api;
  const auto missing = api.call("GET", "/tools/versions/1");
  CHECK(missing.status == 404);
  CHECK(missing.error == "ResourceNotFoundException");
  CHECK(missing.body.dump() ==
        R"({"Type":"User","Message":"The resource you requested does not exist."})");
  CHECK(api.call("GET", "?find=LayerVersion&Arn=" + kArn + "tools:1").status == 404);
  CHECK(api.call("GET", "/tools/versions/0").message() == "Layer Version Cannot be less than 1");
  CHECK(api.call("DELETE", "/tools/versions/-1").error == "InvalidParameterValueException");
  CHECK(api.call("GET", "/tools/versions/x").error == "SerializationException");
  CHECK(api.call("GET", "?find=LayerVersion&Arn=tools").error == "ValidationException");
  CHECK(api.call("GET", "?find=LayerVersion").error == "ValidationException");
  CHECK(api.call("GET", "?CompatibleRuntime=cobol").error == "ValidationException");
  CHECK(api.call("GET", "?MaxItems=51").error == "ValidationException");
  CHECK(api.call("POST", "/a%20b/versions", "{}").error == "ValidationException");
  CHECK(api.call("POST", "/tools/versions", "{}").message() ==
        "1 validation error detected: Value null at 'content' failed to satisfy constraint: Member "
        "must not be null");
  const auto both = api.publish(
      "tools", "a", {{"CompatibleRuntimes", {"cobol"}}, {"CompatibleArchitectures", {"z80"}}});
  CHECK(both.message().starts_with("2 validation errors detected: "));
  CHECK(api.call("POST", "/tools/versions", R"({"Content":{"ZipFile":"AAAA"}})").message() ==
        "Could not unzip uploaded file. Please check your file, then try to upload again.");
  CHECK(api.call("GET", "").body.dump() == R"({"Layers":[]})");
}
