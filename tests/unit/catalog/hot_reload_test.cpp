#include "emulator/catalog/hot_reload.h"

#include <chrono>
#include <thread>

#include "tests/support/catch.h"
#include "tests/unit/catalog/dispatcher_rig.h"

using namespace catalog_test;

namespace {

std::string deployment(Rig& rig, const std::string& name) {
  return rig.catalog().find(name)->latest.deployment_id;
}

// Edits a file and waits until the function is deployed anew.
bool edit(Rig& rig, const TemporaryDirectory& directory, const std::string& name) {
  const auto before = deployment(rig, name);
  directory.write("lib/app.py", "x = '" + before + "'");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (std::chrono::steady_clock::now() < end) {
    if (deployment(rig, name) != before) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return false;
}

}  // namespace

TEST_CASE("an edit below a function's directory is a new deployment of what runs from there") {
  TemporaryDirectory elsewhere;
  Rig rig;
  rig.add(rig.function("orders"));
  rig.publish("orders", 1);
  emulator::HotReload reload(rig.catalog());
  auto other = rig.function("other");
  other.latest.code.directory = elsewhere.path();
  rig.add(other);
  const auto pid = rig.call("orders", "1", "pid").payload;

  const auto untouched = deployment(rig, "other");
  reload.ensure_watched("orders");
  reload.ensure_watched("other");
  CHECK(edit(rig, rig.directory(), "orders"));
  CHECK(deployment(rig, "other") == untouched);
  CHECK(rig.call("orders", "1", "pid").payload != pid);

  CHECK(edit(rig, elsewhere, "other"));
}

TEST_CASE("a directory is left alone once no version runs from it, nor from a package") {
  TemporaryDirectory elsewhere;
  Rig rig;
  emulator::HotReload reload(rig.catalog());
  rig.add(rig.function("orders"));
  auto packaged = rig.function("packaged");
  packaged.latest.code.kind = emulator::FunctionCode::Kind::Package;
  rig.add(packaged);
  rig.add(rig.function("witness"));
  rig.change("orders", [&](Function& next) { next.latest.code.directory = elsewhere.path(); });

  const auto orders = deployment(rig, "orders");
  const auto of_package = deployment(rig, "packaged");
  for (const char* name : {"orders", "packaged", "witness"}) reload.ensure_watched(name);
  CHECK(edit(rig, rig.directory(), "witness"));
  CHECK(deployment(rig, "orders") == orders);
  CHECK(deployment(rig, "packaged") == of_package);
}
