#include "emulator/aws/http_tls.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <vector>

namespace emulator {
namespace {

template <auto free>
struct Free {
  template <class Object>
  void operator()(Object* object) const {
    free(object);
  }
};
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Input = std::unique_ptr<BIO, Free<BIO_free_all>>;

Input reader(const std::string& text) {
  return Input(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// An encrypted one without a password must fail, not ask at the terminal: there is always a text.
void* password_of(const std::string& password) {
  return const_cast<char*>(password.c_str());
}

std::vector<Certificate> read_certificates(const std::string& text) {
  std::vector<Certificate> certificates;
  const Input input = reader(text);
  const std::string none;
  while (Certificate one{PEM_read_bio_X509(input.get(), nullptr, nullptr, password_of(none))})
    certificates.push_back(std::move(one));
  ERR_clear_error();  // the end of the text is one
  return certificates;
}

std::optional<std::string> believe(const std::string& text, SSL_CTX* context) {
  const auto certificates = read_certificates(text);
  if (certificates.empty()) return "the root CA certificate is no PEM certificate";
  X509_STORE* store = X509_STORE_new();
  SSL_CTX_set_cert_store(context, store);  // which owns it
  for (const Certificate& one : certificates) X509_STORE_add_cert(store, one.get());
  return std::nullopt;
}

std::optional<std::string> log_in(const HttpTls& tls, SSL_CTX* context) {
  auto chain = read_certificates(tls.client_certificate);
  if (chain.empty()) return "the client certificate is no PEM certificate";
  const Input input = reader(tls.private_key);
  const Key key(PEM_read_bio_PrivateKey(input.get(), nullptr, nullptr,
                                        password_of(tls.private_key_password)));
  ERR_clear_error();
  if (key == nullptr) return "the private key is no PEM key, or its password is wrong";
  const bool fits = SSL_CTX_use_certificate(context, chain.front().get()) == 1 &&
                    SSL_CTX_use_PrivateKey(context, key.get()) == 1;
  ERR_clear_error();
  if (!fits) return "the private key does not fit the client certificate";
  for (std::size_t i = 1; i < chain.size(); ++i) {
    // The context owns what it has taken.
    if (SSL_CTX_add_extra_chain_cert(context, chain[i].get()) == 1) chain[i].release();
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> apply(const HttpTls& tls, SSL_CTX* context) {
  if (!tls.ca_certificates.empty()) {
    if (auto problem = believe(tls.ca_certificates, context)) return problem;
  }
  if (tls.client_certificate.empty()) return std::nullopt;
  return log_in(tls, context);
}

}  // namespace emulator
