// What `--until-drained` says at the end, one line a mapping. Pure.
#pragma once

#include <cstdint>
#include <string>

#include "emulator/config/model.h"
#include "emulator/esm/progress.h"

namespace emulator {

std::string counted(std::uint64_t count, const std::string& noun);  // "1 record", "2 records"

std::string summary(const MappingConfig& config, const MappingStatus& status);

}  // namespace emulator
