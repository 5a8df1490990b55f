#include "emulator/catalog/version_changes.h"

#include "emulator/catalog/api_error.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

Function orders() {
  Function function;
  function.latest.settings = {{"Runtime", "python3.12"}, {"Description", "first"}};
  function.latest.code.sha256 = "hash";
  function.latest.revision_id = "revision";
  function.latest.config = runnable("orders", function.latest);
  return function;
}

}  // namespace

TEST_CASE("a version is $LATEST under a number") {
  const Function published = publish_version(orders(), {});
  REQUIRE(published.versions.size() == 1);
  const auto& version = published.versions.at(1);
  CHECK(version.version == "1");
  CHECK(version.config.version == "1");
  CHECK(version.settings == published.latest.settings);
  CHECK(version.deployment.state == "Active");
  CHECK(version.deployment.last_update_status == "Successful");
  CHECK(version.revision_id != published.latest.revision_id);
  CHECK(version.deployment_id != published.latest.deployment_id);
  CHECK(already_published(published) == &version);
}

TEST_CASE("what is published already is not published again") {
  const Function first = publish_version(orders(), {.description = "of the version"});
  CHECK(first.versions.at(1).settings.at("Description") == "of the version");
  CHECK(publish_version(first, {.description = "another"}).versions.size() == 1);
  CHECK(publish_version(first, {}).versions.size() == 1);

  Function described = first;
  described.latest.settings["Description"] = "second";
  CHECK(already_published(described) == nullptr);
  CHECK(publish_version(described, {}).versions.at(2).settings.at("Description") == "second");

  Function updated = first;
  updated.latest.code.sha256 = "other";
  CHECK(publish_version(updated, {}).versions.at(2).code.sha256 == "other");
}

TEST_CASE("a version's number is never used again") {
  Function function = publish_version(orders(), {});
  function.versions.clear();
  CHECK(already_published(function) == nullptr);
  CHECK(publish_version(function, {}).versions.count(2) == 1);
}

TEST_CASE("a version of what is being deployed is pending") {
  Function function = orders();
  function.latest.deployment.last_update_status = "InProgress";
  const DeploymentState state = publish_version(function, {}).versions.at(1).deployment;
  CHECK(state.state == "Pending");
  CHECK(state.state_reason_code == "Creating");
  CHECK(state.last_update_status.empty());
}

TEST_CASE("other code or another revision is not published") {
  CHECK_THROWS_WITH(publish_version(orders(), {.code_sha256 = "somenonexistentsha256"}),
                    "CodeSHA256 (somenonexistentsha256) is different from current CodeSHA256 in "
                    "$LATEST (hash). Please try again with the CodeSHA256 in $LATEST.");
  CHECK_THROWS_WITH(publish_version(orders(), {.revision_id = "x"}),
                    "The Revision Id provided does not match the latest Revision Id. Call the "
                    "GetFunction/GetAlias API to retrieve the latest Revision Id");
  const Function published =
      publish_version(orders(), {.code_sha256 = "hash", .revision_id = "revision"});
  CHECK(published.versions.size() == 1);
}

TEST_CASE("a change waits for the one that is under way") {
  Function function = orders();
  require_settled(function);
  function.latest.deployment.last_update_status = "InProgress";
  CHECK_THROWS_WITH(require_settled(function),
                    "The operation cannot be performed at this time. An update is in progress for "
                    "resource: arn:aws:lambda:us-east-1:000000000000:function:orders");
  function.latest.deployment.state = "Pending";
  CHECK_THROWS_WITH(require_settled(function),
                    "The operation cannot be performed at this time. The function is currently in "
                    "the following state: Pending");
}
