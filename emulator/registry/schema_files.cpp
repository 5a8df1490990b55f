#include "emulator/registry/schema_files.h"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_text(const fs::path& file) {
  std::error_code error;
  std::ifstream input(file, std::ios::binary);
  if (!input || fs::is_directory(file, error))
    throw ConfigError("cannot read the schema file " + file.string());
  if (fs::file_size(file, error) > kSchemaBytesMax)
    throw ConfigError(file.string() + " is larger than 4 MiB: this is no schema");
  std::ostringstream text;
  text << input.rdbuf();
  return std::move(text).str();
}

// A path that leads out of the directory is none of its schemas.
bool stays_inside(const std::string& name) {
  const fs::path path = fs::path(name).lexically_normal();
  return !path.empty() && path.is_relative() && *path.begin() != "..";
}

// Every text in the schema, with the namespace around it in front too: some of them are names of
// types, and those that have a file are references.
void collect_names(const json& schema, const std::string& around, int depth,
                   std::vector<std::string>& names) {
  if (depth > static_cast<int>(kSchemaDepthMax)) return;
  if (schema.is_string()) {
    const auto name = schema.get<std::string>();
    if (!around.empty() && name.find('.') == std::string::npos)
      names.push_back(around + "." + name);
    names.push_back(name);
  } else if (schema.is_array()) {
    for (const json& each : schema) collect_names(each, around, depth + 1, names);
  } else if (schema.is_object()) {
    const auto own = schema.find("namespace");
    const std::string inner =
        own != schema.end() && own->is_string() ? own->get<std::string>() : around;
    for (const char* member : {"type", "items", "values", "fields"}) {
      if (const auto found = schema.find(member); found != schema.end())
        collect_names(*found, inner, depth + 1, names);
    }
  }
}

void collect_refs(const json& schema, int depth, std::vector<std::string>& names) {
  if (depth > static_cast<int>(kSchemaDepthMax)) return;
  if (schema.is_object()) {
    if (const auto found = schema.find("$ref"); found != schema.end() && found->is_string()) {
      const auto ref = found->get<std::string>();
      names.push_back(ref.substr(0, ref.find('#')));
    }
  }
  if (!schema.is_structured()) return;
  for (const json& each : schema) collect_refs(each, depth + 1, names);
}

// What the schema may refer to, in the order in which it does.
std::vector<std::string> names_in(SchemaFormat format, const std::string& text) {
  std::vector<std::string> names;
  if (format == SchemaFormat::Protobuf) {
    static const std::regex import(R"rx(\bimport\s+(?:public\s+|weak\s+)?"([^"]+)"\s*;)rx");
    for (std::sregex_iterator found(text.begin(), text.end(), import), end; found != end; ++found)
      names.push_back((*found)[1]);
    return names;
  }
  const auto schema = json::parse(text, nullptr, false);
  if (schema.is_discarded()) return names;  // the compiler says what is wrong
  if (format == SchemaFormat::Avro)
    collect_names(schema, {}, 0, names);
  else
    collect_refs(schema, 0, names);
  return names;
}

// Depth first, so that each stands behind those that it refers to.
void add_references(const fs::path& directory, SchemaFormat format, const std::string& text,
                    std::set<std::string>& known, std::vector<SchemaReference>& references) {
  for (const std::string& name : names_in(format, text)) {
    if (!stays_inside(name) || known.count(name) > 0) continue;
    const fs::path file = directory / (format == SchemaFormat::Avro ? name + ".avsc" : name);
    std::error_code error;
    if (!fs::is_regular_file(file, error)) continue;  // defined in the schema itself, or built in
    known.insert(name);
    if (known.size() > kSchemaReferencesMax)
      throw ConfigError(directory.string() + ": a schema has more than " +
                        std::to_string(kSchemaReferencesMax) + " references");
    std::string referred = read_text(file);
    add_references(directory, format, referred, known, references);
    references.push_back({name, std::move(referred)});
  }
}

}  // namespace

std::optional<SchemaFormat> format_of_file(const fs::path& file) {
  const std::string end = lower_case(file.extension().string());
  if (end == ".avsc") return SchemaFormat::Avro;
  if (end == ".proto") return SchemaFormat::Protobuf;
  if (end == ".json") return SchemaFormat::JsonSchema;
  return std::nullopt;
}

std::optional<std::string> id_of_file(const fs::path& file) {
  static const std::regex id(
      "[0-9]{1,10}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
  if (!format_of_file(file)) return std::nullopt;
  const std::string stem = lower_case(file.stem().string());
  const std::string last = stem.substr(stem.rfind('.') + 1);
  if (!std::regex_match(last, id)) return std::nullopt;
  return last;
}

SchemaDefinition read_schema_file(const fs::path& file, const fs::path& directory) {
  const auto format = format_of_file(file);
  if (!format)
    throw ConfigError(file.string() +
                      " is no schema by its name: it must end in .avsc (Avro), .proto (Protobuf) "
                      "or .json (JSON Schema)");
  SchemaDefinition definition{*format, read_text(file), {}};
  std::set<std::string> known;
  add_references(directory, *format, definition.text, known, definition.references);
  return definition;
}

SchemaSource::Fetched SchemaFiles::fetch(const std::string& id, std::stop_token) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::directory_iterator entry(directory_, error), end; entry != end; entry.increment(error)) {
    if (error) break;
    if (id_of_file(entry->path()) == id) files.push_back(entry->path());
  }
  if (error)
    return SourceProblem{
        SourceProblem::Kind::RegistryUnreachable,
        "the directory of schemas " + directory_.string() + ": " + error.message()};
  if (files.empty())
    return MissingSchema{"schema " + id + " is not in " + directory_.string() +
                         ": put it there as NAME." + id + ".avsc, .proto or .json"};
  std::sort(files.begin(), files.end());
  if (files.size() > 1)
    return SourceProblem{SourceProblem::Kind::RegistryFailed,
                         "schema " + id + " is in two files, " + files[0].string() + " and " +
                             files[1].string() + ": remove one"};
  try {
    return read_schema_file(files.front(), directory_);
  } catch (const ConfigError& problem) {
    return SourceProblem{SourceProblem::Kind::RegistryFailed, problem.what()};
  }
}

}  // namespace emulator
