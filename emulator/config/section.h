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
  std::optional<std::int64_t> integer(std::string_view name, Range range) const;
  std::optional<bool> boolean(std::string_view name) const;
  std::optional<std::vector<std::string>> texts(
      std::string_view name) const;  // a list; an item may itself become a list
  std::optional<Value> map(std::string_view name) const;

  bool has(std::string_view name) const { return map_.find(name) != nullptr; }
  int line_of(std::string_view name) const;  // of the property, else of the map
  const std::string& owner() const { return owner_; }

  [[noreturn]] void fail(std::string_view name,
                         const std::string& what) const;  // "<name> of <owner> <what>"
  void warn(std::string_view name, const std::string& what) const;
  void require(std::string_view name, const std::string& shown, const Problem& problem) const;

 private:
  std::string subject(std::string_view name) const { return std::string(name) + " of " + owner_; }

  const std::string owner_;
  const Value& map_;
  Intrinsics& intrinsics_;
  Diagnostics& diagnostics_;
};

}  // namespace emulator
