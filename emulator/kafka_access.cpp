#include "emulator/kafka_access.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "emulator/aws/msk_token.h"
#include "emulator/config/access_rules.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/kafka/record_source.h"
#include "emulator/secrets/pem.h"
#include "emulator/secrets/secret.h"
#include "emulator/secrets/typed_secrets.h"

namespace emulator {
namespace {

using Protocol = KafkaSecurity::Protocol;
using Mechanism = KafkaSecurity::Mechanism;

Mechanism mechanism_of(AccessType type) {
  switch (type) {
    case AccessType::BasicAuth:
      return Mechanism::Plain;
    case AccessType::SaslScram256Auth:
      return Mechanism::ScramSha256;
    case AccessType::SaslScram512Auth:
      return Mechanism::ScramSha512;
    default:
      return Mechanism::None;
  }
}

bool is_login(const SourceAccess& access) {
  return mechanism_of(access.type) != Mechanism::None ||
         access.type == AccessType::ClientCertificateTlsAuth;
}

bool is_network(const SourceAccess& access) {
  return access.type == AccessType::VpcSubnet || access.type == AccessType::VpcSecurityGroup;
}

const SourceAccess* find_login(const std::vector<SourceAccess>& access) {
  const auto login = std::find_if(access.begin(), access.end(), is_login);
  return login == access.end() ? nullptr : &*login;
}

SourceProblemError problem_of(const SecretError& error) {
  const bool pem = error.kind() == SecretError::Kind::BadPem;
  return SourceProblemError(
      {pem ? SourceProblem::Kind::BadCertificate : SourceProblem::Kind::SecretUnusable,
       error.what()});
}

std::string read_authorities(const std::filesystem::path& file) {
  const auto fail = [&](const std::string& what) {
    throw SecretError(SecretError::Kind::BadPem, "--kafka-ca " + file.string() + " " + what);
  };
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail("cannot be opened: check its name and permissions");
  std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (const auto problem = check_certificates(text)) fail(*problem);
  return text;
}

// "arn:aws:kafka:REGION:ACCOUNT:cluster/…": that is where the token must be signed for.
std::string region_of_cluster(const MappingConfig& mapping) {
  const auto parts = split(mapping.event_source_arn, ':');
  return parts.size() > 3 && !parts[3].empty() ? parts[3] : mapping.region;
}

std::string names_of(const std::vector<SourceAccess>& access, bool (*wanted)(const SourceAccess&)) {
  std::vector<std::string> names;
  for (const auto& entry : access) {
    const std::string name(to_string(entry.type));
    if (wanted(entry) && std::find(names.begin(), names.end(), name) == names.end())
      names.push_back(name);
  }
  return join(names, ", ");
}

}  // namespace

KafkaAccess::KafkaAccess(KafkaAccessOptions options, Environment environment)
    : options_(std::move(options)),
      environment_(std::move(environment)),
      secrets_({options_.secrets_file, real_aws(), environment_}) {
  try {
    authorities({});
  } catch (const SecretError& error) {
    throw ConfigError(error.what());
  }
  if (options_.msk_iam && !find_credentials(environment_))
    throw ConfigError(
        "--msk-iam signs with a key: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
}

KafkaSecurity KafkaAccess::enter(const MappingConfig& mapping, Cluster cluster) const {
  if (cluster == Cluster::Embedded || options_.plaintext) return {};
  auto security = enter(mapping.source_access);
  const bool logs_in = find_login(mapping.source_access) != nullptr;
  if (options_.msk_iam && mapping.kind == EventSourceKind::Msk && !logs_in)
    log_in_with_iam(mapping, security);
  return security;
}

KafkaSecurity KafkaAccess::enter(const ProduceCommand& command) const {
  std::vector<SourceAccess> access;
  if (!command.secret.empty())
    access.push_back({command.sasl.value_or(AccessType::ClientCertificateTlsAuth), command.secret});
  auto security = enter(access);
  // --tls says what a mapping's types do.
  const bool tls = command.tls || !security.ca_certificates.empty();
  if (!tls && security.protocol == Protocol::SaslSsl) security.protocol = Protocol::SaslPlaintext;
  if (tls && security.protocol == Protocol::Plaintext) security.protocol = Protocol::Ssl;
  return security;
}

KafkaSecurity KafkaAccess::enter(const std::vector<SourceAccess>& access) const {
  try {
    KafkaSecurity security;
    security.ca_certificates = authorities(access);
    // That AWS talks plaintext when nothing is configured is an inference.
    if (!security.ca_certificates.empty()) security.protocol = Protocol::Ssl;
    if (const auto* const login = find_login(access)) log_in(*login, security);
    return security;
  } catch (const SecretError& error) {
    throw problem_of(error);
  }
}

void KafkaAccess::log_in(const SourceAccess& access, KafkaSecurity& security) const {
  const auto secret = find(access);
  if (access.type == AccessType::ClientCertificateTlsAuth) {
    auto client = read_client_certificate(secret);
    security.protocol = Protocol::Ssl;
    security.client_certificate = std::move(client.certificates);
    security.private_key = std::move(client.private_key);
    security.private_key_password = std::move(client.private_key_password);
    return;
  }
  auto login = read_login(secret);
  const bool plain = options_.sasl_plaintext && security.ca_certificates.empty();
  security.protocol = plain ? Protocol::SaslPlaintext : Protocol::SaslSsl;
  security.mechanism = mechanism_of(access.type);
  security.username = std::move(login.username);
  security.password = std::move(login.password);
}

void KafkaAccess::log_in_with_iam(const MappingConfig& mapping, KafkaSecurity& security) const {
  security.protocol = Protocol::SaslSsl;
  security.mechanism = Mechanism::MskIam;
  security.make_token = [environment = environment_, region = region_of_cluster(mapping)] {
    const auto credentials = find_credentials(environment);
    if (!credentials) throw std::runtime_error("AWS_ACCESS_KEY_ID is not set");
    auto token = msk_token(*credentials, region, epoch_ms_now());
    return KafkaSecurity::Token{std::move(token.text), token.ends_at_ms};
  };
}

std::string KafkaAccess::authorities(const std::vector<SourceAccess>& access) const {
  std::string certificates;
  for (const auto& entry : access) {
    if (entry.type == AccessType::ServerRootCaCertificate)
      certificates += read_root_certificates(find(entry)) + "\n";
  }
  if (!options_.ca_file.empty()) certificates += read_authorities(options_.ca_file);
  return certificates;
}

Secret KafkaAccess::find(const SourceAccess& access) const {
  if (access.uri.empty())
    throw SecretError(SecretError::Kind::Missing,
                      std::string(to_string(access.type)) +
                          " in SourceAccessConfigurations has a URI that is known on AWS alone: "
                          "write the secret's name or ARN, or !Ref a parameter");
  return secrets_.find(access.uri);
}

std::vector<std::string> KafkaAccess::notes(const MappingConfig& mapping, Cluster cluster) const {
  std::vector<std::string> lines;
  const auto& access = mapping.source_access;
  if (const auto names = names_of(access, is_network); !names.empty())
    lines.push_back(names +
                    " in SourceAccessConfigurations: no account is taken of it, klambda "
                    "reaches the brokers as any program on this machine does");
  const auto names = names_of(access, [](const SourceAccess& entry) { return !is_network(entry); });
  if (names.empty()) return lines;
  if (cluster == Cluster::Embedded) {
    lines.push_back(names +
                    " in SourceAccessConfigurations: not needed, the embedded Kafka has "
                    "neither TLS nor logins");
  } else if (options_.plaintext) {
    lines.push_back(names + " in SourceAccessConfigurations: left aside by --kafka-plaintext");
  }
  return lines;
}

}  // namespace emulator
