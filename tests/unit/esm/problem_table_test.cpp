#include "emulator/esm/problem_table.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace emulator {
namespace {

using Kind = SourceProblem::Kind;

struct Row {
  Kind kind;
  const char* result;
  const char* reason;  // null: none
  const char* message;
  const char* code;
};

// Behind "org.apache.kafka.common.".
const std::vector<Row> kRows{
    {Kind::Unreachable,
     "Connection error. Please check your event source connection configuration.", nullptr,
     "Timeout expired while fetching topic metadata", "errors.TimeoutException"},
    {Kind::TopicMissing,
     "Connection error. Please check your event source connection configuration.", nullptr,
     "Timeout expired while fetching topic metadata", "errors.TimeoutException"},
    {Kind::UnknownHost,
     "Connection error. Please check your event source connection configuration.", nullptr,
     "No resolvable bootstrap urls given in bootstrap.servers", "config.ConfigException"},
    {Kind::LoginRefused, "SASL authentication failed.", "EVENT_SOURCE_AUTHN_ERROR",
     "[uuid-1]: Access denied", "errors.SaslAuthenticationException"},
    {Kind::ClientRefused, "Server failed to authenticate Lambda.", "EVENT_SOURCE_AUTHN_ERROR",
     "SSL handshake failed", "errors.SslAuthenticationException"},
    {Kind::ServerNotTrusted, "Lambda failed to authenticate server.", "EVENT_SOURCE_AUTHN_ERROR",
     "SSL handshake failed", "errors.SslAuthenticationException"},
    {Kind::BadCertificate, "Provided certificate or private key is invalid.",
     "ESM_CONFIG_NOT_VALID", "Invalid PEM keystore configs",
     "errors.InvalidConfigurationException"},
    {Kind::TopicDenied, "Cluster failed to authorize Lambda.", "EVENT_SOURCE_AUTHZ_ERROR",
     "Not authorized to access topics: [orders]", "errors.TopicAuthorizationException"},
    {Kind::GroupDenied, "Cluster failed to authorize Lambda.", "EVENT_SOURCE_AUTHZ_ERROR",
     "Not authorized to access group: uuid-1", "errors.GroupAuthorizationException"},
    {Kind::SecretUnusable,
     "Connection error. Your event source VPC must be able to connect to Lambda and STS, Secrets "
     "Manager (if event source authentication is required), and the OnFailure Destination (if one "
     "is configured).",
     "ESM_CONFIG_NOT_VALID", "what people read", "config.ConfigException"},
    {Kind::Other, "Lambda internal error. Please contact Lambda customer support.", nullptr,
     "what people read", "KafkaException"}};

TEST_CASE("problem table: every kind has AWS's texts") {
  MappingConfig config;
  config.uuid = "uuid-1";
  config.topic = "orders";
  for (const Row& row : kRows) {
    INFO(row.message);
    const ProblemTexts& texts = texts_of(row.kind);
    CHECK(texts.processing_result == std::string("PROBLEM: ") + row.result);
    CHECK(std::string(texts.transition_reason == nullptr ? "" : texts.transition_reason) ==
          std::string(row.reason == nullptr ? "" : row.reason));
    CHECK(texts.error_code == std::string("org.apache.kafka.common.") + row.code);
    CHECK(error_message({row.kind, "what people read"}, config) == row.message);
  }
}

TEST_CASE("problem table: a registry in trouble stops no consumer") {
  const auto begins = [](Kind kind, const std::string& text) {
    const ProblemTexts& texts = texts_of(kind);
    CHECK(texts.transition_reason == nullptr);
    CHECK(std::string(texts.error_code).find("org.apache.kafka") == std::string::npos);
    CHECK(error_message({kind, "what people read"}, {}) == "what people read");
    CHECK(std::string(texts.processing_result).starts_with("PROBLEM: " + text));
  };
  begins(Kind::RegistryUnreachable, "Cannot connect to your Schema Registry. ");
  begins(Kind::RegistryNotTrusted, "Unable to establish TLS handshake with the schema registry. ");
  begins(Kind::RegistryRefused, "Cannot access Confluent Schema with the provided access ");
  begins(Kind::GlueRefused, "Cannot access Glue Schema with provided role. ");
  begins(Kind::RegistryThrottled, "Receiving throttling errors when accessing the schema registry");
  begins(Kind::RegistryFailed, "Lambda received an internal server an unexpected error from ");
}

}  // namespace
}  // namespace emulator
