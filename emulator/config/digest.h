// SHA-256, its keyed form, and bytes as text of hexadecimal digits. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace emulator {

// 32 bytes each. Throw std::runtime_error when OpenSSL was built without them.
std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

std::string hex(std::string_view bytes);  // "00ff"

}  // namespace emulator
