// UUIDs: random ones for requests, name-based ones for mappings, whose consumer group must be the
// same after a restart.
#pragma once

#include <string>
#include <string_view>

namespace emulator {

std::string random_uuid();                     // version 4; any thread
std::string name_uuid(std::string_view name);  // version 5 in klambda's own namespace

}  // namespace emulator
