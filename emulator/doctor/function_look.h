// Whether a function could be started: its code, its handler, its interpreter. Starts no handler
// and downloads nothing. Any thread.
#pragma once

#include "emulator/config/model.h"
#include "emulator/doctor/check.h"
#include "emulator/package/package_store.h"

namespace emulator {

// `packages`: where a CodeUri that is a zip, and layers, are unpacked.
Check look_at_function(const FunctionConfig& function, PackageStore& packages);

}  // namespace emulator
