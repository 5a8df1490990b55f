// Where the "$ref"s of a JSON Schema lead: into itself, or into the schemas that it refers to.
// One thread; lives while one schema is compiled.
#pragma once

#include <deque>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "emulator/schema/codec.h"

namespace emulator {

// `reference` as seen from `base`, both URIs (RFC 3986 §5.2); for what JSON schemas use.
std::string resolve_uri(std::string_view base, std::string_view reference);

class JsonReferences {
 public:
  // A schema and the address that its own references start from.
  struct Place {
    const nlohmann::json* schema = nullptr;
    std::string base;
  };

  // Throws SchemaError: a text is no JSON.
  explicit JsonReferences(const SchemaDefinition& definition);

  Place root() const { return {&documents_.front(), main_base_}; }
  // Throws SchemaError when it leads nowhere.
  Place find(const std::string& base, const std::string& reference) const;

  // The schema's own address, or `base` where it has none.
  static std::string base_of(const nlohmann::json& schema, const std::string& base);

 private:
  void add(std::string_view text, const std::string& address, const std::string& what);
  void index(const nlohmann::json& schema, const std::string& base);

  std::deque<nlohmann::json> documents_;  // never move; the schema itself is the first
  std::string main_base_;
  std::map<std::string, Place> places_;  // by address, with the name of an anchor or without
};

}  // namespace emulator
