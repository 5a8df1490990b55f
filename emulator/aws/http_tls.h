// Whom an https client believes and who it says it is, from PEM texts that never touch the disk.
// Values; apply() from any thread.
#pragma once

#include <optional>
#include <string>

struct ssl_ctx_st;  // OpenSSL's SSL_CTX

namespace emulator {

struct HttpTls {
  std::string ca_file;             // PEM of the authorities; empty: the system's
  std::string ca_certificates;     // PEM text, believed instead of those; empty: none
  std::string client_certificate;  // PEM text: the client's own, then intermediates; empty: none
  std::string private_key;         // PEM text, perhaps encrypted
  std::string private_key_password;
};

// Who calls, and whom he believes.
struct HttpAccess {
  std::string username;  // empty: no login
  std::string password;
  HttpTls tls;
};

// Gives a client's context the PEM texts. What is wrong with them, in one line that has nothing of
// the key; nullopt: nothing.
std::optional<std::string> apply(const HttpTls& tls, ssl_ctx_st* context);

}  // namespace emulator
