// `klambda logs`: a running klambda's function's recent log, and with -f what comes after it.
#pragma once

#include "emulator/config/options.h"

namespace emulator {

// The exit code. Throws ConfigError and Unreachable.
int run_logs(const LogsCommand& command);

}  // namespace emulator
