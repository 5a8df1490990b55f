#include "emulator/kafka/client_security.h"

#include <openssl/x509_vfy.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemp is POSIX
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <string>
#include <system_error>

#include "emulator/kafka/connection_notes.h"
#include "emulator/kafka/record_source.h"

namespace emulator {
namespace {

constexpr const char* kTokenPrincipal = "klambda";

// librdkafka's own text is left out: it may quote the value.
void set(rd_kafka_conf_t* configuration, const char* name, const std::string& value) {
  std::array<char, 512> problem{};
  if (rd_kafka_conf_set(configuration, name, value.c_str(), problem.data(), problem.size()) ==
      RD_KAFKA_CONF_OK)
    return;
  throw SourceProblemError({SourceProblem::Kind::SecretUnusable,
                            std::string("Kafka client: ") + name + " cannot have this value"});
}

const char* protocol_name(KafkaSecurity::Protocol protocol) {
  using enum KafkaSecurity::Protocol;
  switch (protocol) {
    case Ssl:
      return "ssl";
    case SaslPlaintext:
      return "sasl_plaintext";
    case SaslSsl:
      return "sasl_ssl";
    case Plaintext:
      break;
  }
  return "plaintext";
}

// The three ways in which a broker's certificate may fail share one text in librdkafka's error;
// here they differ. What is decided is what OpenSSL has decided.
int on_certificate(rd_kafka_t* /*client*/, const char* /*broker*/, std::int32_t /*broker_id*/,
                   int* x509_error, int /*depth*/, const char* /*certificate*/,
                   std::size_t /*size*/, char* text, std::size_t text_size, void* opaque) {
  const bool good = *x509_error == X509_V_OK;
  if (!good) std::snprintf(text, text_size, "%s", X509_verify_cert_error_string(*x509_error));
  static_cast<ConnectionNotes*>(opaque)->remember_certificate_fault(*x509_error);
  return good ? 1 : 0;
}

void on_token_wanted(rd_kafka_t* client, const char* /*config*/, void* opaque) {
  std::array<char, 512> problem{};
  std::string why = "no token can be made";
  try {
    if (const auto& make_token = static_cast<ConnectionNotes*>(opaque)->make_token) {
      const KafkaSecurity::Token token = make_token();
      if (rd_kafka_oauthbearer_set_token(client, token.text.c_str(), token.ends_at_ms,
                                         kTokenPrincipal, nullptr, 0, problem.data(),
                                         problem.size()) == RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
      why = "the token is refused by the client";  // its own text may quote the token
    }
  } catch (const std::exception& error) {
    why = error.what();
  } catch (...) {  // NOLINT(bugprone-empty-catch): `why` says it
  }
  rd_kafka_oauthbearer_set_token_failure(client, why.c_str());
}

void apply_tls(ClientConfiguration& configuration, const KafkaSecurity& security) {
  rd_kafka_conf_t* target = configuration.get();
  set(target, "enable.ssl.certificate.verification", "true");
  set(target, "ssl.endpoint.identification.algorithm", "https");
  if (security.ca_certificates.empty())
    set(target, "ssl.ca.location", "probe");
  else
    set(target, "ssl.ca.pem", security.ca_certificates);
  rd_kafka_conf_set_ssl_cert_verify_cb(target, on_certificate);
  if (security.client_certificate.empty()) return;
  // ssl.certificate.pem would read the first certificate only, and brokers need the intermediates.
  configuration.certificate_chain = std::make_unique<TemporaryFile>(security.client_certificate);
  set(target, "ssl.certificate.location", configuration.certificate_chain->path());
  set(target, "ssl.key.pem", security.private_key);
  if (!security.private_key_password.empty())
    set(target, "ssl.key.password", security.private_key_password);
}

void apply_login(ClientConfiguration& configuration, const KafkaSecurity& security) {
  using enum KafkaSecurity::Mechanism;
  rd_kafka_conf_t* target = configuration.get();
  if (security.mechanism == MskIam) {
    set(target, "sasl.mechanism", "OAUTHBEARER");
    rd_kafka_conf_set_oauthbearer_token_refresh_cb(target, on_token_wanted);
    // On a thread of librdkafka's own: a producer that waits for metadata polls nothing.
    rd_kafka_conf_enable_sasl_queue(target, 1);
    configuration.logs_in_with_token = true;
    return;
  }
  set(target, "sasl.mechanism", std::string(to_string(security.mechanism)));
  set(target, "sasl.username", security.username);
  set(target, "sasl.password", security.password);
}

}  // namespace

TemporaryFile::TemporaryFile(std::string_view content) {
  std::string name = (std::filesystem::temp_directory_path() / "klambda.XXXXXX").string();
  const int file = ::mkstemp(name.data());
  if (file < 0) throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) break;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  const int problem = errno;
  ::close(file);
  if (content.empty()) return;
  ::unlink(path_.c_str());
  throw std::system_error(problem, std::generic_category(), name);
}

TemporaryFile::~TemporaryFile() {
  ::unlink(path_.c_str());
}

void apply_security(ClientConfiguration& configuration, const KafkaSecurity& security) {
  using enum KafkaSecurity::Protocol;
  set(configuration.get(), "security.protocol", protocol_name(security.protocol));
  if (security.protocol == Ssl || security.protocol == SaslSsl) apply_tls(configuration, security);
  if (security.protocol == SaslPlaintext || security.protocol == SaslSsl)
    apply_login(configuration, security);
}

}  // namespace emulator
