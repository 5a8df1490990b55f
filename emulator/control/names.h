// The resource that a path and its Qualifier name. Pure; any thread.
#pragma once

#include <string>

#include "emulator/config/function_name.h"
#include "emulator/control/router.h"

namespace emulator {

// {FunctionName} as name, partial or full ARN, with the qualifier of either place; the region of a
// full ARN must be `region`. Throws ApiError: ValidationException for what is no name, "The derived
// qualifier from the function name does not match the specified qualifier.", "Functions from '<R>'
// are not reachable in this region ('<r>')".
FunctionName named_function(const ApiRequest& request);
// The same of a text, for instance a body's FunctionName.
FunctionName named_function(const std::string& text, const std::string& qualifier = {});
// Of an ARN. Throws ApiError for another region than `region`.
void require_region(const std::string& region);

}  // namespace emulator
