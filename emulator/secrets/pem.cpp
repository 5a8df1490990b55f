#include "emulator/secrets/pem.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>

namespace emulator {
namespace {

constexpr const char* kLineBreaks =
    "paste the whole PEM text, with its line breaks (\\n in JSON), from -----BEGIN to -----END";

struct Free {
  void operator()(BIO* bio) const { BIO_free(bio); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;

Bio open(const std::string& text) {
  return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// Never asks on the terminal, which is what OpenSSL does without a callback.
int give_password(char* buffer, int size, int /*writing*/, void* given) {
  const auto& password = *static_cast<const std::string*>(given);
  const auto length = std::min(password.size(), static_cast<std::size_t>(std::max(size, 0)));
  std::memcpy(buffer, password.data(), length);
  return static_cast<int>(length);
}

Certificate next_certificate(BIO* bio) {
  std::string none;
  return Certificate(PEM_read_bio_X509(bio, nullptr, give_password, &none));
}

// The text had no further block, which is no error.
bool at_end() {
  const auto error = ERR_peek_last_error();
  return ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
}

}  // namespace

std::optional<std::string> check_certificates(const std::string& pem) {
  ERR_clear_error();
  const auto bio = open(pem);
  int count = 0;
  while (next_certificate(bio.get()) != nullptr) ++count;
  const bool whole = at_end();
  ERR_clear_error();
  if (count == 0) return std::string("is no PEM certificate: ") + kLineBreaks;
  if (!whole)
    return "has a certificate that cannot be read behind the first " + std::to_string(count) +
           ": " + kLineBreaks;
  return std::nullopt;
}

std::optional<std::string> check_private_key(const std::string& pem, const std::string& password,
                                             const std::string& certificates) {
  ERR_clear_error();
  const auto bio = open(pem);
  std::string own = password;
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_password, &own));
  ERR_clear_error();
  if (key == nullptr) {
    const bool encrypted = pem.find("ENCRYPTED") != std::string::npos;
    if (encrypted && password.empty())
      return "is encrypted: add its password as privateKeyPassword";
    if (encrypted) return "cannot be opened: correct privateKeyPassword, or paste the key again";
    return std::string("is no PEM private key: ") + kLineBreaks;
  }
  const auto certificate = next_certificate(open(certificates).get());
  const bool fits =
      certificate != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (fits) return std::nullopt;
  return "does not belong to the first certificate: the client's own comes first, then those that "
         "signed it";
}

}  // namespace emulator
