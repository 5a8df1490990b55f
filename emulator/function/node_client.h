// klambda's own Node runtime client, node_client/runtime.js, as the build has put it into the
// binary.
#pragma once

#include <string_view>

namespace emulator {

std::string_view node_client_text();
std::string_view node_client_hash();  // beginning of its SHA-256

}  // namespace emulator
