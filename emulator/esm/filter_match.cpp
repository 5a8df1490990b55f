#include "emulator/esm/filter_match.h"

#include <algorithm>

namespace emulator {
namespace {

bool matches_value(const FieldPattern& field, const FilterScalar& value) {
  return std::any_of(field.matchers.begin(), field.matchers.end(),
                     [&](const Matcher& matcher) { return matcher.matches(value); });
}

}  // namespace

bool RuleSearch::matches_any_rule(const CompiledPatterns& patterns, const FilterRecord& record) {
  record_ = &record;
  comparisons_ = 0;
  const bool matched = std::any_of(patterns.rules.begin(), patterns.rules.end(),
                                   [&](const auto& rule) { return matches_rule(patterns, rule); });
  record_ = nullptr;
  return matched;
}

bool RuleSearch::matches_rule(const CompiledPatterns& patterns,
                              const std::vector<std::size_t>& rule) {
  fields_.clear();
  for (const std::size_t index : rule) {
    const FieldPattern& field = patterns.field_patterns[index];
    if (is_asked(field)) fields_.push_back(&field);
  }
  chosen_.assign(fields_.size(), FilterRecord::kNoElement);
  Turns blamed;
  return choose(0, blamed);
}

// A pattern for text says nothing of JSON, one for JSON nothing of text, and neither of bytes: its
// data part is ignored (kafka-filtering.html, the table of formats).
bool RuleSearch::is_asked(const FieldPattern& field) const {
  return field.part == RecordPart::Metadata || record_->form(field.part) == field.form;
}

// On failure adds to `blamed` the earlier turns whose other choices could change it. Recursion ends
// at kRuleFieldsMax.
bool RuleSearch::choose(std::size_t turn, Turns& blamed) {
  if (turn == fields_.size()) return true;
  const FieldPattern& field = *fields_[turn];
  Turns helpful;
  bool absent = true;
  for (const FilterRecord::Value& value : record_->values(field.field)) {
    if (++comparisons_ > kComparisonsMax) return true;
    const std::optional<std::size_t> other = first_inconsistent(value.element, turn);
    if (!other) absent = false;
    if (!matches_value(field, value.scalar)) continue;
    if (other) {
      helpful.set(*other);
      continue;
    }
    chosen_[turn] = value.element;
    Turns later;
    if (choose(turn + 1, later)) return true;
    if (!later[turn]) {
      blamed |= later;
      return false;
    }
    helpful |= later.reset(turn);
  }
  if (field.absent_matches && absent) {
    chosen_[turn] = FilterRecord::kNoElement;
    Turns later;
    if (choose(turn + 1, later)) return true;
    helpful |= later.reset(turn);
  } else if (field.absent_matches) {
    for (std::size_t earlier = 0; earlier < turn; ++earlier) helpful.set(earlier);
  }
  blamed |= helpful;
  return false;
}

// Of the choices of the first `turns` turns, the first that `element` is not consistent with.
std::optional<std::size_t> RuleSearch::first_inconsistent(FilterRecord::Element element,
                                                          std::size_t turns) const {
  if (element == FilterRecord::kNoElement) return std::nullopt;
  for (std::size_t turn = 0; turn < turns; ++turn) {
    if (!record_->consistent(element, chosen_[turn])) return turn;
  }
  return std::nullopt;
}

}  // namespace emulator
