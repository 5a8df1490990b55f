// `klambda rie`: the front end of AWS's Runtime Interface Emulator. One function from the command
// line and the environment, behind one path, with its words on standard output; where that emulator
// answers 400 to a second call at a time, it gets an environment of its own.
// Source: github.com/aws/aws-lambda-runtime-interface-emulator, internal/lambda/rie.
//
// Called by main's thread; serves until a signal.
#pragma once

#include "emulator/config/options.h"
#include "emulator/events.h"

namespace emulator {

// The exit code. Throws ConfigError.
int run_rie(const RieCommand& command, MainEvents& events);

}  // namespace emulator
