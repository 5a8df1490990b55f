#include "emulator/kafka/problems.h"

#include <openssl/x509_vfy.h>

#include <chrono>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;
using namespace std::chrono_literals;
using Kind = SourceProblem::Kind;

namespace {

const ProblemContext kContext{"localhost:9092", "orders", "group-1"};

ProblemContext context_with(KafkaSecurity::Protocol protocol,
                            KafkaSecurity::Mechanism mechanism = KafkaSecurity::Mechanism::None) {
  KafkaSecurity security;
  security.protocol = protocol;
  security.mechanism = mechanism;
  return ProblemContext::of("localhost:9092", security);
}

SourceProblem unreachable_because(std::string_view detail) {
  return explain(RD_KAFKA_RESP_ERR__TRANSPORT, detail, kContext);
}

}  // namespace

TEST_CASE("Errors become one line with broker or topic and the cure", "[kafka]") {
  CHECK(unreachable_because(
            "localhost:9092/bootstrap: Connect to ipv4#127.0.0.1:9092 failed: Connection refused "
            "(after 0ms in state CONNECT)")
            .text ==
        "cannot reach Kafka at localhost:9092: connection refused; start a broker there, or name "
        "another one with "
        "--kafka HOST:PORT");
  CHECK(
      unreachable_because(
          "localhost:9092/bootstrap: Failed to resolve 'localhost:9092': Name or service not known "
          "(after 3ms in state CONNECT)")
          .text ==
      "cannot reach Kafka at localhost:9092: the host name does not resolve; check it, or name "
      "another broker with "
      "--kafka HOST:PORT");
  CHECK(unreachable_because("").text ==
        "cannot reach Kafka at localhost:9092: no answer; check the address, or name "
        "another broker with --kafka HOST:PORT");
  CHECK(unreachable_because("b: Receive failed: too large (after 1ms in state UP)").text ==
        "cannot reach Kafka at localhost:9092: b: Receive failed: too large; check the broker, or "
        "name another one "
        "with --kafka HOST:PORT");

  const auto missing = explain(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "x", kContext);
  CHECK(missing.kind == Kind::TopicMissing);
  CHECK(missing.text ==
        "topic 'orders' does not exist on localhost:9092: create it, klambda waits for it");
  const auto topic = explain(RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x", kContext);
  CHECK(topic.kind == Kind::TopicDenied);
  CHECK(topic.text ==
        "topic 'orders' on localhost:9092: no right to read it; grant Describe and Read on the "
        "topic");
  const auto group = explain(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "x", kContext);
  CHECK(group.kind == Kind::GroupDenied);
  CHECK(group.text ==
        "consumer group 'group-1' on localhost:9092: no right to use it; grant Read on the group");
  const auto other = explain(RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED, "too slow", kContext);
  CHECK(other.kind == Kind::Other);
  CHECK(other.text == "topic 'orders' on localhost:9092: too slow");
}

TEST_CASE("A broker that hangs up at once is said to want TLS or a login", "[kafka]") {
  for (const char* detail :
       {"b: Disconnected while requesting ApiVersion: might be caused by "
        "incorrect security.protocol configuration "
        "(connecting to a SSL listener?) or broker version is < 0.10",
        "b: Disconnected: verify that security.protocol is correctly "
        "configured, broker might require SASL authentication",
        "b: Disconnected: connection closed by peer: receive 0 after POLLIN "
        "(after 3ms in state APIVERSION_QUERY)",
        "b/bootstrap: Send failed: Broken pipe (after 0ms in state CONNECT)"}) {
    CHECK(hung_up_on_connect(detail));
    CHECK(
        unreachable_because(detail).text ==
        "cannot reach Kafka at localhost:9092: the broker closes every connection at once; it "
        "may want TLS or a login there: say which in the mapping's SourceAccessConfigurations, or "
        "name a PLAINTEXT listener with --kafka HOST:PORT");
  }
  CHECK_FALSE(hung_up_on_connect("b/1: Send failed: Broken pipe (after 90000ms in state UP)"));
  CHECK_FALSE(
      hung_up_on_connect("b: Disconnected: connection closed by peer (after 90000ms in state UP)"));
}

// The details are librdkafka's own, as a broker of Kafka 4.3 made it say them.
TEST_CASE("What a secured broker turns down is named with the cure", "[kafka]") {
  using enum KafkaSecurity::Protocol;
  using enum KafkaSecurity::Mechanism;
  struct Row {
    rd_kafka_resp_err_t error;
    const char* detail;
    ProblemContext context;
    int certificate_fault;
    Kind kind;
    const char* text;
  };
  const auto scram = context_with(SaslSsl, ScramSha512);
  auto with_certificate = context_with(Ssl);
  with_certificate.has_client_certificate = true;
  constexpr const char* kNotVerified =
      "b/bootstrap: SSL handshake failed: error:0A000086:SSL routines::certificate verify failed: "
      "broker certificate could not be verified";
  const std::vector<Row> rows{
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "b/bootstrap: SASL authentication error: Authentication failed during authentication due to "
       "invalid credentials with SASL mechanism SCRAM-SHA-512 (after 301ms in state AUTH_REQ)",
       scram, 0, Kind::LoginRefused,
       "Kafka at localhost:9092 refuses the login: the user is unknown or the password is wrong "
       "(SCRAM-SHA-512); correct the secret, or the user on the broker"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "b: SASL SCRAM-SHA-512 mechanism handshake failed: Broker: Unsupported SASL mechanism: "
       "broker's supported mechanisms: PLAIN (after 1ms in state AUTH_HANDSHAKE)",
       scram, 0, Kind::LoginRefused,
       "Kafka at localhost:9092 refuses the login: it does not offer SCRAM-SHA-512 but PLAIN; use "
       "another authentication type in SourceAccessConfigurations"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "Failed to acquire SASL OAUTHBEARER token: AWS_ACCESS_KEY_ID is not set",
       context_with(SaslSsl, MskIam), 0, Kind::LoginRefused,
       "Kafka at localhost:9092 refuses the login: AWS_ACCESS_KEY_ID is not set"},
      {RD_KAFKA_RESP_ERR__AUTHENTICATION,
       "sasl_ssl://b/bootstrap: SASL authentication error: Access denied (after 3ms in state "
       "AUTH_REQ)",
       context_with(SaslSsl, MskIam), 0, Kind::LoginRefused,
       "Kafka at localhost:9092 refuses the login: Access denied; check the AWS credentials that "
       "sign the token, and what they may do"},
      {RD_KAFKA_RESP_ERR__SSL, kNotVerified, scram, X509_V_ERR_CERT_HAS_EXPIRED,
       Kind::ServerNotTrusted,
       "Kafka at localhost:9092 is not trusted: its certificate has expired; renew it"},
      {RD_KAFKA_RESP_ERR__SSL, kNotVerified, scram, X509_V_ERR_IP_ADDRESS_MISMATCH,
       Kind::ServerNotTrusted,
       "Kafka at localhost:9092 is not trusted: its certificate is for another host name; name the "
       "broker as its certificate does, in the bootstrap servers and in advertised.listeners"},
      {RD_KAFKA_RESP_ERR__SSL, kNotVerified, scram, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
       Kind::ServerNotTrusted,
       "Kafka at localhost:9092 is not trusted: its certificate is signed by nobody whom klambda "
       "believes; name the authority with SERVER_ROOT_CA_CERTIFICATE in "
       "SourceAccessConfigurations, or with --kafka-ca FILE"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "b: Receive failed: error:0A000412:SSL routines::sslv3 alert bad certificate: SSL alert "
       "number 42 (after 3ms in state APIVERSION_QUERY)",
       context_with(Ssl), 0, Kind::ClientRefused,
       "Kafka at localhost:9092 wants a client certificate: name its secret with "
       "CLIENT_CERTIFICATE_TLS_AUTH in SourceAccessConfigurations"},
      {RD_KAFKA_RESP_ERR__TRANSPORT, "b: Receive failed: SSL alert number 116", with_certificate, 0,
       Kind::ClientRefused,
       "Kafka at localhost:9092 does not take the client's certificate: it has expired, or nobody "
       "whom the broker believes has signed it; correct the secret, or the broker's truststore"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "b: SSL handshake failed: Disconnected: SSL connection closed by peer: connecting to a "
       "PLAINTEXT broker listener?",
       scram, 0, Kind::Unreachable,
       "cannot reach Kafka at localhost:9092: the broker speaks no TLS there: name its TLS "
       "listener; a plain one needs a mapping without certificates and logins in "
       "SourceAccessConfigurations"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "b: Disconnected: connection closed by peer (after 3ms in state APIVERSION_QUERY)",
       context_with(SaslPlaintext, Plain), 0, Kind::Unreachable,
       "cannot reach Kafka at localhost:9092: the broker closes every connection at once; it may "
       "want TLS there: name its listener without TLS, or log in over TLS"},
      {RD_KAFKA_RESP_ERR__TRANSPORT,
       "kafka:9092/1: Failed to resolve 'kafka:9092': Name or service not known (after 3ms in "
       "state "
       "CONNECT)",
       kContext, 0, Kind::Unreachable,
       "cannot reach Kafka at localhost:9092: it says to be reached as 'kafka:9092': Name or "
       "service not known; correct the broker's advertised.listeners"}};
  for (const Row& row : rows) {
    const auto problem = explain(row.error, row.detail, row.context, row.certificate_fault);
    CHECK(problem.text == row.text);
    CHECK(problem.kind == row.kind);
  }
}

TEST_CASE("A certificate or key that cannot be used is told without the client's words",
          "[kafka]") {
  const auto text = [](const char* detail) {
    const auto problem = unusable_certificate(detail);
    REQUIRE(problem);
    CHECK(problem->kind == Kind::BadCertificate);
    return problem->text;
  };
  CHECK(text("ssl.key.pem failed: not in PEM format?: error:1C800064:bad decrypt") ==
        "the private key cannot be used: it is not in PEM format (PKCS#8), or its password is "
        "wrong; correct the secret named in SourceAccessConfigurations");
  CHECK(text("ssl.key.location failed: error:05800074:x509 certificate routines::key values "
             "mismatch") ==
        "the private key is not the client certificate's; correct the secret named in "
        "SourceAccessConfigurations");
  CHECK(text("failed to read certificate #0 from ssl.ca.pem: not in PEM format?") ==
        "a root certificate cannot be used; it must be in PEM format; correct the secret named in "
        "SourceAccessConfigurations");
  CHECK(text("ssl.certificate.location failed: error") ==
        "the client's certificate cannot be used; it must be a chain in PEM format; correct the "
        "secret named in SourceAccessConfigurations");
  CHECK_FALSE(unusable_certificate("group.id must be set"));
}

TEST_CASE("A problem is said at once and again at growing intervals", "[kafka]") {
  ProblemTracker tracker;
  ProblemTracker::Time now{};
  CHECK_FALSE(tracker.due(now));
  tracker.report({Kind::Unreachable, "one"}, now);
  REQUIRE(tracker.due(now));
  CHECK_FALSE(tracker.due(now));
  tracker.report({Kind::Unreachable, "two"}, now + 100ms);  // the same kind: no extra line
  CHECK_FALSE(tracker.due(now + 999ms));
  for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    now += wait;
    CHECK_FALSE(tracker.due(now - 1ms));
    const auto said = tracker.due(now);
    REQUIRE(said);
    CHECK(said->text == "two");
  }
  tracker.report({Kind::TopicMissing, "three"}, now);  // another kind: at once
  CHECK(tracker.due(now));
  CHECK(tracker.recovered());
  CHECK_FALSE(tracker.recovered());
  CHECK_FALSE(tracker.due(now + 1h));
}

TEST_CASE("A healthy client that loses its connection for a moment says nothing", "[kafka]") {
  ProblemTracker tracker;
  const ProblemTracker::Time now{};
  CHECK_FALSE(tracker.recovered());
  tracker.report({Kind::Unreachable, "lost"}, now);
  CHECK_FALSE(tracker.due(now + 500ms));
  CHECK_FALSE(tracker.recovered());
  tracker.report({Kind::Unreachable, "lost"}, now + 2s);
  CHECK(tracker.due(now + 3s));
  CHECK(tracker.recovered());
  tracker.report({Kind::TopicDenied, "no right"}, now + 4s);
  CHECK(tracker.due(now + 4s));
}
