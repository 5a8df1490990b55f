// What a TLS server shows of itself: whether its certificate would be believed, for which name, and
// how long it is good. Blocking; any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace emulator {

struct TlsSight {
  // What stops the handshake before a certificate is seen; empty: one was seen.
  std::string problem;
  bool speaks_tls = true;     // meaningful with a problem
  int certificate_fault = 0;  // OpenSSL's X509_V_ERR_…; 0: it is believed
  std::string subject;        // "CN = localhost"
  std::string issuer;
  int days_left = 0;  // of the certificate in the chain that ends first; negative: it has ended
};

// `socket`: connected, non-blocking; stays the caller's. `host`: a name or an address, which the
// certificate must be for. `authorities`: PEM; empty: the system's. Says no name and shows no
// certificate of its own: a server that insists on one is seen all the same. Throws
// std::runtime_error for authorities that are none.
TlsSight look_at_tls(int socket, const std::string& host, const std::string& authorities,
                     std::chrono::milliseconds limit);

}  // namespace emulator
