// JSON strings written directly: log lines and names go out by the ten thousand. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace runtime_api {

// Appends `text` with quotes; what is no UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);
std::string json_string(std::string_view text);

}  // namespace runtime_api
