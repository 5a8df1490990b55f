// What the API's model says of the members of CreateEventSourceMapping and
// UpdateEventSourceMapping. Constant.
#pragma once

#include <span>

#include "emulator/control/constraints.h"

namespace emulator {

std::span<const Shape> create_mapping_shapes();
std::span<const Shape> update_mapping_shapes();

}  // namespace emulator
