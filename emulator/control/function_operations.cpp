#include "emulator/control/function_operations.h"

#include "emulator/control/names.h"

namespace emulator {

void add_operations(Router& router, FunctionCatalog& functions,
                    std::span<const FunctionOperation> operations) {
  for (const auto& each : operations) {
    router.add(
        each.method, each.path, each.name,
        [&functions, run = each.run](ApiRequest& request) { return run(request, functions); });
  }
}

std::string unqualified_function(const ApiRequest& request) {
  const FunctionName named = named_function(request);
  if (named.qualifier.empty()) return named.name;
  throw invalid_parameter_value(
      "This operation is permitted on Lambda functions only. Aliases and versions do not support "
      "this operation. Please specify either a function name or an unqualified function ARN.");
}

}  // namespace emulator
