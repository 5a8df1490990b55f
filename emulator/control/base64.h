// Base64 of short texts: client contexts and log tails. (Records are encoded by esm/kafka_event,
// which is made for speed.)
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

std::string base64_encode(std::string_view bytes);
std::optional<std::string> base64_decode(std::string_view text);  // nullopt: not base64

}  // namespace emulator
