// How secured clusters are entered, on the command line.
#include <string>

#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"
#include "tests/unit/config/command_line_support.h"

using namespace emulator;

TEST_CASE("access flags: start and run take files, and what replaces TLS and logins") {
  const TemporaryDirectory directory;
  const auto template_file = directory.write("template.yaml", "").string();
  const auto secrets = directory.write("s.yaml", "").string();
  const auto access =
      parsed<StartCommand>({"start", template_file, "--secrets", secrets, "--kafka-ca", secrets,
                            "--allow-sasl-plaintext", "--msk-iam", "--allow-aws"})
          .serve.access;
  CHECK(access.secrets_file == secrets);
  CHECK(access.ca_file == secrets);
  CHECK(access.sasl_plaintext);
  CHECK(access.msk_iam);
  CHECK(access.allow_aws);
  CHECK_FALSE(access.plaintext);
  CHECK(parsed<StartCommand>({"start", template_file, "--kafka-plaintext"}).serve.access.plaintext);
  CHECK(usage_mistake({"start", "--secrets", directory.path() / "gone"})
            .find("there is no such file") != std::string::npos);
  for (const auto* flag : {"--msk-iam", "--allow-sasl-plaintext"})
    CHECK(usage_mistake({"start", template_file, "--kafka-plaintext", flag})
              .find("--kafka-plaintext") != std::string::npos);
}

TEST_CASE("access flags: produce logs in with a secret and a mechanism, or a certificate") {
  const auto produce = parsed<ProduceCommand>(
      {"produce", "t", "--secret", "login", "--sasl", "scram-sha-256", "--tls"});
  CHECK(produce.secret == "login");
  CHECK(produce.sasl == AccessType::SaslScram256Auth);
  CHECK(produce.tls);
  CHECK_FALSE(parsed<ProduceCommand>({"produce", "t", "--secret", "c"}).sasl.has_value());
  CHECK(parsed<ProduceCommand>({"produce", "t", "--secret", "c", "--sasl", "plain"}).sasl ==
        AccessType::BasicAuth);
  CHECK(usage_mistake({"produce", "t", "--sasl", "plain"}) ==
        "klambda produce: --sasl requires --secret (see klambda produce --help)");
  CHECK(usage_mistake({"produce", "t", "--secret", "c", "--sasl", "gssapi"}) ==
        "klambda produce: --sasl gssapi: it must be plain, scram-sha-256 or scram-sha-512");
}

TEST_CASE("access flags: the mapping of run logs in as produce does") {
  const TemporaryDirectory directory;
  directory.write("app.py", "");
  const auto mapping = [&](std::vector<std::string> more) {
    std::vector<std::string> words{"run",     "--code",  directory.path(), "--handler",
                                   "app.run", "--topic", "orders"};
    words.insert(words.end(), more.begin(), more.end());
    return parsed<RunCommand>(words).application.mappings.at(0);
  };
  CHECK(mapping({}).source_access.empty());
  const auto login = mapping({"--secret", "login", "--sasl", "plain"}).source_access;
  REQUIRE(login.size() == 1);
  CHECK(login[0].type == AccessType::BasicAuth);
  CHECK(login[0].uri == "login");
  CHECK(mapping({"--secret", "c"}).source_access.at(0).type ==
        AccessType::ClientCertificateTlsAuth);
  CHECK(usage_mistake({"run", "--handler", "app.run", "--secret", "c"})
            .find("--secret needs --topic") != std::string::npos);
}
