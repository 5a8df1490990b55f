#include "emulator/catalog/function_changes.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/catalog/alias_changes.h"
#include "emulator/catalog/api_error.h"
#include "emulator/catalog/function_settings.h"
#include "emulator/catalog/version_changes.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

// Recorded: an update in progress has the words of a creation.
constexpr const char* kReason = "The function is being created.";
constexpr const char* kReasonCode = "Creating";

void begin_update(Function& function) {
  FunctionVersion& latest = function.latest;
  latest.config = runnable(function.name(), latest);
  latest.deployment.last_update_status = "InProgress";
  latest.deployment.last_update_reason = kReason;
  latest.deployment.last_update_reason_code = kReasonCode;
  latest.last_modified_ms = epoch_ms_now();
  latest.revision_id = random_uuid();
  latest.deployment_id = random_uuid();
}

void require_changeable(const Function& function, const std::optional<std::string>& revision_id) {
  require_revision(revision_id, function.latest.revision_id);
  require_settled(function);
}

std::vector<std::string> aliases_of(const Function& function, const std::string& version) {
  std::vector<std::string> names;
  for (const auto& [name, alias] : function.aliases) {
    if (alias.version == version || alias.weights.contains(version)) names.push_back(name);
  }
  return names;
}

bool is_number(const std::string& text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

Function created_function(NewFunction made) {
  Function function;
  function.tags = std::move(made.tags);
  FunctionVersion& latest = function.latest;
  latest.settings = std::move(made.settings);
  latest.code = std::move(made.code);
  latest.config = runnable(made.name, latest);
  latest.deployment = {"Pending", kReason, kReasonCode, "", "", ""};
  latest.last_modified_ms = epoch_ms_now();
  latest.revision_id = random_uuid();
  latest.deployment_id = random_uuid();
  return function;
}

Function with_code(const Function& function, FunctionCode code,
                   const std::optional<Json>& architectures,
                   const std::optional<std::string>& revision_id) {
  require_changeable(function, revision_id);
  Function next = function;
  code.opt_directory = function.latest.code.opt_directory;
  next.latest.code = std::move(code);
  if (architectures)
    next.latest.settings = with_architectures(std::move(next.latest.settings), *architectures);
  begin_update(next);
  return next;
}

Function with_settings(const Function& function, Json settings,
                       const std::optional<std::string>& opt_directory,
                       const std::optional<std::string>& revision_id) {
  require_changeable(function, revision_id);
  Function next = function;
  next.latest.settings = std::move(settings);
  if (opt_directory) next.latest.code.opt_directory = *opt_directory;
  begin_update(next);
  return next;
}

Function without_version(const Function& function, const std::string& qualifier) {
  if (qualifier == kLatest) {
    throw invalid_parameter_value(
        "$LATEST version cannot be deleted without deleting the function.");
  }
  if (!is_number(qualifier))
    throw invalid_parameter_value("Deletion of aliases is not currently supported.");
  const auto aliases = aliases_of(function, qualifier);
  if (!aliases.empty()) {
    throw resource_conflict(
        "Unable to delete version because the following aliases reference it: [" +
        join(aliases, ", ") + "]");
  }
  Function next = function;
  std::erase_if(next.versions, [&](const auto& each) { return each.second.version == qualifier; });
  forget_qualifier(next, qualifier);
  return next;
}

Function deployed(const Function& function, const std::string& version,
                  const std::string& deployment_id,
                  const std::optional<DeploymentFailure>& failure) {
  Function next = function;
  FunctionVersion* const changed = next.find_version(version);
  if (changed == nullptr || changed->deployment_id != deployment_id ||
      !changed->deployment.under_way())
    return next;
  DeploymentState& state = changed->deployment;
  if (!failure) {
    state = {};
  } else if (state.state == "Pending") {
    state = {"Failed", failure->reason, failure->code, "Failed", failure->reason, failure->code};
  } else {
    state.last_update_status = "Failed";
    state.last_update_reason = failure->reason;
    state.last_update_reason_code = failure->code;
  }
  changed->revision_id = random_uuid();
  return next;
}

}  // namespace emulator
