#include "emulator/doctor/tls_look.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>

#include "emulator/config/host_name.h"
#include "emulator/doctor/network_look.h"

namespace emulator {
namespace {

using Clock = std::chrono::steady_clock;
using ContextHandle = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using SslHandle = std::unique_ptr<SSL, decltype(&SSL_free)>;
using BioHandle = std::unique_ptr<BIO, decltype(&BIO_free)>;
using CertificateHandle = std::unique_ptr<X509, decltype(&X509_free)>;

// What the verification finds, in the sight that the connection carries.
int sight_index() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

// The first fault is the one that a Kafka client would stop at; going on shows the rest of the
// chain. No data is sent over what is not believed.
int on_certificate(int good, X509_STORE_CTX* store) {
  const auto* ssl = static_cast<const SSL*>(
      X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* sight = static_cast<TlsSight*>(SSL_get_ex_data(ssl, sight_index()));
  if (good != 1 && sight->certificate_fault == X509_V_OK)
    sight->certificate_fault = X509_STORE_CTX_get_error(store);
  return 1;
}

void believe(SSL_CTX* context, const std::string& authorities) {
  if (authorities.empty()) {
    SSL_CTX_set_default_verify_paths(context);
    return;
  }
  const BioHandle bio(BIO_new_mem_buf(authorities.data(), static_cast<int>(authorities.size())),
                      BIO_free);
  int count = 0;
  for (;;) {
    const CertificateHandle certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                        X509_free);
    if (!certificate) break;
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
    ++count;
  }
  ERR_clear_error();
  if (count == 0) throw std::runtime_error("the authorities hold no certificate in PEM format");
}

std::string name_text(const X509_NAME* name) {
  const BioHandle bio(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

int days_left(const X509* certificate) {
  int days = 0;
  int seconds = 0;
  ASN1_TIME_diff(&days, &seconds, nullptr, X509_get0_notAfter(certificate));
  return days == 0 && seconds < 0 ? -1 : days;
}

// Of what the server has shown, if it got so far.
bool describe(const SSL* ssl, TlsSight& sight) {
  const CertificateHandle own(SSL_get1_peer_certificate(ssl), X509_free);
  if (!own) return false;
  sight.subject = name_text(X509_get_subject_name(own.get()));
  sight.issuer = name_text(X509_get_issuer_name(own.get()));
  sight.days_left = days_left(own.get());
  const auto* chain = SSL_get_peer_cert_chain(ssl);
  for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
    sight.days_left = std::min(sight.days_left, days_left(sk_X509_value(chain, i)));
  return true;
}

void explain(int result, TlsSight& sight) {
  const unsigned long error = ERR_peek_error();
  const int code = ERR_GET_REASON(error);
  if (result == SSL_ERROR_SYSCALL && error == 0) {
    sight.problem = errno == 0 ? "the connection is closed during the handshake"
                               : std::string("the handshake fails: ") + std::strerror(errno);
    return;
  }
  const char* said = ERR_reason_error_string(error);
  sight.problem = std::string("the handshake fails: ") + (said != nullptr ? said : "no reason");
  // What comes is no record of TLS, or the other side hung up at once.
  sight.speaks_tls = code != SSL_R_WRONG_VERSION_NUMBER &&
                     code != SSL_R_UNEXPECTED_EOF_WHILE_READING &&
                     code != SSL_R_PACKET_LENGTH_TOO_LONG && code != SSL_R_HTTP_REQUEST;
}

}  // namespace

TlsSight look_at_tls(int socket, const std::string& host, const std::string& authorities,
                     std::chrono::milliseconds limit) {
  const auto until = Clock::now() + limit;
  TlsSight sight;
  ERR_clear_error();
  const ContextHandle context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  believe(context.get(), authorities);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, on_certificate);
  const SslHandle ssl(SSL_new(context.get()), SSL_free);
  SSL_set_ex_data(ssl.get(), sight_index(), &sight);
  if (is_ip_address(host)) {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl.get()), host.c_str());
  } else {
    SSL_set1_host(ssl.get(), host.c_str());
    // SSL_set_tlsext_host_name, without the macro's cast.
    SSL_ctrl(ssl.get(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
             const_cast<char*>(host.c_str()));
  }
  SSL_set_fd(ssl.get(), socket);
  for (;;) {
    errno = 0;
    const int done = SSL_connect(ssl.get());
    const int result = SSL_get_error(ssl.get(), done);
    if (done == 1) break;
    const bool reads = result == SSL_ERROR_WANT_READ;
    if (reads || result == SSL_ERROR_WANT_WRITE) {
      if (wait_for(socket, reads ? POLLIN : POLLOUT, until)) continue;
      sight.problem = "the handshake gets no answer in time";
      sight.speaks_tls = false;
    } else {
      explain(result, sight);
    }
    break;
  }
  // A server that only misses our certificate has shown its own before.
  if (describe(ssl.get(), sight)) sight.problem.clear();
  ERR_clear_error();
  return sight;
}

}  // namespace emulator
