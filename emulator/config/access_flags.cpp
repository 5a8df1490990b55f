// The flags that say how secured clusters are entered.
#include <optional>
#include <system_error>
#include <vector>

#include "emulator/config/flags.h"

namespace emulator::command_line {
namespace {

namespace fs = std::filesystem;

void add_file(CLI::App& app, const std::string& flag, const std::string& help, fs::path& target) {
  add(app, flag, "FILE", help, [&target](const std::string& text) {
    std::error_code error;
    if (!fs::is_regular_file(text, error) && !fs::is_fifo(text, error))
      throw ConfigError("there is no such file");
    target = text;
  });
}

AccessType read_mechanism(const std::string& text) {
  if (text == "plain") return AccessType::BasicAuth;
  if (text == "scram-sha-256") return AccessType::SaslScram256Auth;
  if (text == "scram-sha-512") return AccessType::SaslScram512Auth;
  throw ConfigError("it must be plain, scram-sha-256 or scram-sha-512");
}

// What every command that enters a cluster has.
void add_sources(CLI::App& app, KafkaAccessOptions& access) {
  add_file(app, "--secrets", "Logins and certificates by name, as YAML or JSON (see README)",
           access.secrets_file);
  add_file(app, "--kafka-ca", "PEM file of authorities that vouch for the brokers", access.ca_file);
  app.add_flag("--allow-aws", access.allow_aws,
               "Ask the real AWS for secrets and schemas that are nowhere else");
}

}  // namespace

std::vector<CLI::Option*> add_login(CLI::App& app, std::string& secret,
                                    std::optional<AccessType>& sasl) {
  auto* const name = add_text(app, "--secret", "NAME",
                              "Log in with this secret; without --sasl: a certificate", secret);
  auto* const mechanism = add(app, "--sasl", "MECHANISM", "plain, scram-sha-256 or scram-sha-512",
                              [&sasl](const std::string& text) { sasl = read_mechanism(text); });
  mechanism->needs(name);
  return {name, mechanism};
}

void add_access(CLI::App& app, KafkaAccessOptions& access) {
  app.option_defaults()->group("Secured clusters");
  add_sources(app, access);
  app.add_flag("--kafka-plaintext", access.plaintext,
               "No TLS and no login, whatever SourceAccessConfigurations say")
      ->excludes("--kafka-ca");
  app.add_flag("--allow-sasl-plaintext", access.sasl_plaintext,
               "Logins without TLS where no authority is named")
      ->excludes("--kafka-plaintext");
  app.add_flag("--msk-iam", access.msk_iam,
               "MSK mappings without a login use IAM (AWS_ACCESS_KEY_ID)")
      ->excludes("--kafka-plaintext");
}

void add_access(CLI::App& app, ProduceCommand& produce) {
  app.option_defaults()->group("Secured clusters");
  add_login(app, produce.secret, produce.sasl);
  app.add_flag("--tls", produce.tls, "Over TLS; so do a certificate and --kafka-ca");
  add_sources(app, produce.access);
}

}  // namespace emulator::command_line
