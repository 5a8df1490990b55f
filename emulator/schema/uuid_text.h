// UUIDs: their sixteen bytes and their text. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

std::string uuid_text(std::string_view bytes);                 // of 16; in lower case
std::optional<std::string> uuid_bytes(std::string_view text);  // nullopt: it is none

}  // namespace emulator
