#include "emulator/secrets/secret_names.h"

#include <cstddef>

#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr std::size_t kRandomCharacters = 6;

// "arn", "aws", "secretsmanager", region, account, "secret", name; empty: it is no such ARN.
std::vector<std::string> arn_parts(const std::string& id) {
  auto parts = split(id, ':');
  const bool fits = parts.size() == 7 && parts[0] == "arn" && parts[2] == "secretsmanager" &&
                    parts[5] == "secret";
  return fits ? std::move(parts) : std::vector<std::string>();
}

}  // namespace

std::vector<std::string> names_of_secret(const std::string& id) {
  std::vector<std::string> names{id};
  const auto parts = arn_parts(id);
  if (parts.empty()) return names;
  const auto& name = parts.back();
  names.push_back(name);
  const auto dash = name.rfind('-');
  if (dash != std::string::npos && dash > 0 && name.size() - dash - 1 == kRandomCharacters)
    names.push_back(name.substr(0, dash));
  return names;
}

std::string secret_variable(std::string_view name) {
  std::string variable = "KLAMBDA_SECRET_";
  for (const char c : name) {
    const bool lower = c >= 'a' && c <= 'z';
    if (!is_ascii_alphanumeric(c)) {
      variable += '_';
    } else {
      variable += lower ? static_cast<char>(c - 'a' + 'A') : c;
    }
  }
  return variable;
}

std::string region_of_secret(const std::string& id) {
  const auto parts = arn_parts(id);
  return parts.empty() ? std::string() : parts[3];
}

}  // namespace emulator
