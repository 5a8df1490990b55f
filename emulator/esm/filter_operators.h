// One element of a pattern's array, as JSON, made a Matcher. Throws FilterPatternError with the
// bare reason, in EventBridge's words where it is known to have some; who calls adds where.
#pragma once

#include <nlohmann/json.hpp>

#include "emulator/config/model.h"
#include "emulator/esm/filter_matcher.h"

namespace emulator {

// In the order of its members, which decides where two of them are one field. Of duplicate
// members the last wins.
using PatternJson = nlohmann::ordered_json;

// `{"exists": false}` is no Matcher, there being no value to look at.
bool is_absence(const PatternJson& element);
Matcher compile_matcher(const PatternJson& element, Strictness strictness);

}  // namespace emulator
