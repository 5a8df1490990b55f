// Whether a JSON value is what a JSON Schema asks for. One thread; lives while one value is
// validated.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "emulator/schema/json_schema.h"

namespace emulator {

// What is wrong with the value and where, in one line; nullopt: nothing. `bytes` is how long the
// value's text is. Throws DecodeError when finding out takes far longer than for such a text.
// "format" is not looked at, nor are "unevaluatedProperties" and "unevaluatedItems".
std::optional<std::string> fault_of(const nlohmann::json& value, std::size_t bytes,
                                    const JsonSchema& schema);

}  // namespace emulator
