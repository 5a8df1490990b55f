// PublishVersion, ListVersionsByFunction: /2015-03-31/functions/{FunctionName}/versions
// (docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html).
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

void add_versions(Router& router, FunctionCatalog& functions);  // which outlives the router

}  // namespace emulator
