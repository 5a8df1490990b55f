#include "emulator/schema/json_schema.h"

#include <array>
#include <string_view>
#include <unordered_map>

#include "emulator/schema/json_references.h"
#include "emulator/schema/json_text.h"

namespace emulator {
namespace {

using Json = nlohmann::json;
using Node = JsonSchemaNode;

constexpr std::array<std::pair<std::string_view, Node::Type>, 7> kTypes{{{"null", Node::Null},
                                                                         {"boolean", Node::Boolean},
                                                                         {"integer", Node::Integer},
                                                                         {"number", Node::Number},
                                                                         {"string", Node::String},
                                                                         {"array", Node::Array},
                                                                         {"object", Node::Object}}};

[[noreturn]] void fail(const char* keyword, const char* wanted) {
  throw SchemaError(std::string("the JSON schema's \"") + keyword + "\" must be " + wanted);
}

const Json* member(const Json& schema, const char* keyword) {
  const auto found = schema.find(keyword);
  return found == schema.end() ? nullptr : &*found;
}

unsigned type_bit(const Json& name) {
  for (const auto& [known, bit] : kTypes) {
    if (name == known) return bit;
  }
  fail("type",
       "\"null\", \"boolean\", \"integer\", \"number\", \"string\", \"array\" or \"object\"");
}

void read_count(const Json& schema, const char* keyword, std::size_t& count) {
  const Json* number = member(schema, keyword);
  if (number == nullptr) return;
  if (!number->is_number() || number->get<double>() < 0) fail(keyword, "a number from 0 on");
  count = number->get<double>() >= 1e15 ? std::numeric_limits<std::size_t>::max()
                                        : number->get<std::size_t>();
}

Json read_number(const Json& schema, const char* keyword) {
  const Json* number = member(schema, keyword);
  if (number == nullptr) return nullptr;
  if (!number->is_number()) fail(keyword, "a number");
  return *number;
}

std::vector<std::string> texts(const Json& list, const char* keyword) {
  std::vector<std::string> result;
  if (!list.is_array()) fail(keyword, "a list of texts");
  for (const Json& text : list) {
    if (!text.is_string()) fail(keyword, "a list of texts");
    result.push_back(text.get<std::string>());
  }
  return result;
}

const Json& object_of(const Json& json, const char* keyword) {
  if (!json.is_object()) fail(keyword, "an object");
  return json;
}

}  // namespace

// Lives while one schema is compiled. Nodes are made when something first needs them and filled
// later, one after the other: schemas that use each other need no recursion.
class JsonSchemaCompiler {
 public:
  JsonSchemaCompiler(const SchemaDefinition& definition, JsonSchema& schema)
      : references_(definition), schema_(schema) {}

  const Node* compile() {
    const auto root = references_.root();
    // Up to draft 7, what stands beside "$ref" means nothing.
    const Json* draft = root.schema->is_object() ? member(*root.schema, "$schema") : nullptr;
    const std::string name =
        draft != nullptr && draft->is_string() ? draft->get<std::string>() : "";
    reference_stands_alone_ =
        name.find("2019-09") == std::string::npos && name.find("2020-12") == std::string::npos;
    const Node* node = node_of(*root.schema, "");
    while (!open_.empty()) {
      const Open next = std::move(open_.back());
      open_.pop_back();
      fill(*next.node, *next.schema, next.base);
    }
    return node;
  }

 private:
  struct Open {
    Node* node = nullptr;
    const Json* schema = nullptr;
    std::string base;
  };

  const Node* node_of(const Json& schema, const std::string& base) {
    const auto [known, is_new] = nodes_.emplace(&schema, nullptr);
    if (is_new) {
      known->second = &schema_.nodes_.emplace_back();
      open_.push_back({known->second, &schema, base});
    }
    return known->second;
  }

  const Node* child(const Json& schema, const char* keyword, const std::string& base) {
    const Json* found = member(schema, keyword);
    return found == nullptr ? nullptr : node_of(*found, base);
  }

  std::vector<const Node*> children(const Json& schema, const char* keyword,
                                    const std::string& base) {
    std::vector<const Node*> nodes;
    const Json* list = member(schema, keyword);
    if (list == nullptr) return nodes;
    if (!list->is_array()) fail(keyword, "a list of schemas");
    for (const Json& one : *list) nodes.push_back(node_of(one, base));
    return nodes;
  }

  void fill(Node& node, const Json& schema, const std::string& outer) {
    if (schema.is_boolean()) {
      node.never = !schema.get<bool>();
      return;
    }
    if (!schema.is_object())
      throw SchemaError("a JSON schema is an object, true or false, not " +
                        std::string(schema.type_name()));
    const bool has_reference = schema.contains("$ref") && schema["$ref"].is_string();
    // Beside a "$ref" an "$id" means nothing either, as far as draft 7.
    const std::string base =
        has_reference && reference_stands_alone_ ? outer : JsonReferences::base_of(schema, outer);
    for (const char* keyword : {"$ref", "$dynamicRef", "$recursiveRef"}) {
      const Json* reference = member(schema, keyword);
      if (reference == nullptr || !reference->is_string()) continue;
      const auto place = references_.find(base, reference->get<std::string>());
      node.reference = node_of(*place.schema, place.base);
    }
    if (has_reference && reference_stands_alone_) return;
    fill_values(node, schema);
    fill_array(node, schema, base);
    fill_object(node, schema, base);
    fill_dependencies(node, schema, base);
    node.all_of = children(schema, "allOf", base);
    node.any_of = children(schema, "anyOf", base);
    node.one_of = children(schema, "oneOf", base);
    node.negated = child(schema, "not", base);
    node.condition = child(schema, "if", base);
    node.consequence = child(schema, "then", base);
    node.alternative = child(schema, "else", base);
  }

  static void fill_values(Node& node, const Json& schema) {
    if (const Json* type = member(schema, "type"); type != nullptr && type->is_array()) {
      for (const Json& one : *type) node.types |= type_bit(one);
    } else if (type != nullptr) {
      node.types = type_bit(*type);
    }
    if (const Json* constant = member(schema, "const")) node.constant = *constant;
    if (const Json* values = member(schema, "enum")) {
      if (!values->is_array()) fail("enum", "a list");
      node.values.emplace(values->begin(), values->end());
    }
    node.minimum = read_number(schema, "minimum");
    node.maximum = read_number(schema, "maximum");
    fill_exclusive(schema, "exclusiveMinimum", node.minimum, node.exclusive_minimum);
    fill_exclusive(schema, "exclusiveMaximum", node.maximum, node.exclusive_maximum);
    if (const Json divisor = read_number(schema, "multipleOf"); !divisor.is_null()) {
      if (divisor.get<double>() <= 0) fail("multipleOf", "a number above 0");
      node.multiple_of = divisor.get<double>();
    }
    read_count(schema, "minLength", node.length.least);
    read_count(schema, "maxLength", node.length.most);
    if (const Json* pattern = member(schema, "pattern")) {
      if (!pattern->is_string()) fail("pattern", "a text");
      node.pattern.emplace(pattern->get_ref<const std::string&>());
    }
  }

  // Draft 4: true makes the other bound an exclusive one; later: a bound of its own.
  static void fill_exclusive(const Json& schema, const char* keyword, Json& bound,
                             Json& exclusive) {
    const Json* value = member(schema, keyword);
    if (value != nullptr && value->is_boolean()) {
      if (value->get<bool>()) exclusive = std::exchange(bound, nullptr);
    } else {
      exclusive = read_number(schema, keyword);
    }
  }

  void fill_array(Node& node, const Json& schema, const std::string& base) {
    const Json* items = member(schema, "items");
    if (member(schema, "prefixItems") != nullptr) {
      node.first_items = children(schema, "prefixItems", base);
      node.other_items = child(schema, "items", base);
    } else if (items != nullptr && items->is_array()) {
      node.first_items = children(schema, "items", base);
      node.other_items = child(schema, "additionalItems", base);
    } else {
      node.other_items = child(schema, "items", base);
    }
    node.contains = child(schema, "contains", base);
    read_count(schema, "minContains", node.contains_count.least);
    read_count(schema, "maxContains", node.contains_count.most);
    read_count(schema, "minItems", node.item_count.least);
    read_count(schema, "maxItems", node.item_count.most);
    const Json* unique = member(schema, "uniqueItems");
    node.unique_items = unique != nullptr && unique->is_boolean() && unique->get<bool>();
  }

  void fill_object(Node& node, const Json& schema, const std::string& base) {
    if (const Json* properties = member(schema, "properties")) {
      for (const auto& [name, property] : object_of(*properties, "properties").items())
        node.properties.emplace(name, node_of(property, base));
    }
    if (const Json* patterns = member(schema, "patternProperties")) {
      for (const auto& [pattern, property] : object_of(*patterns, "patternProperties").items())
        node.pattern_properties.emplace_back(JsonPattern(pattern), node_of(property, base));
    }
    node.other_properties = child(schema, "additionalProperties", base);
    node.property_names = child(schema, "propertyNames", base);
    // Draft 3 has it as a property's own boolean.
    if (const Json* required = member(schema, "required");
        required != nullptr && required->is_array())
      node.required = texts(*required, "required");
    read_count(schema, "minProperties", node.property_count.least);
    read_count(schema, "maxProperties", node.property_count.most);
  }

  void fill_dependencies(Node& node, const Json& schema, const std::string& base) {
    for (const char* keyword : {"dependencies", "dependentRequired", "dependentSchemas"}) {
      const Json* dependencies = member(schema, keyword);
      if (dependencies == nullptr) continue;
      for (const auto& [name, dependency] : object_of(*dependencies, keyword).items()) {
        if (dependency.is_array())
          node.dependent_required.emplace(name, texts(dependency, keyword));
        else
          node.dependent_schemas.emplace(name, node_of(dependency, base));
      }
    }
  }

  const JsonReferences references_;
  JsonSchema& schema_;
  bool reference_stands_alone_ = true;
  std::unordered_map<const Json*, Node*> nodes_;
  std::vector<Open> open_;
};

JsonSchema::JsonSchema(const SchemaDefinition& definition) {
  root_ = JsonSchemaCompiler(definition, *this).compile();
}

}  // namespace emulator
