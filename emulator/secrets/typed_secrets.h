// What a login, a client certificate and an authority have to hold
// (docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html, "Secret"). Pure; any thread. All
// throw SecretError, which names secret and member and never a value.
#pragma once

#include <string>

#include "emulator/secrets/secret.h"

namespace emulator {

struct Login {
  std::string username;
  std::string password;
};
Login read_login(const Secret& secret);

struct ClientCertificate {
  std::string certificates;          // PEM; the client's own, then intermediates, then root
  std::string private_key;           // PEM; fits the first certificate
  std::string private_key_password;  // empty: the key is not encrypted
};
ClientCertificate read_client_certificate(const Secret& secret);

std::string read_root_certificates(const Secret& secret);  // PEM

}  // namespace emulator
