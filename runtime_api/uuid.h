// Identifiers that the Extensions API hands out and takes back. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace runtime_api {

std::string new_uuid();  // version 4, lower case

// The 36 characters of one, in lower case, written in any of the ways that Go's uuid.Parse takes
// (AWS's RIE): with braces, behind "urn:uuid:", without hyphens. nullopt: it is none.
std::optional<std::string> parse_uuid(std::string_view text);

}  // namespace runtime_api
