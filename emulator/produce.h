// Records from files: `klambda produce` and --produce TOPIC=FILE.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "emulator/config/options.h"
#include "emulator/kafka/producer.h"
#include "emulator/registry/schema_encoder.h"

namespace emulator {

// One record a line (without its newline) of `file`, "-" being standard input; with
// `key_separator`, "key<separator>value". Returns how many. Throws ConfigError when the file cannot
// be read, or a line cannot be encoded; those before it are produced.
struct LineFormat {
  std::string key_separator;       // empty: no keys in the lines
  std::optional<std::string> key;  // for lines without one
  std::vector<std::pair<std::string, std::string>> headers;
  std::optional<std::int32_t> partition;
  // Null: they are written as they stand in the lines.
  const SchemaEncoder* key_encoder = nullptr;
  const SchemaEncoder* value_encoder = nullptr;
};
std::size_t produce_lines(Producer& producer, const std::string& topic,
                          const std::filesystem::path& file, const LineFormat& format);

// Waits for the topic, produces the file, waits for the acknowledgements. Throws Unreachable,
// ConfigError or SourceProblemError.
std::size_t produce_file(const std::string& bootstrap_servers, const KafkaSecurity& security,
                         const std::string& topic, const std::filesystem::path& file);

// `klambda produce`: the exit code.
int run_produce(const ProduceCommand& command);

}  // namespace emulator
