// Does a record match a rule? The one place that knows what a rule's fields ask of each other. One
// of these serves one record after another, and keeps its memory; one thread.
#pragma once

#include <bitset>
#include <cstddef>
#include <optional>
#include <vector>

#include "emulator/esm/filter_pattern.h"
#include "emulator/esm/filter_record.h"

namespace emulator {

// Comparisons that one record may cost. Only a record made for it comes there, with several members
// of one name and an array in each. It passes, since a record must not be lost.
inline constexpr std::size_t kComparisonsMax = 1'000'000;

// Finds one value for each field of a rule, such that each field's matches and no two of them are
// in different elements of one array: {"a":{"x":[1],"y":[2]}} does not match
// {"a":[{"x":1},{"y":2}]} (aws/event-ruler README.md, "JSON Array Matching"). Fields take their
// turns in the order of their names; {"exists": false} asks for the absence of what the choices so
// far leave (NameState.java).
//
// A field that finds nothing goes back to the last field whose other choice could help it, not
// simply to the one before: so independent arrays cost their sum and not their product.
class RuleSearch {
 public:
  bool matches_any_rule(const CompiledPatterns& patterns, const FilterRecord& record);

 private:
  using Turns = std::bitset<kRuleFieldsMax>;

  bool matches_rule(const CompiledPatterns& patterns, const std::vector<std::size_t>& rule);
  bool is_asked(const FieldPattern& field) const;
  bool choose(std::size_t turn, Turns& blamed);
  std::optional<std::size_t> first_inconsistent(FilterRecord::Element element,
                                                std::size_t turns) const;

  const FilterRecord* record_ = nullptr;       // set while a record is matched
  std::size_t comparisons_ = 0;                // for this record
  std::vector<const FieldPattern*> fields_;    // of this rule, those that are asked
  std::vector<FilterRecord::Element> chosen_;  // by turn
};

}  // namespace emulator
