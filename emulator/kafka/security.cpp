#include "emulator/kafka/security.h"

namespace emulator {

std::string_view to_string(KafkaSecurity::Protocol protocol) {
  using enum KafkaSecurity::Protocol;
  switch (protocol) {
    case Ssl:
      return "SSL";
    case SaslPlaintext:
      return "SASL_PLAINTEXT";
    case SaslSsl:
      return "SASL_SSL";
    case Plaintext:
      break;
  }
  return "PLAINTEXT";
}

std::string_view to_string(KafkaSecurity::Mechanism mechanism) {
  using enum KafkaSecurity::Mechanism;
  switch (mechanism) {
    case Plain:
      return "PLAIN";
    case ScramSha256:
      return "SCRAM-SHA-256";
    case ScramSha512:
      return "SCRAM-SHA-512";
    case MskIam:
      return "AWS_MSK_IAM";
    case None:
      break;
  }
  return "";
}

}  // namespace emulator
