// Aliases: from a function to the same function with an alias made, changed or gone
// (docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html; texts recorded). Pure but for new
// revision ids; any thread.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "emulator/catalog/function.h"

namespace emulator {

// What a caller says of an alias; nullopt: nothing.
struct AliasSettings {
  std::optional<std::string> version{};
  std::optional<std::string> description{};
  std::optional<std::map<std::string, double>> weights{};  // AdditionalVersionWeights
};

// Throw ApiError: 409 for an alias that exists, 404 for a version or an alias that does not, 412
// for another revision, 400 for weights that cannot be.
Function create_alias(const Function& function, const std::string& name,
                      const AliasSettings& settings);
// The revision is a new one even when nothing else changes, as on AWS.
Function update_alias(const Function& function, const std::string& name,
                      const AliasSettings& settings, const std::optional<std::string>& revision_id);
// With what hangs on it. The same function where there is no such alias, as on AWS.
Function delete_alias(const Function& function, const std::string& name);

// What hangs on a version or an alias goes with it: its event-invoke configuration and attachments.
void forget_qualifier(Function& function, const std::string& qualifier);

// `what` of a qualifier, among a function's attachments: "Policy:live", "Policy:$LATEST".
std::string attachment_key(const std::string& what, const std::string& qualifier);

}  // namespace emulator
