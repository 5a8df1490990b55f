// The operations of the Lambda API that klambda does not do: each answers with an error that names
// it, so that a tool's log says what is missing instead of "not found".
#pragma once

#include "emulator/control/router.h"

namespace emulator {

// Added last: an operation that is done is found before.
void add_other_operations(Router& router);

}  // namespace emulator
