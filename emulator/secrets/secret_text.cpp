#include "emulator/secrets/secret_text.h"

#include <nlohmann/json.hpp>

#include "emulator/config/text.h"

namespace emulator {
namespace {

[[noreturn]] void fail(const Secret& secret, const std::string& what) {
  throw SecretError(SecretError::Kind::Unusable,
                    "secret " + secret.name + " (" + secret.where + ") " + what);
}

std::map<std::string, std::string> members_of_pem(const std::string& text) {
  constexpr std::string_view kBegin = "-----BEGIN ";
  std::map<std::string, std::string> members;
  for (auto at = text.find(kBegin); at != std::string::npos;) {
    const auto next = text.find(kBegin, at + kBegin.size());
    const std::string block = text.substr(at, next == std::string::npos ? next : next - at);
    const auto title = block.substr(0, block.find('\n'));
    if (title.find("PRIVATE KEY") != std::string::npos) {
      members["privateKey"] += block;
    } else if (title.find("CERTIFICATE") != std::string::npos) {
      members["certificate"] += block;
    }
    at = next;
  }
  return members;
}

}  // namespace

std::map<std::string, std::string> members_of_text(const std::string& text, const Secret& secret) {
  if (starts_with(trim(text), "-----BEGIN ")) return members_of_pem(text);
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object())
    fail(secret,
         "is no JSON object: write it as {\"username\": …, \"password\": …} or as "
         "{\"certificate\": …}");
  std::map<std::string, std::string> members;
  for (const auto& [name, value] : object.items()) {
    // Secrets often have more members than are read here: what is no text is nobody's business.
    if (value.is_string()) members[name] = value.get<std::string>();
  }
  return members;
}

}  // namespace emulator
