// From what a mapping and the flags say to how a client enters its cluster.
#include "emulator/kafka_access.h"

#include <map>
#include <set>

#include "emulator/kafka/record_source.h"
#include "tests/support/catch.h"
#include "tests/support/pem_texts.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using emulator::test::PemPair;
using Protocol = KafkaSecurity::Protocol;
using Mechanism = KafkaSecurity::Mechanism;
using Cluster = KafkaAccess::Cluster;

namespace {

struct Rig {
  TemporaryDirectory directory;
  PemPair client{"client"};
  PemPair authority{"authority"};
  KafkaAccessOptions options;
  std::map<std::string, std::string> variables;

  Rig() {
    directory.write("client.pem", client.certificate() + client.encrypted_key("open"));
    directory.write("ca.pem", authority.certificate());
    options.secrets_file = directory.write("secrets.yaml",
                                           "login: {username: alice, password: p}\n"
                                           "half: {username: planted-name}\n"
                                           "ca: {file: ca.pem}\n"
                                           "certificate:\n"
                                           "  certificate: {file: client.pem}\n"
                                           "  privateKey: {file: client.pem}\n"
                                           "  privateKeyPassword: open\n"
                                           "closed:\n"
                                           "  certificate: {file: client.pem}\n"
                                           "  privateKey: {file: client.pem}\n"
                                           "  privateKeyPassword: planted-password\n");
  }

  KafkaAccess access() const {
    return KafkaAccess(options, [this](const std::string& name) -> std::optional<std::string> {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    });
  }
  KafkaSecurity enter(const std::vector<SourceAccess>& entries,
                      EventSourceKind kind = EventSourceKind::SelfManagedKafka,
                      Cluster cluster = Cluster::Other) const {
    MappingConfig mapping;
    mapping.kind = kind;
    mapping.event_source_arn = "arn:aws:kafka:eu-west-1:123456789012:cluster/c/1";
    mapping.source_access = entries;
    return access().enter(mapping, cluster);
  }
  SourceProblem problem(const std::vector<SourceAccess>& entries) const {
    try {
      enter(entries);
    } catch (const SourceProblemError& error) {
      return error.problem();
    }
    FAIL("accepted");
    return {};
  }
};

std::string shown(const KafkaSecurity& security) {
  std::string text(to_string(security.protocol));
  const std::string mechanism(to_string(security.mechanism));
  return mechanism.empty() ? text : text + " " + mechanism;
}

const SourceAccess kPlain{AccessType::BasicAuth, "login"};
const SourceAccess kScram256{AccessType::SaslScram256Auth, "login"};
const SourceAccess kScram512{AccessType::SaslScram512Auth, "login"};
const SourceAccess kCertificate{AccessType::ClientCertificateTlsAuth, "certificate"};
const SourceAccess kAuthority{AccessType::ServerRootCaCertificate, "ca"};
const SourceAccess kSubnet{AccessType::VpcSubnet, "subnet:a"};

}  // namespace

TEST_CASE_METHOD(Rig, "access: each type has its protocol and mechanism, as on AWS") {
  CHECK(shown(enter({})) == "PLAINTEXT");
  CHECK(shown(enter({kSubnet})) == "PLAINTEXT");
  CHECK(shown(enter({kPlain})) == "SASL_SSL PLAIN");
  CHECK(shown(enter({kScram256})) == "SASL_SSL SCRAM-SHA-256");
  CHECK(shown(enter({kScram512})) == "SASL_SSL SCRAM-SHA-512");
  CHECK(shown(enter({kCertificate})) == "SSL");
  CHECK(shown(enter({kAuthority})) == "SSL");
  const auto login = enter({kAuthority, kScram512});
  CHECK(login.username == "alice");
  CHECK(login.password == "p");
  CHECK(login.ca_certificates == authority.certificate() + "\n");
  const auto certificate = enter({kCertificate});
  CHECK(certificate.client_certificate.starts_with(client.certificate()));
  CHECK(certificate.private_key.find("ENCRYPTED PRIVATE KEY") != std::string::npos);
  CHECK(certificate.private_key_password == "open");
  CHECK(certificate.ca_certificates.empty());  // the system's
}

TEST_CASE_METHOD(Rig, "access: logins go without TLS when that is allowed and nobody is trusted") {
  options.sasl_plaintext = true;
  CHECK(shown(enter({kPlain})) == "SASL_PLAINTEXT PLAIN");
  CHECK(shown(enter({kScram256})) == "SASL_PLAINTEXT SCRAM-SHA-256");
  CHECK(shown(enter({kScram512, kAuthority})) == "SASL_SSL SCRAM-SHA-512");
  CHECK(shown(enter({kCertificate})) == "SSL");
  options.ca_file = directory.path() / "ca.pem";
  CHECK(shown(enter({kPlain})) == "SASL_SSL PLAIN");
}

TEST_CASE_METHOD(Rig, "access: the embedded brokers and --kafka-plaintext need no secret at all") {
  const SourceAccess missing{AccessType::BasicAuth, "nobody has it"};
  CHECK(shown(enter({missing}, EventSourceKind::SelfManagedKafka, Cluster::Embedded)) ==
        "PLAINTEXT");
  options.plaintext = true;
  CHECK(shown(enter({missing, kAuthority})) == "PLAINTEXT");
}

TEST_CASE_METHOD(Rig, "access: --kafka-ca is believed beside a mapping's own authority") {
  const PemPair other("other");
  options.ca_file = directory.write("other.pem", other.certificate());
  CHECK(enter({kAuthority}).ca_certificates ==
        authority.certificate() + "\n" + other.certificate());
  CHECK(shown(enter({})) == "SSL");
  options.ca_file = directory.write("none.pem", "planted");
  CHECK_THROWS_AS(access(), ConfigError);
  options.ca_file = directory.path() / "gone.pem";
  CHECK_THROWS_AS(access(), ConfigError);
}

TEST_CASE_METHOD(Rig, "access: --msk-iam is for MSK mappings that have no login of their own") {
  options.msk_iam = true;
  CHECK_THROWS_AS(access(), ConfigError);
  variables = {{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "planted"}};
  CHECK(shown(enter({})) == "PLAINTEXT");
  CHECK(shown(enter({kScram512}, EventSourceKind::Msk)) == "SASL_SSL SCRAM-SHA-512");
  CHECK(shown(enter({kCertificate}, EventSourceKind::Msk)) == "SSL");
  const auto iam = enter({}, EventSourceKind::Msk);
  CHECK(iam.protocol == Protocol::SaslSsl);
  CHECK(iam.mechanism == Mechanism::MskIam);
  const auto token = iam.make_token();
  CHECK_FALSE(token.text.empty());
  CHECK(token.text.find("planted") == std::string::npos);
  CHECK(token.ends_at_ms > 0);
}

TEST_CASE_METHOD(Rig, "access: a secret that cannot be used is told without its values") {
  using Kind = SourceProblem::Kind;
  const auto missing = problem({{AccessType::SaslScram512Auth, "nobody has it"}});
  CHECK(missing.kind == Kind::SecretUnusable);
  CHECK(missing.text.starts_with("secret nobody has it is not found"));
  const auto half = problem({{AccessType::BasicAuth, "half"}});
  CHECK(half.kind == Kind::SecretUnusable);
  CHECK(half.text.find("has no member password") != std::string::npos);
  CHECK(half.text.find("planted") == std::string::npos);
  const auto closed = problem({{AccessType::ClientCertificateTlsAuth, "closed"}});
  CHECK(closed.kind == Kind::BadCertificate);
  CHECK(closed.text.find("correct privateKeyPassword") != std::string::npos);
  CHECK(closed.text.find("planted") == std::string::npos);
  const auto unknown = problem({{AccessType::ServerRootCaCertificate, ""}});
  CHECK(unknown.kind == Kind::SecretUnusable);
  CHECK(unknown.text.find("known on AWS alone") != std::string::npos);
}

TEST_CASE_METHOD(Rig, "access: what is left aside is noted") {
  MappingConfig mapping;
  CHECK(access().notes(mapping, Cluster::Embedded).empty());
  mapping.source_access = {kSubnet, kSubnet, kScram512, kAuthority};
  const auto embedded = access().notes(mapping, Cluster::Embedded);
  REQUIRE(embedded.size() == 2);
  CHECK(embedded[0].starts_with("VPC_SUBNET in SourceAccessConfigurations: no account"));
  CHECK(embedded[1].starts_with("SASL_SCRAM_512_AUTH, SERVER_ROOT_CA_CERTIFICATE in"));
  CHECK(access().notes(mapping, Cluster::Other).size() == 1);
  options.plaintext = true;
  CHECK(access().notes(mapping, Cluster::Other).size() == 2);
}

TEST_CASE_METHOD(Rig, "access: klambda produce logs in as its flags say") {
  ProduceCommand command;
  CHECK(shown(access().enter(command)) == "PLAINTEXT");
  command.tls = true;
  CHECK(shown(access().enter(command)) == "SSL");
  command.secret = "certificate";
  command.tls = false;
  CHECK(shown(access().enter(command)) == "SSL");
  command.secret = "login";
  command.sasl = AccessType::SaslScram256Auth;
  CHECK(shown(access().enter(command)) == "SASL_PLAINTEXT SCRAM-SHA-256");
  command.tls = true;
  CHECK(shown(access().enter(command)) == "SASL_SSL SCRAM-SHA-256");
  command.tls = false;
  options.ca_file = directory.path() / "ca.pem";
  CHECK(shown(access().enter(command)) == "SASL_SSL SCRAM-SHA-256");
}
