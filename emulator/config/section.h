// One map of a template (a function's Properties, an event's, …) while it is read: properties are
// looked up by name, evaluated and checked, and every complaint names the property, its owner, file
// and line.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/diagnostics.h"
#include "emulator/config/intrinsics.h"
#include "emulator/config/rules.h"
#include "emulator/config/yaml_reader.h"

namespace emulator {

// What klambda does with a property that AWS knows.
enum class Treatment {
  Read,
  Ignored,   // has no meaning on one machine (Role, Tags, …): silently
  NoEffect,  // has one that this version lacks: a warning
};

struct Property {
  std::string_view name;
  Treatment treatment = Treatment::Read;
  std::string_view hint = {};  // of NoEffect: what happens instead, or what to do
};

class Section {
 public:
  // `map` is resolved and a map; map, intrinsics and diagnostics must outlive it. `owner` is
  // "Orders" or "Orders/Trigger".
  Section(std::string owner, const Value& map, Intrinsics& intrinsics, Diagnostics& diagnostics)
      : owner_(std::move(owner)), map_(map), intrinsics_(intrinsics), diagnostics_(diagnostics) {}

  // Warns about what is in the map and not acted on. `kind` names the table:
  // "AWS::Serverless::Function".
  void check_properties(std::span<const Property> known, const std::string& kind) const;

  // Nullopt: not given, or left out by AWS::NoValue or a warning. Anything of another shape is a
  // ConfigError.
  std::optional<Value> value(std::string_view name) const;
  std::optional<std::string> text(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name) const;
  std::optional<std::int64_t> integer(std::string_view name, Range range) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<std::vector<std::string>> texts(
      std::string_view name) const;  // a list; an item may itself become a list
  std::optional<Value> map(std::string_view name) const;

  // Reads a map inside of this one as a section of its own, when it is given: read(Section).
  template <typename Read>
  void within(std::string_view name, std::span<const Property> known, const Read& read) const {
    const auto inner = map(name);
    if (!inner) return;
    const Section section(subject(name), *inner, intrinsics_, diagnostics_);
    section.check_properties(known, std::string(name));
    read(section);
  }
  // Reads each map of a list; `form` shows one: "{Type: …, URI: …}".
  template <typename Read>
  void for_each(std::string_view name, std::span<const Property> known, const std::string& form,
                const Read& read) const {
    const auto list = value(name);
    if (!list) return;
    const std::string must_be = "must be a list of " + form;
    if (!list->is_list()) fail(name, must_be);
    for (const auto& item : list->items) {
      const auto inner = intrinsics_.resolve(item);
      if (!inner) continue;
      if (!inner->is_map()) diagnostics_.fail(item.line, subject(name) + " " + must_be);
      const Section section(subject(name), *inner, intrinsics_, diagnostics_);
      section.check_properties(known, "an item of " + std::string(name));
      read(section);
    }
  }

  bool has(std::string_view name) const { return map_.find(name) != nullptr; }
  bool is_empty() const { return map_.members.empty(); }
  int line() const { return map_.line; }
  const std::string& owner() const { return owner_; }

  // In these `name` may also be a path, "ProvisionedPollerConfig.MinimumPollers".
  int line_of(std::string_view name) const;  // of the property, else of the map that lacks it
  std::string subject(std::string_view name) const;  // "MinimumPollers of ProvisionedPollerConfig
                                                     // of <owner>"
  [[noreturn]] void fail(std::string_view name, const std::string& what) const;  // subject, what
  void warn(std::string_view name, const std::string& what) const;
  void require(std::string_view name, const std::string& shown, const Problem& problem) const;

 private:
  const std::string owner_;
  const Value& map_;
  Intrinsics& intrinsics_;
  Diagnostics& diagnostics_;
};

}  // namespace emulator
