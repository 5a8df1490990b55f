// CreateAlias, GetAlias, UpdateAlias, ListAliases, DeleteAlias:
// /2015-03-31/functions/{FunctionName}/aliases
// (docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_aliases(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
