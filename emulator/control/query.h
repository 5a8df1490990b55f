// Paths and queries of HTTP requests, decoded. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace emulator {

std::string percent_decode(std::string_view text);
// The decoded value of one query parameter; nullopt when it is absent.
std::optional<std::string> query_parameter(std::string_view query, std::string_view name);

}  // namespace emulator
