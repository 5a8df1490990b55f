// CreateFunction, GetFunction, GetFunctionConfiguration, ListFunctions, UpdateFunctionCode,
// UpdateFunctionConfiguration and DeleteFunction
// (docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html and its neighbours).
//
// Threads: the HTTP server's. What the parts reference outlives the router.
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/catalog/layers.h"
#include "emulator/control/code_links.h"
#include "emulator/control/router.h"
#include "emulator/package/package_store.h"

namespace emulator {

struct FunctionParts {
  FunctionCatalog& functions;
  PackageStore& packages;
  LayerCatalog& layers;
  const CodeLinks& links;
};

void add_functions(Router& router, const FunctionParts& parts);

}  // namespace emulator
