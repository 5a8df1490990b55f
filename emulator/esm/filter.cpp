#include "emulator/esm/filter.h"

#include <array>
#include <string_view>

#include "emulator/esm/filter_match.h"
#include "emulator/esm/filter_pattern.h"
#include "emulator/esm/filter_record.h"

namespace emulator {
namespace {

// What filter_record makes of a record.
constexpr std::array<std::string_view, 8> kRecordMembers{
    "topic", "partition", "offset", "timestamp", "timestampType", "key", "value", "headers"};

}  // namespace

class Filter::Patterns {
 public:
  CompiledPatterns compiled;
};

class Filter::Memory {
 public:
  FilterRecord record;
  RuleSearch search;
};

Filter::Filter() = default;

Filter::Filter(const std::vector<std::string>& patterns, Strictness strictness) {
  if (patterns.empty()) return;
  patterns_ = std::make_shared<const Patterns>(Patterns{compile_patterns(patterns, strictness)});
  memory_ = std::make_unique<Memory>();
}

Filter::~Filter() = default;

Filter::Filter(const Filter& other) : patterns_(other.patterns_) {
  if (patterns_ != nullptr) memory_ = std::make_unique<Memory>();
}

Filter& Filter::operator=(const Filter& other) {
  if (this == &other) return *this;
  patterns_ = other.patterns_;
  memory_ = patterns_ == nullptr ? nullptr : std::make_unique<Memory>();
  return *this;
}

std::vector<std::string> Filter::unknown_members() const {
  std::vector<std::string> unknown;
  if (patterns_ == nullptr) return unknown;
  for (const auto& step : patterns_->compiled.fields.root().steps) {
    if (!is_one_of(kRecordMembers, step.name)) unknown.push_back(step.name);
  }
  return unknown;
}

bool Filter::passes(const Record& record) {
  if (patterns_ == nullptr) return true;
  memory_->record.load(record, patterns_->compiled.fields);
  return memory_->search.matches_any_rule(patterns_->compiled, memory_->record);
}

}  // namespace emulator
