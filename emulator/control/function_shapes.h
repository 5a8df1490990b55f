// What the API's model says of the members of CreateFunction, UpdateFunctionCode and
// UpdateFunctionConfiguration (botocore's model; where that has widened a limit for managed
// instances or durable functions, the limit of ordinary functions, docs
// gettingstarted-limits.html).
#pragma once

#include <span>

#include "emulator/control/constraints.h"

namespace emulator {

std::span<const Shape> create_function_shapes();
std::span<const Shape> update_function_code_shapes();
std::span<const Shape> update_function_configuration_shapes();

// Of the Qualifier in a query.
extern const Shape kQualifierShape;

}  // namespace emulator
