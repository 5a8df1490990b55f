#include "emulator/secrets/typed_secrets.h"

#include <optional>

#include "emulator/config/text.h"
#include "emulator/secrets/pem.h"

namespace emulator {
namespace {

constexpr const char* kCertificate = "certificate";
constexpr const char* kKey = "privateKey";
constexpr const char* kKeyPassword = "privateKeyPassword";

std::string named(const Secret& secret) {
  return "secret " + secret.name + " (" + secret.where + ")";
}

std::string member(const Secret& secret, const std::string& name) {
  const auto found = secret.members.find(name);
  if (found == secret.members.end() || found->second.empty())
    throw SecretError(SecretError::Kind::Unusable,
                      named(secret) + " has no member " + name + ": add it, as a text");
  return found->second;
}

void require(const Secret& secret, const char* name, const std::optional<std::string>& problem) {
  if (problem)
    throw SecretError(SecretError::Kind::BadPem,
                      named(secret) + ": its member " + name + " " + *problem);
}

}  // namespace

Login read_login(const Secret& secret) {
  return {member(secret, "username"), member(secret, "password")};
}

ClientCertificate read_client_certificate(const Secret& secret) {
  ClientCertificate client{member(secret, kCertificate), member(secret, kKey), {}};
  const auto password = secret.members.find(kKeyPassword);
  if (password != secret.members.end()) client.private_key_password = password->second;
  require(secret, kCertificate, check_certificates(client.certificates));
  require(secret, kKey,
          check_private_key(client.private_key, client.private_key_password, client.certificates));
  return client;
}

std::string read_root_certificates(const Secret& secret) {
  auto certificates = member(secret, kCertificate);
  require(secret, kCertificate, check_certificates(certificates));
  return certificates;
}

}  // namespace emulator
