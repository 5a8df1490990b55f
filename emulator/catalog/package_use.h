// Which packages of a state directory are still of use. For the start of a program, before anybody
// adds one.
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/catalog/layers.h"
#include "emulator/package/package_store.h"

namespace emulator {

// Removes what no version of a function or layer has: code that was replaced, layers that were
// deleted.
void sweep_packages(PackageStore& packages, const FunctionCatalog& functions,
                    const LayerCatalog& layers);

}  // namespace emulator
