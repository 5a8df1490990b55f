// Creating, changing and deleting: from one state of a function to the next
// (docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and its neighbours; states:
// docs functions-states.html). Pure but for the time and new UUIDs; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "emulator/catalog/function.h"
#include "emulator/catalog/json.h"

namespace emulator {

struct NewFunction {
  std::string name;
  Json settings;  // catalog/function_settings
  FunctionCode code;
  std::map<std::string, std::string> tags{};
};
// Pending, until catalog/deployer has made it ready.
Function created_function(NewFunction made);

// With other code, or other settings and layers: the update is InProgress until catalog/deployer
// has made it ready. Throw ApiError: 412 for another revision, 409 while another change is under
// way.
Function with_code(const Function& function, FunctionCode code,
                   const std::optional<Json>& architectures,
                   const std::optional<std::string>& revision_id);
// `opt_directory`: nullopt leaves the layers' as it is.
Function with_settings(const Function& function, Json settings,
                       const std::optional<std::string>& opt_directory,
                       const std::optional<std::string>& revision_id);

// Without a published version, and what hangs on it; the same function where there is none, as AWS
// answers. Throws ApiError: 409 while an alias references it; 400 for $LATEST or an alias.
Function without_version(const Function& function, const std::string& qualifier);

struct DeploymentFailure {
  std::string reason;  // what is missing and how to mend it
  std::string code;    // StateReasonCode, LastUpdateStatusReasonCode
};
// The version is Active, or why not. The same function when that version has gone or changed.
Function deployed(const Function& function, const std::string& version,
                  const std::string& deployment_id,
                  const std::optional<DeploymentFailure>& failure);

}  // namespace emulator
