// A JSON Schema as a graph of nodes, its references resolved (json-schema.org; drafts 4, 6, 7,
// 2019-09 and 2020-12). Never changes once it is compiled; any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/schema/codec.h"
#include "emulator/schema/json_pattern.h"

namespace emulator {

// What one schema within the schema asks for. Members that are null, empty or nullopt ask nothing.
struct JsonSchemaNode {
  struct Range {
    std::size_t least = 0;
    std::size_t most = std::numeric_limits<std::size_t>::max();
  };
  enum Type : unsigned {  // bits
    Null = 1,
    Boolean = 2,
    Integer = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64
  };

  bool never = false;  // the schema `false`
  const JsonSchemaNode* reference = nullptr;
  unsigned types = 0;  // of Type; 0: any
  std::optional<nlohmann::json> constant;
  std::optional<std::vector<nlohmann::json>> values;

  // Numbers.
  nlohmann::json minimum, maximum, exclusive_minimum, exclusive_maximum;
  std::optional<double> multiple_of;

  Range length;  // of a text, in characters
  std::optional<JsonPattern> pattern;

  // Arrays.
  std::vector<const JsonSchemaNode*> first_items;  // each for the item at its place
  const JsonSchemaNode* other_items = nullptr;     // those after them
  const JsonSchemaNode* contains = nullptr;
  Range contains_count{1, std::numeric_limits<std::size_t>::max()};
  Range item_count;
  bool unique_items = false;

  // Objects.
  std::map<std::string, const JsonSchemaNode*> properties;
  std::vector<std::pair<JsonPattern, const JsonSchemaNode*>> pattern_properties;
  const JsonSchemaNode* other_properties = nullptr;
  const JsonSchemaNode* property_names = nullptr;
  std::vector<std::string> required;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, const JsonSchemaNode*> dependent_schemas;
  Range property_count;

  std::vector<const JsonSchemaNode*> all_of, any_of, one_of;
  const JsonSchemaNode* negated = nullptr;
  const JsonSchemaNode* condition = nullptr;
  const JsonSchemaNode* consequence = nullptr;
  const JsonSchemaNode* alternative = nullptr;
};

class JsonSchema {
 public:
  // Throws SchemaError.
  explicit JsonSchema(const SchemaDefinition& definition);
  const JsonSchemaNode& root() const { return *root_; }

 private:
  friend class JsonSchemaCompiler;
  std::deque<JsonSchemaNode> nodes_;  // never move
  const JsonSchemaNode* root_ = nullptr;
};

}  // namespace emulator
