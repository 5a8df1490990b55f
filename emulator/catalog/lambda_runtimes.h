// The names of Lambda's runtimes (docs: lambda-runtimes.html; botocore's model; error texts of
// recordings). Whether klambda can start one is function/runtimes' business. Pure; any thread.
#pragma once

#include <string_view>

namespace emulator {

// Throws ApiError as AWS words it: no runtime of this name, or one that functions can no longer be
// created with.
void require_runtime(std::string_view runtime);

// docs snapstart.html, "Supported features and limitations"
bool has_snap_start(std::string_view runtime);

}  // namespace emulator
