#include "emulator/catalog/layers.h"

#include "emulator/catalog/api_error.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

// Keeps what was written last.
class MapStore : public Store {
 public:
  void write(const std::vector<Change>& changes) override {
    for (const auto& change : changes) documents_[change.key] = change.document.value();
  }
  std::vector<std::pair<std::string, std::string>> all(const std::string& kind) override {
    CHECK(kind == "layer");
    return {documents_.begin(), documents_.end()};
  }

 private:
  std::map<std::string, std::string> documents_;
};

LayerVersion version_of(const std::string& name, const std::string& sha256) {
  LayerVersion version;
  version.name = name;
  version.sha256 = sha256;
  version.size_bytes = 5;
  version.description = "d";
  version.license_info = "MIT";
  version.runtimes = {"python3.12"};
  version.architectures = {"x86_64", "arm64"};
  version.created_ms = 1'700'000'000'123;
  return version;
}

std::string error_of(const LayerCatalog& layers, const std::vector<std::string>& arns) {
  try {
    layers.resolve(arns);
  } catch (const ApiError& error) {
    return error.type + ": " + error.what();
  }
  return "resolved";
}

const std::string kPrefix = "arn:aws:lambda:us-east-1:000000000000:layer:";

}  // namespace

TEST_CASE("layers: numbers grow and are never used again, also over a restart") {
  MapStore store;
  {
    LayerCatalog layers(&store);
    CHECK(layers.publish(version_of("tools", "a")).number == 1);
    CHECK(layers.publish(version_of("tools", "b")).arn() == kPrefix + "tools:2");
    CHECK(layers.publish(version_of("other", "c")).number == 1);
    layers.remove("tools", 2);
    layers.remove("tools", 7);
    layers.remove("none", 1);
    layers.remove("other", 1);
  }
  LayerCatalog layers(&store);
  layers.load();
  CHECK(layers.names() == std::vector<std::string>{"tools"});
  CHECK(layers.publish(version_of("tools", "d")).number == 3);
  CHECK(layers.publish(version_of("other", "e")).number == 2);
  const auto versions = layers.versions("tools");
  REQUIRE(versions.size() == 2);
  CHECK(versions[0].number == 3);
  CHECK(versions[1].number == 1);
  const auto first = layers.find("tools", 1).value();
  CHECK(first.sha256 == "a");
  CHECK(first.size_bytes == 5);
  CHECK(first.description == "d");
  CHECK(first.license_info == "MIT");
  CHECK(first.runtimes == std::vector<std::string>{"python3.12"});
  CHECK(first.architectures == std::vector<std::string>{"x86_64", "arm64"});
  CHECK(first.created_ms == 1'700'000'000'123);
  CHECK_FALSE(layers.find("tools", 2));
  CHECK(layers.sha256s() == std::vector<std::string>{"e", "a", "d"});
}

TEST_CASE("layers: a document that cannot be read is named") {
  MapStore store;
  store.write({{"layer", "tools", "{}"}});
  LayerCatalog layers(&store);
  try {
    layers.load();
    FAIL("it was read");
  } catch (const std::runtime_error& error) {
    CHECK(std::string(error.what()).starts_with("layer tools of the state directory: "));
  }
}

TEST_CASE("layers of a function: found in their order") {
  LayerCatalog layers;
  layers.publish(version_of("a", "1"));
  layers.publish(version_of("b", "2"));
  layers.publish(version_of("b", "3"));
  const auto found = layers.resolve({kPrefix + "b:2", kPrefix + "a:1"});
  REQUIRE(found.size() == 2);
  CHECK(found[0].sha256 == "3");
  CHECK(found[1].sha256 == "1");
  CHECK(found[0].reference().dump() == R"({"Arn":")" + kPrefix + R"(b:2","CodeSize":5})");
}

TEST_CASE("layers of a function: refused as AWS refuses them") {
  LayerCatalog layers;
  layers.publish(version_of("a", "1"));
  layers.publish(version_of("a", "2"));
  const std::string invalid = "InvalidParameterValueException: ";
  CHECK(error_of(layers, {kPrefix + "a:3"}) ==
        invalid + "Layer version " + kPrefix + "a:3 does not exist.");
  CHECK(error_of(layers, {kPrefix + "none:1"}) ==
        invalid + "Layer version " + kPrefix + "none:1 does not exist.");
  CHECK(error_of(layers, {kPrefix + "a:1", kPrefix + "a:2"}) ==
        invalid +
            "Two different versions of the same layer are not allowed to be referenced in the same "
            "function. " +
            kPrefix + "a:1 and " + kPrefix + "a:2 are versions of the same layer.");
  CHECK(error_of(layers, std::vector<std::string>(6, kPrefix + "a:1")) ==
        invalid + "Cannot reference more than 5 layers.");
  CHECK(error_of(layers, {"arn:aws:lambda:eu-west-1:000000000000:layer:a:1"}) ==
        invalid +
            "Layers are not in the same region as the function. Layers are expected to be in "
            "region us-east-1.");
  CHECK(error_of(layers, {"arn:aws:lambda:us-east-1:123456789012:layer:a:1"})
            .starts_with("AccessDeniedException: User: arn:aws:iam::000000000000:root is not "
                         "authorized to perform: lambda:GetLayerVersion on resource: "));
  for (const std::string& arn : {kPrefix + "a", std::string("a:1"), kPrefix + "a:x",
                                kPrefix + "a:99999999999999999999", kPrefix + "a b:1"}) {
    INFO(arn);
    CHECK(error_of(layers, {arn})
              .starts_with("ValidationException: 1 validation error detected: "
                           "Value '[" +
                           arn + "]' at 'layers' failed to satisfy constraint"));
  }
}
