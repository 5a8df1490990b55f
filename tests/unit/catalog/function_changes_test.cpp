#include "emulator/catalog/function_changes.h"

#include "emulator/catalog/alias_changes.h"
#include "emulator/catalog/api_error.h"
#include "emulator/catalog/function_settings.h"
#include "emulator/catalog/version_changes.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

FunctionCode code(const std::string& directory) {
  return {FunctionCode::Kind::Package, "sha of " + directory, 1, directory, ""};
}

Function created() {
  const Json body = {{"Runtime", "python3.12"}, {"Role", "r"}, {"Handler", "app.handler"}};
  return created_function({"orders", created_settings("orders", body, Json::array()), code("/1")});
}

Function settled(const Function& function) {
  return deployed(function, kLatest, function.latest.deployment_id, std::nullopt);
}

}  // namespace

TEST_CASE("a new function is Pending until it is deployed") {
  const Function pending = created();
  CHECK(pending.name() == "orders");
  CHECK(pending.latest.config.code_dir == "/1");
  CHECK(pending.latest.deployment.state == "Pending");
  CHECK(pending.latest.deployment.state_reason == "The function is being created.");
  CHECK(pending.latest.deployment.state_reason_code == "Creating");
  CHECK(pending.latest.deployment.last_update_status.empty());

  const Function active = settled(pending);
  CHECK(active.latest.deployment.state == "Active");
  CHECK(active.latest.deployment.state_reason.empty());
  CHECK(active.latest.deployment.last_update_status == "Successful");
  CHECK(active.latest.revision_id != pending.latest.revision_id);
  CHECK(active.latest.deployment_id == pending.latest.deployment_id);

  const Function failed =
      deployed(pending, kLatest, pending.latest.deployment_id,
               DeploymentFailure{"no ruby: install it", "InvalidConfiguration"});
  CHECK(failed.latest.deployment.state == "Failed");
  CHECK(failed.latest.deployment.state_reason == "no ruby: install it");
  CHECK(failed.latest.deployment.state_reason_code == "InvalidConfiguration");
}

TEST_CASE("an update is InProgress while the function stays Active") {
  const Function before = settled(created());
  const Function updating = with_code(before, code("/2"), Json{"arm64"}, {});
  CHECK(updating.latest.deployment.state == "Active");
  CHECK(updating.latest.deployment.last_update_status == "InProgress");
  CHECK(updating.latest.deployment.last_update_reason == "The function is being created.");
  CHECK(updating.latest.deployment.last_update_reason_code == "Creating");
  CHECK(updating.latest.config.code_dir == "/2");
  CHECK(updating.latest.settings.at("Architectures") == Json{"arm64"});
  CHECK(updating.latest.revision_id != before.latest.revision_id);
  CHECK(updating.latest.deployment_id != before.latest.deployment_id);
  // What was found out of the code before it says nothing about this one.
  CHECK(deployed(updating, kLatest, before.latest.deployment_id, std::nullopt)
            .latest.deployment.last_update_status == "InProgress");

  const Function failed = deployed(updating, kLatest, updating.latest.deployment_id,
                                   DeploymentFailure{"no bootstrap", "InvalidConfiguration"});
  CHECK(failed.latest.deployment.state == "Active");
  CHECK(failed.latest.deployment.last_update_status == "Failed");
  CHECK(failed.latest.deployment.last_update_reason == "no bootstrap");
  CHECK(settled(with_code(failed, code("/3"), {}, {})).latest.deployment.last_update_status ==
        "Successful");
}

TEST_CASE("settings and layers are changed together") {
  const Function before = settled(created());
  const Json body = {{"Timeout", 9}, {"Environment", {{"Variables", {{"STAGE", "x"}}}}}};
  const Json settings = updated_settings("orders", before.latest.settings, body, std::nullopt);
  const Function layered = with_settings(before, settings, "/opt/1", before.latest.revision_id);
  CHECK(layered.latest.config.timeout == std::chrono::seconds(9));
  CHECK(layered.latest.config.environment.at("STAGE") == "x");
  CHECK(layered.latest.config.opt_dir == "/opt/1");
  const Function active = settled(layered);
  CHECK(with_settings(active, settings, {}, {}).latest.config.opt_dir == "/opt/1");
  CHECK(with_code(active, code("/2"), {}, {}).latest.config.opt_dir == "/opt/1");
  CHECK(with_settings(active, settings, "", {}).latest.config.opt_dir.empty());
}

TEST_CASE("a change under way and another revision refuse the next change") {
  const Function pending = created();
  CHECK_THROWS_WITH(with_code(pending, code("/2"), {}, {}),
                    "The operation cannot be performed at this time. The function is currently in "
                    "the following state: Pending");
  const Function updating = with_code(settled(pending), code("/2"), {}, {});
  CHECK_THROWS_WITH(with_settings(updating, updating.latest.settings, {}, {}),
                    "The operation cannot be performed at this time. An update is in progress for "
                    "resource: arn:aws:lambda:us-east-1:000000000000:function:orders");
  CHECK_THROWS_WITH(with_code(settled(pending), code("/2"), {}, "other"),
                    "The Revision Id provided does not match the latest Revision Id. Call the "
                    "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

TEST_CASE("a version is deleted on its own") {
  Function function = publish_version(publish_version(settled(created()), {}), {});
  function = publish_version(settled(with_code(function, code("/2"), {}, {})), {});
  REQUIRE(function.versions.size() == 2);
  function = create_alias(function, "live", {.version = "1"});
  CHECK(without_version(function, "2").versions.size() == 1);
  CHECK(without_version(function, "2").versions.contains(1));
  CHECK(without_version(function, "99").versions.size() == 2);
  CHECK_THROWS_WITH(without_version(function, "1"),
                    "Unable to delete version because the following aliases reference it: [live]");
  CHECK_THROWS_WITH(without_version(function, kLatest),
                    "$LATEST version cannot be deleted without deleting the function.");
  CHECK_THROWS_WITH(without_version(function, "live"),
                    "Deletion of aliases is not currently supported.");
}
