// What `--until-drained` says at the end, one line a mapping. Pure.
#pragma once

#include <string>

#include "emulator/config/model.h"
#include "emulator/esm/progress.h"

namespace emulator {

std::string summary(const MappingConfig& config, const MappingStatus& status);

}  // namespace emulator
