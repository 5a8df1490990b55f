// Create-, Update-, Get-, List- and DeleteFunctionUrlConfig: /2021-10-31/functions/{name}/url
// (docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html). The URL that they tell
// is the one that control/function_url answers.
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_function_url_config(Router& router, FunctionCatalog& functions);  // outlives the router

}  // namespace emulator
