#include "emulator/catalog/version_changes.h"

#include <utility>

#include "emulator/catalog/api_error.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

constexpr const char* kDescription = "Description";

std::string description_of(const FunctionVersion& version) {
  return version.settings.value(kDescription, "");
}

// A version's own Description may be another than $LATEST's.
Json undescribed(Json settings) {
  settings.erase(kDescription);
  return settings;
}

}  // namespace

const FunctionVersion* already_published(const Function& function) {
  const auto newest = function.versions.find(function.next_version - 1);
  if (newest == function.versions.end()) return nullptr;
  const FunctionVersion& version = newest->second;
  const FunctionVersion& latest = function.latest;
  const bool same = version.code.sha256 == latest.code.sha256 &&
                    version.published_description == description_of(latest) &&
                    undescribed(version.settings) == undescribed(latest.settings);
  return same ? &version : nullptr;
}

Function publish_version(const Function& function, const PublishRequest& request) {
  const FunctionVersion& latest = function.latest;
  require_revision(request.revision_id, latest.revision_id);
  if (request.code_sha256 && *request.code_sha256 != latest.code.sha256) {
    throw invalid_parameter_value("CodeSHA256 (" + *request.code_sha256 +
                                  ") is different from current CodeSHA256 in $LATEST (" +
                                  latest.code.sha256 +
                                  "). Please try again with the CodeSHA256 in $LATEST.");
  }
  if (already_published(function) != nullptr) return function;

  Function next = function;
  const int number = next.next_version++;
  FunctionVersion version = latest;
  version.version = std::to_string(number);
  version.config.version = version.version;
  version.published_description = description_of(latest);
  if (request.description) version.settings[kDescription] = *request.description;
  // Recorded: published of a settled $LATEST it is Active and Successful; with the code that is
  // being updated it is Pending and has no LastUpdateStatus.
  if (latest.deployment.under_way()) {
    version.deployment = {"Pending", "The function is being created.", "Creating", "", "", ""};
  }
  version.revision_id = random_uuid();
  version.deployment_id = random_uuid();
  next.versions.emplace(number, std::move(version));
  return next;
}

void require_settled(const Function& function) {
  const DeploymentState& deployment = function.latest.deployment;
  if (deployment.state == "Pending") {
    throw resource_conflict(
        "The operation cannot be performed at this time. The function is currently in the "
        "following state: Pending");
  }
  if (deployment.last_update_status == "InProgress") {
    throw resource_conflict(
        "The operation cannot be performed at this time. An update is in progress for resource: " +
        function.arn());
  }
}

void require_revision(const std::optional<std::string>& expected, const std::string& present) {
  if (!expected || *expected == present) return;
  throw precondition_failed(
      "The Revision Id provided does not match the latest Revision Id. Call the "
      "GetFunction/GetAlias API to retrieve the latest Revision Id");
}

}  // namespace emulator
