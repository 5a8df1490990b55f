#include "emulator/catalog/package_use.h"

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/zips.h"

using namespace emulator;

TEST_CASE("packages of a state directory: what a version or layer has stays") {
  const TemporaryDirectory state;
  PackageStore packages(state.path());
  const auto add = [&](const std::string& text) {
    return packages.add(test::make_zip({{"a", text}}), PackageStore::Origin::Request).sha256;
  };
  const auto latest = add("latest");
  const auto published = add("published");
  const auto replaced = add("replaced");
  const auto layer = add("layer");
  const auto deleted_layer = add("deleted layer");
  const auto opt = packages.opt_directory({deleted_layer});
  const auto unused_opt = packages.opt_directory({layer});

  LayerCatalog layers;
  LayerVersion version;
  version.name = "tools";
  version.sha256 = layer;
  layers.publish(version);
  FunctionCatalog functions;
  functions.change("orders", [&](const Function*) {
    Function function;
    function.latest.code.kind = FunctionCode::Kind::Package;
    function.latest.code.sha256 = latest;
    function.latest.code.opt_directory = opt.string();
    function.versions[1] = function.latest;
    function.versions[1].code.sha256 = published;
    return function;
  });

  sweep_packages(packages, functions, layers);
  CHECK(packages.find(latest));
  CHECK(packages.find(published));
  CHECK(packages.find(layer));
  CHECK_FALSE(packages.find(replaced));
  CHECK_FALSE(packages.find(deleted_layer));
  CHECK(std::filesystem::exists(opt / "a"));
  CHECK_FALSE(std::filesystem::exists(unused_opt));
}
