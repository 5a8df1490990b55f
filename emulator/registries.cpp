#include "emulator/registries.h"

#include <utility>

#include "emulator/aws/endpoint.h"
#include "emulator/config/text.h"
#include "emulator/registry/confluent.h"
#include "emulator/registry/glue.h"
#include "emulator/registry/registry_decoder.h"
#include "emulator/registry/schema_files.h"
#include "emulator/secrets/http_access.h"

namespace emulator {
namespace {

bool is_glue(const std::string& where) {
  return starts_with(where, "arn:");
}

Framing framing_of(const std::string& where) {
  return is_glue(where) ? Framing::Glue : Framing::Confluent;
}

// `who`: what is put in front of an error.
std::unique_ptr<GlueRegistry> make_glue(const std::string& arn, const std::string& region,
                                        RealAws real_aws, const std::string& who) {
  const auto name = glue_registry_name(arn);
  if (!name)
    throw ConfigError(who + ": \"" + arn + "\" is not the ARN of a Glue registry, as " +
                      "arn:aws:glue:us-east-1:000000000000:registry/NAME");
  auto client = glue_client(arn, region, real_aws);
  if (!client)
    throw ConfigError(who + ": the AWS Glue registry " + *name +
                      " is not reached: name what stands in for AWS Glue in AWS_ENDPOINT_URL_GLUE, "
                      "serve the schemas from files with --schemas DIR, name a local registry "
                      "with --registry URL, or add --allow-aws");
  return std::make_unique<GlueRegistry>(*std::move(client), *name);
}

std::unique_ptr<ConfluentRegistry> make_confluent(const std::string& address,
                                                  LoadRegistryAccess access,
                                                  const std::string& who) {
  auto url = parse_url(address);
  if (!url)  // the address is not shown: it may hold a password
    throw ConfigError(who +
                      " is no address that klambda can call: write it as http://HOST:PORT or "
                      "https://HOST:PORT, without user or query");
  return std::make_unique<ConfluentRegistry>(std::move(*url), std::move(access));
}

LoadRegistryAccess access_by(std::vector<SourceAccess> entries, const SecretStore& secrets) {
  return [entries = std::move(entries), &secrets] { return read_http_access(entries, secrets); };
}

std::unique_ptr<SchemaSource> make_source(const MappingConfig& config, const RegistryParts& parts) {
  if (!parts.options.schemas.empty()) return std::make_unique<SchemaFiles>(parts.options.schemas);
  const auto registry = registry_in_place(*config.schema_registry, parts.options);
  const std::string who = parts.options.registry.empty()
                              ? config.where + ": SchemaRegistryURI of " + config.name
                              : "--registry";
  if (is_glue(registry.uri)) return make_glue(registry.uri, config.region, parts.real_aws, who);
  return make_confluent(registry.uri, access_by(registry.access, parts.secrets), who);
}

}  // namespace

SchemaRegistry registry_in_place(const SchemaRegistry& wanted, const RegistryOptions& options) {
  if (options.registry.empty()) return wanted;
  SchemaRegistry given = wanted;
  given.uri = options.registry;
  given.access.clear();
  if (!options.secret.empty()) given.access.push_back({AccessType::BasicAuth, options.secret});
  return given;
}

void check_registry(const MappingConfig& config, const RegistryParts& parts) {
  if (config.schema_registry) make_source(config, parts);
}

MakeDecoder make_decoders(const MappingConfig& config, const RegistryParts& parts) {
  if (!config.schema_registry) return {};
  const auto wanted = registry_in_place(*config.schema_registry, parts.options);
  DecodeRules rules;
  rules.framing = framing_of(wanted.uri);
  rules.delivers = wanted.format == SchemaRegistry::RecordFormat::AsJson
                       ? DecodeRules::Delivers::Json
                       : DecodeRules::Delivers::Payload;
  rules.decodes_key = wanted.validates_key;
  rules.decodes_value = wanted.validates_value;
  return make_registry_decoders(std::make_shared<SchemaCache>(make_source(config, parts)), rules);
}

ProducerRegistry make_producer_registry(const RegistryParts& parts) {
  if (parts.options.registry.empty()) return {};
  const auto given = registry_in_place({}, parts.options);
  ProducerRegistry made;
  made.framing = framing_of(given.uri);
  if (is_glue(given.uri))
    made.publisher = make_glue(given.uri, kRegion, parts.real_aws, "--registry");
  else
    made.publisher =
        make_confluent(given.uri, access_by(given.access, parts.secrets), "--registry");
  return made;
}

}  // namespace emulator
