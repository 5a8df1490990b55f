#include "emulator/schema/json_references.h"

#include <vector>

#include "emulator/schema/json_text.h"

namespace emulator {
namespace {

using Json = nlohmann::json;

// The scheme's length with its colon; 0: there is none.
std::size_t scheme_size(std::string_view uri) {
  const std::size_t colon = uri.find_first_of(":/?#");
  return colon == std::string_view::npos || uri[colon] != ':' ? 0 : colon + 1;
}

std::string without_dots(std::string_view path) {
  std::vector<std::string_view> kept;
  bool ends_open = false;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t slash = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, slash - at);
    ends_open = part == "." || part == "..";
    if (part == "..") {
      if (kept.size() > 1) kept.pop_back();
    } else if (part != ".") {
      kept.push_back(part);
    }
    at = slash + 1;
  }
  std::string result;
  for (std::size_t i = 0; i < kept.size(); ++i) result.append(i > 0 ? "/" : "").append(kept[i]);
  return ends_open ? result + "/" : result;
}

std::pair<std::string, std::string> split_fragment(std::string_view uri) {
  const std::size_t hash = uri.find('#');
  if (hash == std::string_view::npos) return {std::string(uri), ""};
  return {std::string(uri.substr(0, hash)), std::string(uri.substr(hash + 1))};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 &&
        hex_value(text[i + 2]) >= 0) {
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

// Draft 4 says "id", which may also be the name of a property: there it is no text.
const std::string* own_id(const Json& schema) {
  for (const char* name : {"$id", "id"}) {
    const auto id = schema.find(name);
    if (id != schema.end() && id->is_string()) return id->get_ptr<const std::string*>();
  }
  return nullptr;
}

// One step of a JSON pointer, "/definitions"; nullptr: there is none, or the text is no step.
const Json* step_into(const Json& schema, const std::string& step) {
  if (schema.is_primitive()) return nullptr;
  try {
    return &schema.at(Json::json_pointer(step));
  } catch (const Json::exception&) {  // not there, "~" without 0 or 1, an index that is none
    return nullptr;
  }
}

}  // namespace

std::string resolve_uri(std::string_view base, std::string_view reference) {
  if (scheme_size(reference) > 0) return std::string(reference);
  const std::string from = split_fragment(base).first;
  if (reference.empty() || reference.front() == '#') return from + std::string(reference);
  const std::size_t scheme = scheme_size(from);
  std::size_t path = scheme;
  if (from.compare(scheme, 2, "//") == 0) path = std::min(from.find('/', scheme + 2), from.size());
  if (reference.starts_with("//")) return from.substr(0, scheme) + std::string(reference);
  const auto [target, fragment] = split_fragment(reference);
  const std::string suffix = reference.find('#') == std::string_view::npos ? "" : "#" + fragment;
  if (reference.front() == '/') return from.substr(0, path) + without_dots(target) + suffix;
  const std::size_t slash = from.rfind('/');
  const std::string folder =
      slash == std::string::npos || slash < path ? "" : from.substr(path, slash + 1 - path);
  return from.substr(0, path) + (folder.empty() && path > scheme ? "/" : "") +
         without_dots(folder + target) + suffix;
}

JsonReferences::JsonReferences(const SchemaDefinition& definition) {
  add(definition.text, "", "the JSON schema");
  main_base_ = base_of(documents_.front(), "");
  for (const SchemaReference& reference : definition.references)
    add(reference.text, resolve_uri(main_base_, reference.name),
        "the JSON schema of the reference " + reference.name);
}

void JsonReferences::add(std::string_view text, const std::string& address,
                         const std::string& what) {
  try {
    const Json& document = documents_.emplace_back(parse_json_text(text));
    places_.emplace(split_fragment(address).first, Place{&document, address});
    index(document, address);
  } catch (const JsonTextError& error) {
    throw SchemaError(what + " " + error.what());
  }
}

std::string JsonReferences::base_of(const Json& schema, const std::string& base) {
  const std::string* id = schema.is_object() ? own_id(schema) : nullptr;
  // An id that is only a fragment names the place (drafts 6 and 7), and changes no address.
  return id == nullptr || id->starts_with('#') ? base : resolve_uri(base, *id);
}

void JsonReferences::index(const Json& schema, const std::string& outer) {
  if (schema.is_array()) {
    for (const Json& item : schema) index(item, outer);
  }
  if (!schema.is_object()) return;
  const std::string base = base_of(schema, outer);
  const std::string address = split_fragment(base).first;
  if (base != outer) places_.emplace(address, Place{&schema, base});
  if (const std::string* id = own_id(schema); id != nullptr && id->find('#') + 1 < id->size())
    places_.emplace(address + "#" + id->substr(id->find('#') + 1), Place{&schema, base});
  for (const char* name : {"$anchor", "$dynamicAnchor"}) {
    const auto anchor = schema.find(name);
    if (anchor != schema.end() && anchor->is_string())
      places_.emplace(address + "#" + anchor->get<std::string>(), Place{&schema, base});
  }
  for (auto member = schema.begin(); member != schema.end(); ++member) {
    // What stands there are values, whatever they look like.
    if (member.key() != "enum" && member.key() != "const") index(member.value(), base);
  }
}

JsonReferences::Place JsonReferences::find(const std::string& base,
                                           const std::string& reference) const {
  const auto fail = [&] {
    throw SchemaError("the JSON schema's \"$ref\": \"" + reference +
                      "\" leads nowhere, neither in the schema nor in its references");
  };
  const auto [address, fragment] = split_fragment(resolve_uri(base, reference));
  if (const auto anchor = places_.find(address + "#" + fragment); anchor != places_.end())
    return anchor->second;
  const auto document = places_.find(address);
  if (document == places_.end() || (!fragment.empty() && fragment.front() != '/')) fail();
  Place place = document->second;
  std::string pointer = percent_decoded(fragment);
  for (std::size_t at = 0; at < pointer.size();) {
    const std::size_t slash = std::min(pointer.find('/', at + 1), pointer.size());
    place.schema = step_into(*place.schema, pointer.substr(at, slash - at));
    if (place.schema == nullptr) fail();
    // The last one is compiled, and says its own address then.
    if (slash < pointer.size()) place.base = base_of(*place.schema, place.base);
    at = slash;
  }
  return place;
}

}  // namespace emulator
