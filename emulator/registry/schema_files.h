// Schemas from files, for work without a registry: DIR/NAME.ID.avsc, .proto or .json, where ID is
// the schema's number (Confluent) or the UUID of its version (Glue), and NAME., which is for
// people, may be left out. What a schema refers to lies in the same directory under the name by
// which it is referred to: an Avro type's full name with .avsc, an import's path, the file of a
// $ref.
//
// The directory is read at each fetch, so a new file is found. Blocking; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "emulator/registry/schema_source.h"

namespace emulator {

class SchemaFiles : public SchemaSource {
 public:
  explicit SchemaFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  Fetched fetch(const std::string& id, std::stop_token stop) override;

 private:
  const std::filesystem::path directory_;
};

// By its name's end; nullopt: none of a schema.
std::optional<SchemaFormat> format_of_file(const std::filesystem::path& file);
// The ID in a file's name; nullopt: it has none.
std::optional<std::string> id_of_file(const std::filesystem::path& file);
// With what it refers to, from `directory`, each reference behind those that it refers to. Throws
// ConfigError.
SchemaDefinition read_schema_file(const std::filesystem::path& file,
                                  const std::filesystem::path& directory);

}  // namespace emulator
