#include "emulator/catalog/alias_changes.h"

#include <iterator>
#include <utility>

#include "emulator/catalog/functions.h"
#include "emulator/catalog/version_changes.h"
#include "emulator/config/text.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

void require_version(const Function& function, const std::string& version) {
  if (function.find_version(version) == nullptr) throw function_not_found(function.name(), version);
}

void check_routing(const Function& function, const FunctionAlias& alias) {
  if (alias.weights.empty()) return;
  if (alias.weights.size() > 1) {
    throw invalid_parameter_value(
        "Number of items in AdditionalVersionWeights cannot be greater than 1");
  }
  const std::string& additional = alias.weights.begin()->first;
  if (additional == alias.version) {
    throw invalid_parameter_value("Invalid function version " + additional + ". Function version " +
                                  additional + " is already included in routing configuration.");
  }
  if (alias.version == kLatest) {
    ApiError error = invalid_parameter_value(
        "$LATEST is not supported for an alias pointing to more than 1 version");
    error.fault = ApiError::Fault::Unsaid;  // recorded so, unlike its neighbours
    throw error;
  }
  require_version(function, additional);
}

Function with_alias(const Function& function, FunctionAlias alias, const AliasSettings& settings) {
  if (settings.version) alias.version = *settings.version;
  if (settings.description) alias.description = *settings.description;
  if (settings.weights) alias.weights = *settings.weights;
  require_version(function, alias.version);
  check_routing(function, alias);
  alias.revision_id = random_uuid();
  Function next = function;
  next.aliases[alias.name] = std::move(alias);
  return next;
}

}  // namespace

Function create_alias(const Function& function, const std::string& name,
                      const AliasSettings& settings) {
  if (function.aliases.count(name) > 0)
    throw resource_conflict("Alias already exists: " + function_arn(function.name(), name));
  FunctionAlias alias;
  alias.name = name;
  return with_alias(function, std::move(alias), settings);
}

Function update_alias(const Function& function, const std::string& name,
                      const AliasSettings& settings,
                      const std::optional<std::string>& revision_id) {
  const auto alias = function.aliases.find(name);
  if (alias == function.aliases.end())
    throw resource_not_found("Alias not found: " + function_arn(function.name(), name));
  require_revision(revision_id, alias->second.revision_id);
  return with_alias(function, alias->second, settings);
}

Function delete_alias(const Function& function, const std::string& name) {
  Function next = function;
  if (next.aliases.erase(name) > 0) forget_qualifier(next, name);
  return next;
}

void forget_qualifier(Function& function, const std::string& qualifier) {
  function.event_invoke.erase(qualifier);
  const std::string ending = attachment_key("", qualifier);
  for (auto each = function.attachments.begin(); each != function.attachments.end();) {
    each = ends_with(each->first, ending) ? function.attachments.erase(each) : std::next(each);
  }
}

std::string attachment_key(const std::string& what, const std::string& qualifier) {
  return what + ":" + qualifier;
}

}  // namespace emulator
