#include "emulator/secrets/http_access.h"

#include <utility>

#include "emulator/secrets/typed_secrets.h"

namespace emulator {

// AccessConfigs has no other types (services-consume-kafka-events.html).
HttpAccess read_http_access(const std::vector<SourceAccess>& entries, const SecretStore& secrets) {
  HttpAccess access;
  for (const SourceAccess& entry : entries) {
    const Secret secret = secrets.find(entry.uri);
    if (entry.type == AccessType::BasicAuth) {
      Login login = read_login(secret);
      access.username = std::move(login.username);
      access.password = std::move(login.password);
    } else if (entry.type == AccessType::ClientCertificateTlsAuth) {
      ClientCertificate client = read_client_certificate(secret);
      access.tls.client_certificate = std::move(client.certificates);
      access.tls.private_key = std::move(client.private_key);
      access.tls.private_key_password = std::move(client.private_key_password);
    } else if (entry.type == AccessType::ServerRootCaCertificate) {
      access.tls.ca_certificates = read_root_certificates(secret);
    }
  }
  return access;
}

}  // namespace emulator
