// The file of --secrets: a YAML or JSON map from a secret's name or ARN to its members. In place of
// all members, or of one, may stand {file: PATH}, relative to the secrets file: a text file with
// PEM blocks or with a JSON object. Read anew at each call; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/secrets/secret.h"

namespace emulator {

// Nullopt: the file has none of these names. Throws SecretError.
std::optional<Secret> find_in_secrets_file(const std::filesystem::path& file, const std::string& id,
                                           const std::vector<std::string>& names);

// The form of the whole file, for the start of the program; what {file: …} names is not read.
// Throws ConfigError.
void check_secrets_file(const std::filesystem::path& file);

}  // namespace emulator
