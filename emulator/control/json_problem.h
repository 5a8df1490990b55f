// What is wrong with a text that should be JSON, worded as AWS words it: with the messages of
// Jackson, its parser (recorded texts; where several fit, the nearest). Pure; any thread.
#pragma once

#include <string>
#include <string_view>

namespace emulator {

// `text`: is not JSON. "Unexpected character ('c' (code 99)): was expecting double-quote to start
// field name\n at [Source: REDACTED …; line: 1, column: 2]"
std::string json_problem(std::string_view text);

}  // namespace emulator
