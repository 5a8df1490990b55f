// Which version one invocation of an alias gets. Any thread.
#pragma once

#include <string>

#include "emulator/catalog/function.h"

namespace emulator {

// "Lambda uses a simple probabilistic model to distribute the traffic between the two function
// versions" (docs configuring-alias-routing.html). Of `alias`.
const std::string& draw(const FunctionAlias& alias);

}  // namespace emulator
