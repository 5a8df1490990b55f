#include "emulator/schema/avro_schema.h"

#include <array>
#include <map>
#include <set>
#include <utility>

#include "emulator/esm/json_writer.h"
#include "emulator/schema/decimal.h"
#include "emulator/schema/json_text.h"

namespace emulator {
namespace {

using Json = nlohmann::json;
using Kind = AvroType::Kind;
using Logical = AvroType::Logical;

constexpr std::array<std::pair<std::string_view, Kind>, 8> kPrimitives{{{"null", Kind::Null},
                                                                        {"boolean", Kind::Boolean},
                                                                        {"int", Kind::Int},
                                                                        {"long", Kind::Long},
                                                                        {"float", Kind::Float},
                                                                        {"double", Kind::Double},
                                                                        {"bytes", Kind::Bytes},
                                                                        {"string", Kind::String}}};
constexpr std::size_t kUuidBytes = 16;
constexpr std::size_t kDurationBytes = 12;

std::string in_quotes(const std::string& text) {
  std::string json;
  JsonWriter writer(json);
  writer.raw("\"");
  writer.escaped(text);
  writer.raw("\"");
  writer.flush();
  return json;
}

// A member that is text, or nothing.
std::string text_member(const Json& schema, const char* name) {
  const auto member = schema.find(name);
  return member != schema.end() && member->is_string() ? member->get<std::string>() : "";
}

std::optional<std::int64_t> number_member(const Json& schema, const char* name) {
  const auto member = schema.find(name);
  if (member == schema.end() || !member->is_number_integer()) return std::nullopt;
  return member->get<std::int64_t>();
}

std::string namespace_of(const std::string& full_name) {
  const std::size_t dot = full_name.rfind('.');
  return dot == std::string::npos ? "" : full_name.substr(0, dot);
}

}  // namespace

// Lives while one schema is read. Named types are known from the moment that their name was read,
// so that their own members may use them.
class AvroSchemaParser {
 public:
  AvroSchemaParser(AvroSchema& schema, const SchemaDefinition& definition)
      : schema_(schema), definition_(definition) {}

  const AvroType& parse(const std::string& text, const std::string& what) {
    try {
      return type_of(parse_json_text(text), "", 0);
    } catch (const JsonTextError& error) {
      throw SchemaError("the Avro schema" + what + " " + error.what());
    } catch (const SchemaError& error) {
      if (what.empty()) throw;
      throw SchemaError(std::string(error.what()) + " (the Avro schema" + what + ")");
    }
  }

 private:
  [[noreturn]] static void fail(const std::string& what) { throw SchemaError(what); }

  AvroType& add(Kind kind, std::string name) {
    AvroType& type = schema_.types_.emplace_back();
    type.kind = kind;
    type.name = std::move(name);
    return type;
  }

  const AvroType& type_of(const Json& json, const std::string& space, std::size_t depth) {
    if (depth > kSchemaDepthMax)
      fail("the Avro schema is nested more than " + std::to_string(kSchemaDepthMax) +
           " types deep");
    if (json.is_string()) return named(json.get<std::string>(), space);
    if (json.is_array()) return union_of(json, space, depth);
    if (!json.is_object()) fail("an Avro type is a name, a list or an object, not " + json.dump());
    const auto type = json.find("type");
    if (type == json.end()) fail("an Avro type has no \"type\"");
    if (!type->is_string()) return type_of(*type, space, depth + 1);
    return described(json, type->get<std::string>(), space, depth);
  }

  const AvroType& described(const Json& json, const std::string& type, const std::string& space,
                            std::size_t depth) {
    if (type == "record" || type == "error") return record_of(json, space, depth);
    if (type == "enum") return enum_of(json, space);
    if (type == "fixed") return fixed_of(json, space);
    if (type == "array" || type == "map") {
      const char* member = type == "array" ? "items" : "values";
      const auto element = json.find(member);
      if (element == json.end()) fail("an Avro " + type + " has no \"" + member + "\"");
      AvroType& result = add(type == "array" ? Kind::Array : Kind::Map, type);
      result.element = &type_of(*element, space, depth + 1);
      return result;
    }
    for (const auto& [name, kind] : kPrimitives) {
      if (type != name) continue;
      AvroType& result = add(kind, type);
      set_logical(result, json);
      return result;
    }
    return named(type, space);
  }

  const AvroType& named(const std::string& name, const std::string& space) {
    for (const auto& [primitive, kind] : kPrimitives) {
      if (name == primitive) return add(kind, name);
    }
    const std::string full =
        name.find('.') == std::string::npos && !space.empty() ? space + "." + name : name;
    if (const AvroType* type = find(full)) return *type;
    if (const AvroType* type = find(name)) return *type;
    fail("the Avro type " + full + " is not defined, neither in the schema nor in its references");
  }

  const AvroType* find(const std::string& full_name) {
    if (const auto known = named_.find(full_name); known != named_.end()) return known->second;
    for (const bool by_name : {true, false}) {
      for (const SchemaReference& reference : definition_.references) {
        if ((by_name && reference.name != full_name) || !read_.insert(&reference).second) continue;
        parse(reference.text, " of the reference " + reference.name);
        if (const auto known = named_.find(full_name); known != named_.end()) return known->second;
      }
    }
    return nullptr;
  }

  // Registers the type under its full name.
  AvroType& define(Kind kind, const Json& json, const std::string& space) {
    const std::string name = text_member(json, "name");
    const std::string what = text_member(json, "type");
    if (name.empty()) fail("an Avro " + what + " has no name");
    const auto own_space = json.find("namespace");
    const std::string outer =
        own_space != json.end() && own_space->is_string() ? own_space->get<std::string>() : space;
    const std::string full =
        name.find('.') != std::string::npos || outer.empty() ? name : outer + "." + name;
    AvroType& type = add(kind, full);
    if (!named_.emplace(full, &type).second) fail("the Avro type " + full + " is defined twice");
    return type;
  }

  const AvroType& record_of(const Json& json, const std::string& space, std::size_t depth) {
    AvroType& type = define(Kind::Record, json, space);
    const auto fields = json.find("fields");
    if (fields == json.end() || !fields->is_array())
      fail("the Avro record " + type.name + " has no list of fields");
    std::set<std::string> names;
    for (const Json& member : *fields) {
      AvroField field;
      if (member.is_object()) field.name = text_member(member, "name");
      if (field.name.empty()) fail("a field of the Avro record " + type.name + " has no name");
      if (!names.insert(field.name).second)
        fail("the Avro record " + type.name + " has two fields " + field.name);
      const auto field_type = member.find("type");
      if (field_type == member.end())
        fail("the field " + field.name + " of the Avro record " + type.name + " has no type");
      field.json_name = in_quotes(field.name) + ":";
      field.type = &type_of(*field_type, namespace_of(type.name), depth + 1);
      if (const auto value = member.find("default"); value != member.end())
        field.default_value = *value;
      type.fields.push_back(std::move(field));
    }
    return type;
  }

  const AvroType& enum_of(const Json& json, const std::string& space) {
    AvroType& type = define(Kind::Enum, json, space);
    const auto symbols = json.find("symbols");
    if (symbols == json.end() || !symbols->is_array())
      fail("the Avro enum " + type.name + " has no list of symbols");
    for (const Json& symbol : *symbols) {
      if (!symbol.is_string()) fail("a symbol of the Avro enum " + type.name + " is no text");
      const auto name = symbol.get<std::string>();
      type.symbols.push_back({name, in_quotes(name)});
    }
    return type;
  }

  const AvroType& fixed_of(const Json& json, const std::string& space) {
    AvroType& type = define(Kind::Fixed, json, space);
    const auto size = number_member(json, "size");
    if (!size || *size < 0 || *size > static_cast<std::int64_t>(kFrameBodyBytesMax))
      fail("the size of the Avro fixed " + type.name + " must be a number from 0 to " +
           std::to_string(kFrameBodyBytesMax));
    type.size = static_cast<std::size_t>(*size);
    set_logical(type, json);
    return type;
  }

  const AvroType& union_of(const Json& json, const std::string& space, std::size_t depth) {
    AvroType& type = add(Kind::Union, "union");
    for (const Json& branch : json) {
      const AvroType& of_branch = type_of(branch, space, depth + 1);
      if (of_branch.kind == Kind::Union) fail("an Avro union holds another one directly");
      type.branches.push_back(&of_branch);
    }
    return type;
  }

  // A logical type that is unknown or wrong is as if it were not there, as the specification asks.
  static void set_logical(AvroType& type, const Json& json) {
    const std::string logical = text_member(json, "logicalType");
    const bool is_fixed = type.kind == Kind::Fixed;
    if (logical == "decimal" && (is_fixed || type.kind == Kind::Bytes)) {
      const auto precision = number_member(json, "precision").value_or(0);
      const auto scale = number_member(json, "scale").value_or(0);
      if (precision < 1 || precision > kDecimalScaleMax || scale < 0 || scale > precision) return;
      if (is_fixed && type.size > kDecimalBytesMax) return;
      type.logical = Logical::Decimal;
      type.precision = static_cast<int>(precision);
      type.scale = static_cast<int>(scale);
    } else if (logical == "big-decimal" && type.kind == Kind::Bytes) {
      type.logical = Logical::BigDecimal;
    } else if (logical == "uuid" && is_fixed && type.size == kUuidBytes) {
      type.logical = Logical::Uuid;
    } else if (logical == "duration" && is_fixed && type.size == kDurationBytes) {
      type.logical = Logical::Duration;
    }
  }

  AvroSchema& schema_;
  const SchemaDefinition& definition_;
  std::map<std::string, const AvroType*> named_;
  std::set<const SchemaReference*> read_;
};

AvroSchema::AvroSchema(const SchemaDefinition& definition) {
  root_ = &AvroSchemaParser(*this, definition).parse(definition.text, "");
}

}  // namespace emulator
