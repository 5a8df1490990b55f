// `klambda status` and `klambda batches`: what a running klambda says of itself, for people.
#pragma once

#include <string>

#include "emulator/catalog/json.h"
#include "emulator/config/options.h"

namespace emulator {

// Print on stdout and return the exit code: 0, or 2 when the klambda refuses the question. Throw
// Unreachable when none answers.
int run_status(const StatusCommand& command);
int run_batches(const BatchesCommand& command);

// Of the bodies of GET /_klambda/status and GET /_klambda/batches. Throw Json::exception for what
// is no such body.
std::string status_text(const Json& status);
std::string batches_text(const Json& body);

}  // namespace emulator
