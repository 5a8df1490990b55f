// AddPermission, RemovePermission, GetPolicy: /2015-03-31/functions/{FunctionName}/policy
// (docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_permissions(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
