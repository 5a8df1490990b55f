// The regular expressions of the API's model: Java's, which PCRE reads the same way, on the UTF-8
// of a request. Pure; any thread.
#pragma once

#include <string_view>

namespace emulator {

// Whether all of `text` is what `pattern` says. A text that takes too long to judge does not match;
// no text overflows the stack. The pattern is one of ours: std::logic_error when it is none.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace emulator
