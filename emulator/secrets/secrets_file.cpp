#include "emulator/secrets/secrets_file.h"

#include <cstddef>
#include <fstream>
#include <system_error>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/config/yaml_reader.h"
#include "emulator/secrets/secret_text.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

// Secrets Manager's own limit is 64 KB (docs.aws.amazon.com/secretsmanager/latest/userguide/
// reference_limits.html).
constexpr std::size_t kFileBytesMax = 4 * 1024 * 1024;

std::string read_text(const fs::path& file) {
  const std::string name = file.string();
  std::error_code error;
  if (!fs::exists(file, error)) throw ConfigError(name + ": no such file");
  if (fs::is_directory(file, error)) throw ConfigError(name + ": this is a directory");
  std::ifstream stream(file, std::ios::binary);
  if (!stream) throw ConfigError(name + ": the file cannot be opened: check its permissions");
  std::string text(kFileBytesMax + 1, '\0');
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  if (text.size() > kFileBytesMax)
    throw ConfigError(name + ": the file is larger than 4 MB: it holds no secret");
  return text;
}

// The map of the whole file. yaml-cpp's own words may quote the text, so they are not shown.
Value read_map(const fs::path& file) {
  const std::string name = file.string();
  const std::string form =
      "it must be a YAML or JSON map from a secret's name to its members, as "
      "LOGIN: {username: …, password: …}";
  Value root;
  try {
    root = parse_yaml(read_text(file), name);
  } catch (const ConfigError& error) {
    const std::string text = error.what();
    const auto quoting = text.find(": this is not valid YAML");
    throw ConfigError(quoting == std::string::npos
                          ? text
                          : text.substr(0, quoting) + ": this is not valid YAML: " + form);
  }
  if (!root.is_map()) throw ConfigError(name + ": " + form);
  return root;
}

// The file that {file: PATH} names; nullopt: the value is no such map.
std::optional<std::string> named_file(const Value& value) {
  if (!value.is_map() || value.members.size() != 1) return std::nullopt;
  const auto* const path = value.find("file");
  if (path == nullptr || !path->is_scalar()) return std::nullopt;
  return path->text;
}

bool is_text_or_file(const Value& value) {
  return value.is_scalar() || named_file(value).has_value();
}

void check_secret(const fs::path& file, const Value::Member& secret) {
  const auto fail = [&](int line, const std::string& what) {
    throw ConfigError(file.string() + ":" + std::to_string(line) + ": secret " + secret.name +
                      what);
  };
  if (named_file(secret.value)) return;
  if (!secret.value.is_map()) fail(secret.line, " must be a map of its members, or {file: PATH}");
  for (const auto& member : secret.value.members) {
    if (!is_text_or_file(member.value))
      fail(member.line, ": its member " + member.name + " must be a text, or {file: PATH}");
  }
}

Secret make_secret(const fs::path& file, const Value::Member& entry, const std::string& id) {
  Secret secret{id, "--secrets " + file.string(), {}};
  const auto text_of = [&](const std::string& path) {
    try {
      return read_text(file.parent_path() / path);
    } catch (const ConfigError& error) {
      throw SecretError(SecretError::Kind::Unusable,
                        "secret " + id + " (" + secret.where + "): " + error.what());
    }
  };
  if (const auto path = named_file(entry.value)) {
    secret.where += ", file " + *path;
    secret.members = members_of_text(text_of(*path), secret);
    return secret;
  }
  for (const auto& member : entry.value.members) {
    const auto path = named_file(member.value);
    secret.members[member.name] = path ? text_of(*path) : member.value.text;
  }
  return secret;
}

}  // namespace

std::optional<Secret> find_in_secrets_file(const fs::path& file, const std::string& id,
                                           const std::vector<std::string>& names) {
  try {
    const auto root = read_map(file);
    for (const auto& name : names) {
      for (const auto& entry : root.members) {
        if (entry.name != name) continue;
        check_secret(file, entry);
        return make_secret(file, entry, id);
      }
    }
  } catch (const ConfigError& error) {
    throw SecretError(SecretError::Kind::Unusable, std::string("--secrets ") + error.what());
  }
  return std::nullopt;
}

void check_secrets_file(const fs::path& file) {
  try {
    for (const auto& entry : read_map(file).members) check_secret(file, entry);
  } catch (const ConfigError& error) {
    throw ConfigError(std::string("--secrets ") + error.what());
  }
}

}  // namespace emulator
