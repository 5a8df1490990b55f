// The environment of a function's processes. Source: docs configuration-envvars.html.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

// Complete but for AWS_LAMBDA_RUNTIME_API and AWS_LAMBDA_LOG_STREAM_NAME, which each environment
// has of its own. The user's variables come on top, except names that AWS reserves: those are
// dropped with one warning (names only, never values).
std::vector<std::pair<std::string, std::string>> function_variables(const FunctionConfig& function);

}  // namespace emulator
