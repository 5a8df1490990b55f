// A filter's patterns, compiled: the fields they look at, and the rules whose fields must all
// match. A pattern with `$or` is several rules. Built when a mapping is made, constant afterwards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/filter_fields.h"
#include "emulator/esm/filter_matcher.h"

namespace emulator {

// Of `$or`: eb-create-pattern-operators.html.
inline constexpr std::size_t kRuleCombinationsMax = 1'000;
// What a pattern of that many characters can hold: the shortest field, `"a":[1],`, has eight.
inline constexpr std::size_t kRuleFieldsMax = kPatternCharactersMax / 8;

enum class RecordPart : std::uint8_t { Metadata, Key, Value };
// How a pattern sees key or value: {"value":["x"]} as a plain string, {"value":{"a":["x"]}} as
// JSON.
enum class DataForm : std::uint8_t { Text, Json };

struct FieldPattern {
  std::size_t field = 0;  // its number in the tree
  RecordPart part = RecordPart::Metadata;
  DataForm form = DataForm::Text;  // of Key and Value
  std::vector<Matcher> matchers;   // any of them
  bool absent_matches = false;     // {"exists": false} is among them
};

struct CompiledPatterns {
  FieldTree fields;
  std::vector<FieldPattern> field_patterns;
  // Any of them; each a list of indices into field_patterns, in the order of their fields' names.
  std::vector<std::vector<std::size_t>> rules;
};

// Throws FilterPatternError, naming the pattern (from 1) and where in it.
CompiledPatterns compile_patterns(const std::vector<std::string>& patterns, Strictness strictness);

}  // namespace emulator
