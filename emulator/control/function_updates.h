// The operations that make or change a function: part of control/functions.h.
#pragma once

#include "emulator/control/functions.h"

namespace emulator {

// CreateFunction, UpdateFunctionCode, UpdateFunctionConfiguration
void add_function_updates(Router& router, const FunctionParts& parts);

}  // namespace emulator
