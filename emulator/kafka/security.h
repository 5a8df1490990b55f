// How a client talks to its brokers and who it says it is: resolved, with the secrets' values.
// Never logged, never copied further than the client's configuration. Plain values; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace emulator {

struct KafkaSecurity {
  enum class Protocol { Plaintext, Ssl, SaslPlaintext, SaslSsl };
  enum class Mechanism { None, Plain, ScramSha256, ScramSha512, MskIam };

  Protocol protocol = Protocol::Plaintext;
  Mechanism mechanism = Mechanism::None;
  std::string username;
  std::string password;

  // PEM texts; empty: none.
  std::string ca_certificates;     // who vouches for the brokers; empty: the system's authorities
  std::string client_certificate;  // the client's own, then intermediates, then root
  std::string private_key;         // PKCS#8, perhaps encrypted
  std::string private_key_password;

  // Of MskIam: a new token and when it ends. Called from librdkafka's threads. Throws
  // std::runtime_error, whose text has no secret.
  struct Token {
    std::string text;
    std::int64_t ends_at_ms = 0;  // epoch
  };
  std::function<Token()> make_token;
};

// As Kafka's own settings name them: "SASL_SSL", "SCRAM-SHA-512", "AWS_MSK_IAM"; "" for None.
std::string_view to_string(KafkaSecurity::Protocol protocol);
std::string_view to_string(KafkaSecurity::Mechanism mechanism);

}  // namespace emulator
