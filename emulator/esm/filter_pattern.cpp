#include "emulator/esm/filter_pattern.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/esm/filter.h"
#include "emulator/esm/filter_operators.h"

namespace emulator {
namespace {

constexpr std::string_view kOr = "$or";

// Refused as field names inside `$or`, where they are more likely misplaced operators
// (aws/event-ruler Constants.java names these and some that it has no operators for).
constexpr std::array<std::string_view, 14> kReservedInOr{"exactly",
                                                         "equals-ignore-case",
                                                         "prefix",
                                                         "suffix",
                                                         "anything-but",
                                                         "exists",
                                                         "wildcard",
                                                         "numeric",
                                                         "cidr",
                                                         "=",
                                                         "<",
                                                         "<=",
                                                         ">",
                                                         ">="};

// Name of a field, with a dot before its first step too → index into field_patterns.
using Branch = std::map<std::string, std::size_t>;

class PatternCompiler {
 public:
  PatternCompiler(CompiledPatterns& out, std::size_t number, Strictness strictness)
      : out_(out), number_(number), strictness_(strictness) {}

  void compile(const std::string& text) {
    const std::size_t characters = count_characters(text);
    if (characters > kPatternCharactersMax) {
      refuse("", "it has " + std::to_string(characters) + " characters, more than " +
                     std::to_string(kPatternCharactersMax));
    }
    const PatternJson pattern = parse(text);
    if (!pattern.is_object()) refuse("", "Filter is not an object");
    std::vector<Branch> branches(1);
    add_object(pattern, "", branches);
    for (const Branch& branch : branches) {
      std::vector<std::size_t>& rule = out_.rules.emplace_back();
      for (const auto& [name, index] : branch) rule.push_back(index);
    }
  }

 private:
  [[noreturn]] void refuse(const std::string& path, const std::string& reason) const {
    throw FilterPatternError("filter pattern " + std::to_string(number_) +
                             (path.empty() ? "" : " at \"" + path.substr(1) + "\"") + ": " +
                             reason);
  }

  PatternJson parse(const std::string& text) const {
    try {
      return PatternJson::parse(text);
    } catch (const PatternJson::parse_error& error) {
      refuse("", "it is not JSON, as byte " + std::to_string(error.byte) + " shows");
    } catch (const PatternJson::out_of_range&) {
      refuse("", "it has a number that no double holds");
    }
  }

  void add_object(const PatternJson& object, const std::string& path,
                  std::vector<Branch>& branches) {
    if (object.empty()) refuse(path, "Empty objects are not allowed");
    for (const auto& [name, value] : object.items()) {
      const std::string field = path + '.' + name;
      if (name == kOr) {
        add_or(value, path, branches);
        continue;
      }
      if (or_depth_ > 0 &&
          std::find(kReservedInOr.begin(), kReservedInOr.end(), name) != kReservedInOr.end()) {
        refuse(field, '"' + name + "\" is an operator and no field name inside $or");
      }
      if (value.is_object()) {
        add_object(value, field, branches);
      } else if (value.is_array()) {
        add_field(value, field, branches);
      } else {
        refuse(field, '"' + name + "\" must be an object or an array");
      }
    }
  }

  // Every branch so far goes on in each of the alternatives.
  void add_or(const PatternJson& alternatives, const std::string& path,
              std::vector<Branch>& branches) {
    const std::string here = path + '.' + std::string(kOr);
    if (!alternatives.is_array()) refuse(here, "It must be an Array followed with $or.");
    if (alternatives.size() < 2) {
      refuse(here, "There must have at least 2 Objects in $or relationship.");
    }
    ++or_depth_;
    std::vector<Branch> all;
    for (const PatternJson& alternative : alternatives) {
      if (!alternative.is_object()) {
        refuse(here, "Only JSON object is allowed in array of $or relationship.");
      }
      std::vector<Branch> continued = branches;
      add_object(alternative, path, continued);
      if (all.size() + continued.size() > kRuleCombinationsMax) {
        refuse(here, "$or makes more than " + std::to_string(kRuleCombinationsMax) +
                         " rule combinations");
      }
      std::move(continued.begin(), continued.end(), std::back_inserter(all));
    }
    branches = std::move(all);
    --or_depth_;
  }

  // A field that is named again counts as named last (eb-create-pattern.html, duplicate members).
  void add_field(const PatternJson& elements, const std::string& path,
                 std::vector<Branch>& branches) {
    if (elements.empty()) refuse(path, "Empty arrays are not allowed");
    FieldPattern pattern;
    const std::string name = path.substr(1);
    pattern.field = out_.fields.add(name);
    const std::string top = name.substr(0, name.find('.'));
    if (top == "key") pattern.part = RecordPart::Key;
    if (top == "value") pattern.part = RecordPart::Value;
    pattern.form = name == top ? DataForm::Text : DataForm::Json;
    try {
      for (const PatternJson& element : elements) {
        if (is_absence(element)) {
          pattern.absent_matches = true;
        } else {
          pattern.matchers.push_back(compile_matcher(element, strictness_));
        }
      }
    } catch (const FilterPatternError& error) {
      refuse(path, error.what());
    }
    for (Branch& branch : branches) branch[path] = out_.field_patterns.size();
    out_.field_patterns.push_back(std::move(pattern));
  }

  CompiledPatterns& out_;
  const std::size_t number_;  // from 1
  const Strictness strictness_;
  int or_depth_ = 0;
};

}  // namespace

CompiledPatterns compile_patterns(const std::vector<std::string>& patterns, Strictness strictness) {
  CompiledPatterns compiled;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    PatternCompiler(compiled, i + 1, strictness).compile(patterns[i]);
  }
  return compiled;
}

}  // namespace emulator
