// `klambda doctor`: why a template's mappings would not work on this machine. Part of the
// composition root; called by main alone.
#pragma once

#include "emulator/config/options.h"

namespace emulator {

// Prints what was found on stdout. Returns the exit code: 0 all is well, 1 something is not. Throws
// ConfigError.
int run_doctor(const DoctorCommand& command);

}  // namespace emulator
