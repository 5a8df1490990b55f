// What the API's model says of the members of CreateFunction, UpdateFunctionCode and
// UpdateFunctionConfiguration (botocore's model; where that has widened a limit for managed
// instances or durable functions, other functions have the limit of docs
// gettingstarted-limits.html).
#pragma once

#include <span>

#include "emulator/control/constraints.h"
#include "runtime_api/instance_kind.h"

namespace emulator {

std::span<const Shape> create_function_shapes(runtime_api::InstanceKind instances);
std::span<const Shape> update_function_code_shapes();
std::span<const Shape> update_function_configuration_shapes(runtime_api::InstanceKind instances);

// Of the Qualifier in a query.
extern const Shape kQualifierShape;

}  // namespace emulator
