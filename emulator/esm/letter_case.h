// Comparison of UTF-8 texts without regard to letter case, one code point against one: of all
// scripts that have cases, but without the few letters that grow ("ß" is not "SS"), and without
// language rules, as EventBridge does it. Any thread.
#pragma once

#include <string_view>

namespace emulator {

bool equals_ignoring_case(std::string_view a, std::string_view b);
bool starts_ignoring_case(std::string_view text, std::string_view prefix);
bool ends_ignoring_case(std::string_view text, std::string_view suffix);

}  // namespace emulator
