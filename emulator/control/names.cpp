#include "emulator/control/names.h"

#include <utility>

#include "emulator/config/model.h"

namespace emulator {
namespace {

constexpr std::string_view kPattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{"
    "12}:)?(function:)?"
    "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

}  // namespace

FunctionName named_function(const ApiRequest& request) {
  return named_function(request.parameter("FunctionName"), request.query("Qualifier").value_or(""));
}

FunctionName named_function(const std::string& text, const std::string& qualifier) {
  auto name = parse_function_name(text);
  if (!name) {
    Violations violations;
    violations.add(text, "functionName",
                   "Member must satisfy regular expression pattern: " + std::string(kPattern));
    violations.throw_if_any();
  }
  if (!name->region.empty()) require_region(name->region);
  if (qualifier.empty()) return *std::move(name);
  if (!name->qualifier.empty() && name->qualifier != qualifier) {
    throw invalid_parameter_value(
        "The derived qualifier from the function name does not match the specified qualifier.");
  }
  name->qualifier = qualifier;
  return *std::move(name);
}

void require_region(const std::string& region) {
  if (region == kRegion) return;
  throw resource_not_found("Functions from '" + region + "' are not reachable in this region ('" +
                           kRegion + "')");
}

}  // namespace emulator
