// Configurations that tools read and write and nothing in klambda acts on: recursive loops
// (API_PutFunctionRecursionConfig.html), runtime updates (API_PutRuntimeManagementConfig.html),
// code signing, which no function here has (API_GetFunctionCodeSigningConfig.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_kept_configs(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
