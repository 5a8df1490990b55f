#include "emulator/catalog/deployer.h"

#include <condition_variable>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/catalog/function_changes.h"
#include "emulator/catalog/version_changes.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

// Counts a catalog's changes; waits until one has made true what is asked for.
class Watch {
 public:
  explicit Watch(FunctionCatalog& catalog) : catalog_(catalog) {
    catalog.listen([this](const auto&, const auto&) {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
    });
  }
  template <typename Condition>
  FunctionCatalog::Snapshot until(const std::string& name, Condition condition) {
    std::unique_lock lock(mutex_);
    FunctionCatalog::Snapshot found;
    const bool met = changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      found = catalog_.find(name);
      return found != nullptr && condition(*found);
    });
    REQUIRE(met);
    return found;
  }

 private:
  FunctionCatalog& catalog_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

void create(FunctionCatalog& catalog, const std::string& name) {
  catalog.change(name, [&](const Function*) {
    return created_function({name, Json::object(), {}});
  });
}

bool is_settled(const Function& function) {
  return !function.latest.deployment.under_way();
}

}  // namespace

TEST_CASE("what is created and changed becomes ready, or says why not") {
  FunctionCatalog catalog;
  Watch watch(catalog);
  Deployer deployer(catalog, [](const FunctionVersion& version) {
    if (version.config.name == "broken") throw ConfigError("no runtime: install one");
  });
  create(catalog, "orders");
  const auto active = watch.until("orders", is_settled);
  CHECK(active->latest.deployment.state == "Active");

  catalog.change("orders", [](const Function* present) {
    return publish_version(with_code(*present, {}, {}, {}), {});
  });
  const auto published = watch.until("orders", [](const Function& function) {
    return is_settled(function) && !function.versions.at(1).deployment.under_way();
  });
  CHECK(published->latest.deployment.last_update_status == "Successful");
  CHECK(published->versions.at(1).deployment.state == "Active");

  create(catalog, "broken");
  const auto failed = watch.until("broken", is_settled);
  CHECK(failed->latest.deployment.state == "Failed");
  CHECK(failed->latest.deployment.state_reason == "no runtime: install one");
  CHECK(failed->latest.deployment.state_reason_code == "InvalidConfiguration");
}

TEST_CASE("what was unfinished before the deployer is resumed") {
  FunctionCatalog catalog;
  Watch watch(catalog);
  create(catalog, "orders");
  Deployer deployer(catalog, [](const FunctionVersion&) {});
  deployer.resume();
  CHECK(watch.until("orders", is_settled)->latest.deployment.state == "Active");
}

TEST_CASE("a function may go while it is being deployed") {
  FunctionCatalog catalog;
  Watch watch(catalog);
  std::promise<void> entered;
  std::promise<void> go_on;
  Deployer deployer(catalog, [&](const FunctionVersion& version) {
    if (version.config.name != "gone") return;
    entered.set_value();
    go_on.get_future().wait();
  });
  create(catalog, "gone");
  entered.get_future().wait();
  catalog.change("gone", [](const Function*) { return std::nullopt; });
  go_on.set_value();
  create(catalog, "next");
  watch.until("next", is_settled);
  CHECK(catalog.find("gone") == nullptr);
  deployer.stop();
  deployer.stop();
}
