// Base64 in both directions: packages, hashes, client contexts and log tails. (Records are encoded
// by esm/base64, which is made for speed.) Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  // nullopt: not base64

}  // namespace emulator
