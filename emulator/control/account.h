// GetAccountSettings (docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_account(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
