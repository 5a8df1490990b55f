// Certificates and keys for tests, made anew: nothing that expires lies in the repository.
#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <string>

namespace emulator::test {

// A key and a certificate that it has signed itself, good until so many seconds from now.
class PemPair {
 public:
  explicit PemPair(const std::string& name, long ends_in_s = 3'600)
      : key_(EVP_EC_gen("P-256")), certificate_(X509_new()) {
    ASN1_INTEGER_set(X509_get_serialNumber(certificate_), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate_), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate_), ends_in_s);
    X509_set_pubkey(certificate_, key_);
    auto* const subject = X509_get_subject_name(certificate_);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    X509_set_issuer_name(certificate_, subject);
    X509_sign(certificate_, key_, EVP_sha256());
  }
  ~PemPair() {
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  PemPair(const PemPair&) = delete;
  PemPair& operator=(const PemPair&) = delete;

  std::string certificate() const {
    return written([this](BIO* bio) { PEM_write_bio_X509(bio, certificate_); });
  }
  std::string key() const {
    return written([this](BIO* bio) {
      PEM_write_bio_PKCS8PrivateKey(bio, key_, nullptr, nullptr, 0, nullptr, nullptr);
    });
  }
  std::string encrypted_key(const std::string& password) const {
    return written([&](BIO* bio) {
      PEM_write_bio_PKCS8PrivateKey(bio, key_, EVP_aes_256_cbc(), password.data(),
                                    static_cast<int>(password.size()), nullptr, nullptr);
    });
  }

 private:
  template <typename Write>
  static std::string written(const Write& write) {
    BIO* const bio = BIO_new(BIO_s_mem());
    write(bio);
    char* data = nullptr;
    const auto size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
  }

  EVP_PKEY* const key_;
  X509* const certificate_;
};

}  // namespace emulator::test
