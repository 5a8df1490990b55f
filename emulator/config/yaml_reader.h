// A YAML or JSON file as a tree of plain values that know their lines. Aliases and merge keys (<<)
// are expanded, tags are kept (CloudFormation's short functions are tags). Bounded in size, depth
// and number of values.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/model.h"

namespace emulator {

struct Value {
  struct Member;
  enum class Kind { Null, Scalar, List, Map };

  Kind kind = Kind::Null;
  int line = 0;
  std::string tag;              // "!Sub"; empty without one of its own
  std::string text;             // Scalar, as written
  std::vector<Value> items;     // List
  std::vector<Member> members;  // Map, in the file's order, names unique

  const Value* find(
      std::string_view name) const;  // a member's value; nullptr without it, or when this is no map
  bool is_null() const { return kind == Kind::Null; }
  bool is_scalar() const { return kind == Kind::Scalar; }
  bool is_list() const { return kind == Kind::List; }
  bool is_map() const { return kind == Kind::Map; }
};

struct Value::Member {
  std::string name;
  int line;  // of the name
  Value value;
};

Value empty_map(int line);  // as if it stood there

// Throws ConfigError: `file` (as given, it stands in the message), line, what is wrong.
Value parse_yaml(const std::string& text, const std::string& file);
Value read_yaml(const std::filesystem::path& file);

}  // namespace emulator
