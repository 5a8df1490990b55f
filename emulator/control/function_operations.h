// Operations on functions as tables, and what their requests have in common. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

struct FunctionOperation {
  std::string_view method;
  std::string_view path;
  std::string_view name;  // the operation's
  runtime_api::HttpResponse (*run)(ApiRequest& request, FunctionCatalog& functions);
};

// `functions` outlives the router.
void add_operations(Router& router, FunctionCatalog& functions,
                    std::span<const FunctionOperation> operations);

// The name of the function that a request is about; a version or an alias is refused: "This
// operation is permitted on Lambda functions only. …".
std::string unqualified_function(const ApiRequest& request);

}  // namespace emulator
