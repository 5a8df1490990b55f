#include "emulator/config/section.h"

#include <algorithm>
#include <utility>

#include "emulator/config/text.h"

namespace emulator {

void Section::check_properties(std::span<const Property> known, const std::string& kind) const {
  for (const auto& member : map_.members) {
    const auto property = std::find_if(known.begin(), known.end(),
                                       [&](const Property& p) { return p.name == member.name; });
    if (property == known.end()) {
      std::vector<std::string> names;
      for (const auto& candidate : known) names.emplace_back(candidate.name);
      diagnostics_.warn(member.line, member.name + " of " + owner_ +
                                         " is ignored: klambda knows no such property of " + kind +
                                         did_you_mean(member.name, names));
    } else if (property->treatment == Treatment::NoEffect) {
      const std::string hint(property->hint);
      diagnostics_.warn(member.line, member.name + " of " + owner_ +
                                         " has no effect in this version of klambda" +
                                         (hint.empty() ? "" : ": " + hint));
    }
  }
}

int Section::line_of(std::string_view name) const {
  int line = map_.line;
  const Value* map = &map_;
  for (const auto& part : split(name, '.')) {
    const auto member = std::find_if(map->members.begin(), map->members.end(),
                                     [&](const Value::Member& m) { return m.name == part; });
    if (member == map->members.end()) break;
    line = member->line;
    map = &member->value;
  }
  return line;
}

std::string Section::subject(std::string_view name) const {
  std::string subject = owner_;
  for (const auto& part : split(name, '.')) subject.insert(0, part + " of ");
  return subject;
}

void Section::fail(std::string_view name, const std::string& what) const {
  diagnostics_.fail(line_of(name), subject(name) + " " + what);
}

void Section::warn(std::string_view name, const std::string& what) const {
  diagnostics_.warn(line_of(name), subject(name) + " " + what);
}

void Section::require(std::string_view name, const std::string& shown,
                      const Problem& problem) const {
  if (problem) fail(name, "is " + (shown.empty() ? std::string("empty") : shown) + ": " + *problem);
}

std::optional<Value> Section::value(std::string_view name) const {
  const auto* found = map_.find(name);
  if (found == nullptr) return std::nullopt;
  auto resolved = intrinsics_.resolve(*found);
  if (resolved && resolved->is_null()) fail(name, "has no value: give it one, or remove the line");
  return resolved;
}

std::optional<std::string> Section::text(std::string_view name) const {
  const auto* found = map_.find(name);
  if (found == nullptr) return std::nullopt;
  return intrinsics_.resolve_text(*found, subject(name));
}

std::optional<std::int64_t> Section::integer(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto number = parse_integer(*given);
  if (!number) fail(name, "is \"" + *given + "\": it must be a whole number");
  return number;
}

std::optional<std::int64_t> Section::integer(std::string_view name, Range range) const {
  const auto number = integer(name);
  if (number) require(name, std::to_string(*number), check_range(*number, range));
  return number;
}

std::optional<bool> Section::boolean(std::string_view name) const {
  const auto given = text(name);
  if (!given) return std::nullopt;
  const auto lower = lower_case(*given);
  if (lower == "true" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "no" || lower == "off") return false;
  fail(name, "is \"" + *given + "\": it must be true or false");
}

std::optional<std::vector<std::string>> Section::texts(std::string_view name) const {
  const auto list = value(name);
  if (!list) return std::nullopt;
  if (!list->is_list())
    fail(name,
         std::string("is a ") + (list->is_map() ? "map" : "single value") + ": it must be a list");
  std::vector<std::string> result;
  for (const auto& item : list->items) {
    const auto resolved = intrinsics_.resolve(item);
    if (!resolved) continue;
    if (resolved->is_list()) {
      for (const auto& inner : resolved->items) {
        if (auto inner_text = intrinsics_.resolve_text(inner, "an item of " + subject(name))) {
          result.push_back(std::move(*inner_text));
        }
      }
    } else if (auto item_text = intrinsics_.resolve_text(item, "an item of " + subject(name))) {
      result.push_back(std::move(*item_text));
    }
  }
  return result;
}

std::optional<Value> Section::map(std::string_view name) const {
  auto found = value(name);
  if (found && !found->is_map()) {
    fail(name, std::string("is a ") + (found->is_list() ? "list" : "single value") +
                   ": it must be a map");
  }
  return found;
}

}  // namespace emulator
