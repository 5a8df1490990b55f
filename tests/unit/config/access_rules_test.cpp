// How a mapping may log in, and what it may ask a schema registry for.
#include "emulator/config/access_rules.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

MappingRequest request_with(EventSourceKind kind, std::vector<AccessRequest> access) {
  MappingRequest request;
  request.kind = kind;
  request.topics = {"orders"};
  request.source_access = std::move(access);
  return request;
}

std::vector<std::string> lines(const std::vector<Violation>& violations) {
  std::vector<std::string> texts;
  for (const auto& violation : violations)
    texts.push_back(describe(violation.parameter, violation));
  return texts;
}

// The only thing that is wrong; empty: nothing.
std::string wrong(EventSourceKind kind, std::vector<AccessRequest> access,
                  Strictness strictness = Strictness::Lenient) {
  const auto texts = lines(check_mapping(request_with(kind, std::move(access)), strictness, 0));
  REQUIRE(texts.size() <= 1);
  return texts.empty() ? std::string() : texts.front();
}

constexpr auto kSelf = EventSourceKind::SelfManagedKafka;
constexpr auto kMsk = EventSourceKind::Msk;

SchemaRegistryRequest good_registry() {
  SchemaRegistryRequest registry;
  registry.uri = "https://registry:8081";
  registry.format = "JSON";
  registry.attributes = {"KEY", "VALUE"};
  registry.access = {{"BASIC_AUTH", "secret"}, {"SERVER_ROOT_CA_CERTIFICATE", "ca"}};
  return registry;
}

std::vector<std::string> wrong(const SchemaRegistryRequest& registry) {
  MappingRequest request;
  request.schema_registry = registry;
  return lines(check_schema_registry(request));
}

}  // namespace

TEST_CASE("each kind of cluster has its own ways to log in") {
  const std::vector<std::string> all{
      "BASIC_AUTH",        "SASL_SCRAM_256_AUTH",         "SASL_SCRAM_512_AUTH",
      "VPC_SUBNET",        "CLIENT_CERTIFICATE_TLS_AUTH", "SERVER_ROOT_CA_CERTIFICATE",
      "VPC_SECURITY_GROUP"};
  for (const auto& type : all) {
    CAPTURE(type);
    CHECK(wrong(kSelf, {{type, "uri"}}).empty());
    const bool of_msk = type == "SASL_SCRAM_512_AUTH" || type == "CLIENT_CERTIFICATE_TLS_AUTH";
    CHECK(wrong(kMsk, {{type, "uri"}}) ==
          (of_msk ? ""
                  : "SourceAccessConfigurations has the type \"" + type +
                        "\": an MSK cluster takes SASL_SCRAM_512_AUTH, "
                        "CLIENT_CERTIFICATE_TLS_AUTH"));
    CHECK(to_string(parse_access_type(type).value()) == type);
  }
  for (const auto* type : {"VIRTUAL_HOST", "OAUTHBEARER_AUTH", ""}) {
    CAPTURE(type);
    CHECK_FALSE(parse_access_type(type).has_value());
    CHECK(wrong(kSelf, {{type, "uri"}})
              .starts_with("SourceAccessConfigurations has the type \"" + std::string(type) +
                           "\" (SAM: \"Invalid SourceAccessConfigurations Type provided for self "
                           "managed kafka event.\"): a self-managed cluster takes BASIC_AUTH, "));
  }
  CHECK(wrong(kMsk, {}).empty());
  CHECK(wrong(kSelf, {}).empty());
}

TEST_CASE("a mapping logs in one way, and may trust an authority beside it") {
  for (const auto* login :
       {"BASIC_AUTH", "SASL_SCRAM_256_AUTH", "SASL_SCRAM_512_AUTH", "CLIENT_CERTIFICATE_TLS_AUTH"})
    CHECK(wrong(kSelf, {{login, "a"}, {"SERVER_ROOT_CA_CERTIFICATE", "b"}}).empty());
  CHECK(wrong(kSelf, {{"BASIC_AUTH", "a"}, {"CLIENT_CERTIFICATE_TLS_AUTH", "b"}}) ==
        "SourceAccessConfigurations has BASIC_AUTH and CLIENT_CERTIFICATE_TLS_AUTH (SAM: "
        "\"Multiple auth mechanism properties specified in SourceAccessConfigurations for self "
        "managed kafka event.\"): a mapping logs in one way, keep one of them");
  CHECK(wrong(kMsk, {{"SASL_SCRAM_512_AUTH", "a"}, {"CLIENT_CERTIFICATE_TLS_AUTH", "b"}}) ==
        "SourceAccessConfigurations has SASL_SCRAM_512_AUTH and CLIENT_CERTIFICATE_TLS_AUTH: a "
        "mapping logs in one way, keep one of them");
  CHECK(wrong(kSelf, {{"BASIC_AUTH", "a"}, {"BASIC_AUTH", "b"}}) ==
        "SourceAccessConfigurations has BASIC_AUTH twice: keep one");
  CHECK(wrong(kSelf, {{"SERVER_ROOT_CA_CERTIFICATE", "a"}, {"SERVER_ROOT_CA_CERTIFICATE", "b"}}) ==
        "SourceAccessConfigurations has SERVER_ROOT_CA_CERTIFICATE twice: keep one");
}

TEST_CASE("an entry names its secret") {
  CHECK(wrong(kSelf, {{"BASIC_AUTH", std::nullopt}}) ==
        "SourceAccessConfigurations has BASIC_AUTH without a URI: name the secret, by its ARN or "
        "its name");
  CHECK(wrong(kSelf, {{"BASIC_AUTH", std::string(200, 'x')}}).empty());
  CHECK(wrong(kSelf, {{"BASIC_AUTH", std::string(201, 'x')}}) ==
        "SourceAccessConfigurations has a URI of 201 characters: AWS takes at most 200");
  CHECK(wrong(kSelf, {{"BASIC_AUTH", ""}}).empty());  // known on AWS alone
}

TEST_CASE("subnets and security groups may be as many as there are, together under strictness") {
  const std::vector<AccessRequest> network{{"VPC_SUBNET", "subnet:a"},
                                           {"VPC_SUBNET", "subnet:b"},
                                           {"VPC_SECURITY_GROUP", "security_group:c"}};
  CHECK(wrong(kSelf, network, Strictness::Strict).empty());
  CHECK(wrong(kSelf, {network[0]}).empty());
  CHECK(wrong(kSelf, {network[0]}, Strictness::Strict) ==
        "SourceAccessConfigurations has VPC_SUBNET without VPC_SECURITY_GROUP (SAM: \"VPC_SUBNET "
        "and VPC_SECURITY_GROUP in SourceAccessConfigurations for SelfManagedKafka must be both "
        "provided.\"): give both, or leave out --strict");
}

TEST_CASE("a schema registry has an address, a format and something to decode") {
  CHECK(wrong(good_registry()).empty());
  auto registry = good_registry();
  registry.access.clear();
  for (const auto* uri : {"http://r", "https://r:1/path", "arn:aws:glue:us-east-1:0:registry/r"}) {
    registry.uri = uri;
    CHECK(wrong(registry).empty());
  }
  for (const auto* uri : {"registry:8081", "https://", "https://:8081", "arn:aws:glue:a:b:schema/x",
                          "arn:aws:glue:a:b:registry/", "ftp://r"}) {
    CAPTURE(uri);
    registry.uri = uri;
    const auto texts = wrong(registry);
    REQUIRE(texts.size() == 1);
    CHECK(texts[0].starts_with("SchemaRegistryConfig.SchemaRegistryURI is \"" + std::string(uri) +
                               "\" (AWS: \"Malformed SchemaRegistryURI provided."));
  }
  registry = good_registry();
  registry.format = "AVRO";
  registry.attributes = {"KEY", "HEADERS", "KEY"};
  CHECK(wrong(registry) ==
        std::vector<std::string>{
            "SchemaRegistryConfig.EventRecordFormat is \"AVRO\": it must be JSON or SOURCE",
            "SchemaRegistryConfig.SchemaValidationConfigs has \"HEADERS\": an Attribute is KEY or "
            "VALUE",
            "SchemaRegistryConfig.SchemaValidationConfigs has KEY twice (AWS: \"Duplicate KEY "
            "Attribute in SchemaValidationConfigs. SchemaValidationConfigs must contain at most "
            "one KEY Attribute.\"): keep one"});
}

TEST_CASE("a schema registry is entered with a login, a certificate or a trusted authority") {
  auto registry = good_registry();
  registry.access = {{"CLIENT_CERTIFICATE_TLS_AUTH", "s"}, {"BASIC_AUTH", "t"}};
  CHECK(wrong(registry).empty());
  registry.access = {{"SASL_SCRAM_512_AUTH", "s"}};
  CHECK(wrong(registry) ==
        std::vector<std::string>{
            "SchemaRegistryConfig.AccessConfigs has the type \"SASL_SCRAM_512_AUTH\": a schema "
            "registry takes BASIC_AUTH, CLIENT_CERTIFICATE_TLS_AUTH, SERVER_ROOT_CA_CERTIFICATE"});
  registry = good_registry();
  registry.uri = "arn:aws:glue:us-east-1:000000000000:registry/r";
  CHECK(wrong(registry) ==
        std::vector<std::string>{
            "SchemaRegistryConfig.AccessConfigs is given for a Glue registry (AWS: "
            "\"AccessConfigs is not supported for an AWS Glue Schema Registry.\"): leave it out"});
}

TEST_CASE("schema registries without provisioned mode are refused under strictness alone") {
  auto request = request_with(kSelf, {});
  request.schema_registry = good_registry();
  CHECK(check_mapping(request, Strictness::Lenient, 0).empty());
  const auto texts = lines(check_mapping(request, Strictness::Strict, 0));
  REQUIRE(texts.size() == 1);
  CHECK(
      texts[0].starts_with("SchemaRegistryConfig is only for provisioned mode (AWS: "
                           "\"SchemaRegistryConfig is only available for Provisioned Mode."));
  CHECK(lines(check_registry_of_api(request)) == texts);
  request.provisioned = true;
  CHECK(check_mapping(request, Strictness::Strict, 0).empty());
  CHECK(check_registry_of_api(request).empty());
}
