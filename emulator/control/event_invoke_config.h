// Put-, Update-, Get-, List- and DeleteFunctionEventInvokeConfig:
// /2019-09-25/functions/{FunctionName}/event-invoke-config
// (docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_event_invoke_config(Router& router, FunctionCatalog& functions);  // outlives the router

}  // namespace emulator
