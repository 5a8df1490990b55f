// JSON from outside as a DOM, within a depth that no recursion over it overflows a stack with.
// Pure; any thread.
#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string_view>

namespace emulator {

inline constexpr int kJsonDepthMax = 500;  // more than any schema or value may have types or values

// One line: what is wrong, and at which byte.
struct JsonTextError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

nlohmann::json parse_json_text(std::string_view text);  // throws JsonTextError

}  // namespace emulator
