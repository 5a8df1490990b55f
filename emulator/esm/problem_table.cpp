#include "emulator/esm/problem_table.h"

namespace emulator {
namespace {

constexpr const char* kConnectionError =
    "PROBLEM: Connection error. Please check your event source connection configuration.";

// A missing topic looks like a connection error on AWS ("Timeout expired while fetching topic
// metadata").
constexpr ProblemTexts kUnreachable{kConnectionError, nullptr,
                                    "org.apache.kafka.common.errors.TimeoutException"};
constexpr ProblemTexts kUnknownHost{kConnectionError, nullptr,
                                    "org.apache.kafka.common.config.ConfigException"};
constexpr ProblemTexts kLoginRefused{"PROBLEM: SASL authentication failed.",
                                     kSourceAuthenticationError,
                                     "org.apache.kafka.common.errors.SaslAuthenticationException"};
// Of the three faults with certificates AWS documents the headings; that the result has their words
// is an inference, and so is the code of the first two, which is what the Java client throws.
constexpr ProblemTexts kClientRefused{"PROBLEM: Server failed to authenticate Lambda.",
                                      kSourceAuthenticationError,
                                      "org.apache.kafka.common.errors.SslAuthenticationException"};
constexpr ProblemTexts kServerNotTrusted{
    "PROBLEM: Lambda failed to authenticate server.", kSourceAuthenticationError,
    "org.apache.kafka.common.errors.SslAuthenticationException"};
constexpr ProblemTexts kBadCertificate{
    "PROBLEM: Provided certificate or private key is invalid.", kMappingNotValid,
    "org.apache.kafka.common.errors.InvalidConfigurationException"};
constexpr ProblemTexts kTopicDenied{"PROBLEM: Cluster failed to authorize Lambda.",
                                    kSourceAuthorizationError,
                                    "org.apache.kafka.common.errors.TopicAuthorizationException"};
constexpr ProblemTexts kGroupDenied{"PROBLEM: Cluster failed to authorize Lambda.",
                                    kSourceAuthorizationError,
                                    "org.apache.kafka.common.errors.GroupAuthorizationException"};
// Inference: AWS documents this result for a Secrets Manager that is out of reach, and nothing for
// a secret that is not what it should be.
constexpr ProblemTexts kSecretUnusable{
    "PROBLEM: Connection error. Your event source VPC must be able to connect to Lambda and STS, "
    "Secrets Manager (if event source authentication is required), and the OnFailure Destination "
    "(if one is configured).",
    kMappingNotValid, "org.apache.kafka.common.config.ConfigException"};
// Of a registry: services-consume-kafka-events.html, "Common errors". That they are shown here,
// with the prefix, is an inference, and so are the codes, those of the registries' own clients. The
// consumer goes on: other partitions may need no new schema.
constexpr const char* kRestClientException =
    "io.confluent.kafka.schemaregistry.client.rest.exceptions.RestClientException";
constexpr ProblemTexts kRegistryUnreachable{
    "PROBLEM: Cannot connect to your Schema Registry. Your Kafka cluster's VPC must be able to "
    "connect to the schema registry. You can provide access by configuring AWS PrivateLink or a "
    "NAT Gateway or VPC Peering between Kafka Cluster VPC and the schema registry VPC.",
    nullptr, kRestClientException};
constexpr ProblemTexts kRegistryNotTrusted{
    "PROBLEM: Unable to establish TLS handshake with the schema registry. Please provide correct "
    "CA-certificate or client certificate using Secrets Manager to access your schema registry.",
    nullptr, kRestClientException};
constexpr ProblemTexts kRegistryRefused{
    "PROBLEM: Cannot access Confluent Schema with the provided access configuration.", nullptr,
    kRestClientException};
constexpr ProblemTexts kGlueRefused{
    "PROBLEM: Cannot access Glue Schema with provided role. Please ensure the provided role can "
    "perform the GetRegistry and GetSchemaVersion Actions on your schema.",
    nullptr, "com.amazonaws.services.schemaregistry.exception.AWSSchemaRegistryException"};
constexpr ProblemTexts kRegistryThrottled{
    "PROBLEM: Receiving throttling errors when accessing the schema registry. Please increase API "
    "TPS limits for your schema registry.",
    nullptr, kRestClientException};
constexpr ProblemTexts kRegistryFailed{
    "PROBLEM: Lambda received an internal server an unexpected error from the provided "
    "self-managed schema registry.",
    nullptr, kRestClientException};
constexpr ProblemTexts kOther{
    "PROBLEM: Lambda internal error. Please contact Lambda customer support.", nullptr,
    "org.apache.kafka.common.KafkaException"};

}  // namespace

const ProblemTexts& texts_of(SourceProblem::Kind kind) {
  using Kind = SourceProblem::Kind;
  switch (kind) {
    case Kind::Unreachable:
    case Kind::TopicMissing:
      return kUnreachable;
    case Kind::UnknownHost:
      return kUnknownHost;
    case Kind::LoginRefused:
      return kLoginRefused;
    case Kind::ClientRefused:
      return kClientRefused;
    case Kind::ServerNotTrusted:
      return kServerNotTrusted;
    case Kind::BadCertificate:
      return kBadCertificate;
    case Kind::TopicDenied:
      return kTopicDenied;
    case Kind::GroupDenied:
      return kGroupDenied;
    case Kind::SecretUnusable:
      return kSecretUnusable;
    case Kind::RegistryUnreachable:
      return kRegistryUnreachable;
    case Kind::RegistryNotTrusted:
      return kRegistryNotTrusted;
    case Kind::RegistryRefused:
      return kRegistryRefused;
    case Kind::GlueRefused:
      return kGlueRefused;
    case Kind::RegistryThrottled:
      return kRegistryThrottled;
    case Kind::RegistryFailed:
      return kRegistryFailed;
    case Kind::Other:
      break;
  }
  return kOther;
}

std::string error_message(const SourceProblem& problem, const MappingConfig& config) {
  using Kind = SourceProblem::Kind;
  switch (problem.kind) {
    case Kind::Unreachable:
    case Kind::TopicMissing:
      return "Timeout expired while fetching topic metadata";
    case Kind::UnknownHost:
      return "No resolvable bootstrap urls given in bootstrap.servers";
    case Kind::LoginRefused:
      return "[" + config.uuid + "]: Access denied";
    case Kind::ClientRefused:
    case Kind::ServerNotTrusted:
      return "SSL handshake failed";  // inference: what the Java client says
    case Kind::BadCertificate:
      return "Invalid PEM keystore configs";
    case Kind::TopicDenied:
      return "Not authorized to access topics: [" + config.topic + "]";
    case Kind::GroupDenied:
      return "Not authorized to access group: " + config.group();  // inference, as above
    case Kind::SecretUnusable:
    case Kind::RegistryUnreachable:
    case Kind::RegistryNotTrusted:
    case Kind::RegistryRefused:
    case Kind::GlueRefused:
    case Kind::RegistryThrottled:
    case Kind::RegistryFailed:
    case Kind::Other:
      break;
  }
  return problem.text;
}

}  // namespace emulator
