// Functions of a template or of `klambda run` as resources of the API. Any thread.
#pragma once

#include <filesystem>
#include <string>

#include "emulator/catalog/function.h"
#include "emulator/config/model.h"

namespace emulator {

// Active, as if it had been deployed: its code is its directory. What the API changes of it lasts
// until klambda ends.
Function from_template(const FunctionConfig& config);

// Code that lies in a directory of the user's own. CodeSha256 is of its path, and it has no size.
FunctionCode code_in_directory(const std::filesystem::path& directory);

// Code that is a container image. CodeSha256 is of its URI.
FunctionCode code_in_image(const std::string& uri);

}  // namespace emulator
