#include "emulator/secrets/secret_store.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>
#include <variant>

#include "emulator/aws/aws_client.h"
#include "emulator/secrets/core_dumps.h"
#include "emulator/secrets/secret_names.h"
#include "emulator/secrets/secret_text.h"
#include "emulator/secrets/secrets_file.h"

namespace emulator {
namespace {

// A connection attempt waits for it.
constexpr HttpLimits kLimits{std::chrono::milliseconds(2'000), std::chrono::milliseconds(4'000),
                             1024 * 1024};

// docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
std::string secret_string(const std::string& answer, const Secret& secret) {
  const auto body = nlohmann::json::parse(answer, nullptr, false);
  const auto text = body.is_object() ? body.find("SecretString") : body.end();
  if (!body.is_object() || text == body.end() || !text->is_string())
    throw SecretError(SecretError::Kind::Unusable,
                      "secret " + secret.name + " (" + secret.where +
                          ") has no SecretString: store it as text, not as binary");
  return text->get<std::string>();
}

SecretError::Kind kind_of(AwsFailure::Kind kind) {
  const bool out_of_reach = kind == AwsFailure::Kind::NoAnswer || kind == AwsFailure::Kind::Refused;
  return out_of_reach ? SecretError::Kind::NoAnswer : SecretError::Kind::Unusable;
}

}  // namespace

SecretStore::SecretStore(Settings settings) : settings_(std::move(settings)) {
  if (!settings_.file.empty()) check_secrets_file(settings_.file);
}

Secret SecretStore::find(const std::string& id) const {
  forbid_core_dumps();
  const auto names = names_of_secret(id);
  std::optional<Secret> found;
  if (!settings_.file.empty()) found = find_in_secrets_file(settings_.file, id, names);
  if (!found) found = find_in_environment(id, names);
  if (!found) found = ask_secrets_manager(id);
  if (!found) throw SecretError(SecretError::Kind::Missing, not_found(id, names));
  return std::move(*found);
}

std::optional<Secret> SecretStore::find_in_environment(
    const std::string& id, const std::vector<std::string>& names) const {
  for (const auto& name : names) {
    const auto variable = secret_variable(name);
    const auto text = settings_.environment(variable);
    if (!text || text->empty()) continue;
    Secret secret{id, variable, {}};
    secret.members = members_of_text(*text, secret);
    return secret;
  }
  return std::nullopt;
}

std::optional<Secret> SecretStore::ask_secrets_manager(const std::string& id) const {
  const std::string region_of_arn = region_of_secret(id);
  const std::string region = region_of_arn.empty() ? std::string(kRegion) : region_of_arn;
  std::optional<AwsEndpoint> endpoint;
  try {
    endpoint = find_endpoint(AwsService::SecretsManager, settings_.environment, settings_.real_aws,
                             region);
  } catch (const ConfigError& error) {
    throw SecretError(SecretError::Kind::NoAnswer, "secret " + id + ": " + error.what());
  }
  if (!endpoint) return std::nullopt;
  const AwsClient client(std::move(*endpoint), region, kLimits);
  const auto answer = client.json("secretsmanager.GetSecretValue", "1.1",
                                  nlohmann::json{{"SecretId", id}}.dump(), {});
  Secret secret{id, "Secrets Manager at " + client.where(), {}};
  if (const auto* failure = std::get_if<AwsFailure>(&answer)) {
    if (failure->kind == AwsFailure::Kind::Missing) return std::nullopt;
    throw SecretError(kind_of(failure->kind),
                      "secret " + id + ": " + secret.where + ": " + failure->text);
  }
  secret.members = members_of_text(secret_string(std::get<std::string>(answer), secret), secret);
  return secret;
}

std::string SecretStore::not_found(const std::string& id,
                                   const std::vector<std::string>& names) const {
  const bool asked = settings_.environment(variable_name(AwsService::SecretsManager)).has_value() ||
                     settings_.environment("AWS_ENDPOINT_URL").has_value() ||
                     settings_.real_aws == RealAws::Allowed;
  return "secret " + id + " is not found: " +
         (settings_.file.empty() ? "give a file with it as --secrets FILE"
                                 : "add it to " + settings_.file.string()) +
         ", set " + secret_variable(names.back()) + ", or " +
         (asked ? "create it in Secrets Manager"
                : "name a local Secrets Manager with " + variable_name(AwsService::SecretsManager));
}

}  // namespace emulator
