#include "emulator/kafka/problems.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/kafka/certificate_text.h"

namespace emulator {
namespace {

using Kind = SourceProblem::Kind;
using Protocol = KafkaSecurity::Protocol;

constexpr const char* kAccess = "SourceAccessConfigurations";

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "127.0.0.1:19999/bootstrap: Connect to … failed: Connection refused (after 0ms in state
// CONNECT)": without its tail.
std::string without_tail(std::string_view detail) {
  const auto tail = detail.rfind(" (after ");
  return std::string(tail == std::string_view::npos ? detail : detail.substr(0, tail));
}

// What stands behind the last `mark`.
std::string behind(std::string_view detail, std::string_view mark) {
  const auto place = detail.rfind(mark);
  return place == std::string_view::npos ? std::string()
                                         : without_tail(detail.substr(place + mark.size()));
}

bool has_tls(Protocol protocol) {
  return protocol == Protocol::Ssl || protocol == Protocol::SaslSsl;
}

// TLS alerts with which a broker turns down a client for its certificate, or for having none (RFC
// 8446, 6.2): "… SSL alert number 42 …".
bool is_client_refused(std::string_view detail) {
  constexpr std::array kAlerts{SSL3_AD_BAD_CERTIFICATE,     SSL3_AD_UNSUPPORTED_CERTIFICATE,
                               SSL3_AD_CERTIFICATE_REVOKED, SSL3_AD_CERTIFICATE_EXPIRED,
                               SSL3_AD_CERTIFICATE_UNKNOWN, TLS1_AD_UNKNOWN_CA,
                               TLS1_AD_ACCESS_DENIED,       TLS13_AD_CERTIFICATE_REQUIRED};
  return std::any_of(kAlerts.begin(), kAlerts.end(), [&](int alert) {
    const std::string text = "SSL alert number " + std::to_string(alert);
    const auto place = detail.find(text);
    if (place == std::string_view::npos) return false;
    const auto next = detail.substr(place + text.size());
    return next.empty() || next.front() < '0' || next.front() > '9';
  });
}

// What a TLS client gets from a listener without TLS.
bool is_no_tls(std::string_view detail) {
  if (has(detail, "Disconnected") && has(detail, "state SSL_HANDSHAKE")) return true;
  return has(detail, "PLAINTEXT broker listener?") || has(detail, "wrong version number") ||
         has(detail, "unexpected eof while reading") || has(detail, "packet length too long");
}

std::string hung_up(const ProblemContext& context) {
  const std::string what = "the broker closes every connection at once; it may want ";
  switch (context.protocol) {
    case Protocol::Plaintext:
      break;
    case Protocol::SaslPlaintext:
      return what + "TLS there: name its listener without TLS, or log in over TLS";
    case Protocol::Ssl:
    case Protocol::SaslSsl:
      return what + "another login there: check the authentication type in " + kAccess;
  }
  return what + "TLS or a login there: say which in the mapping's " + kAccess +
         ", or name a PLAINTEXT listener with --kafka HOST:PORT";
}

SourceProblem unreachable(std::string_view detail, const ProblemContext& context) {
  const std::string what = "cannot reach Kafka at " + context.brokers + ": ";
  if (has(detail, "Failed to resolve")) {
    if (has(detail, "/bootstrap"))
      return {Kind::UnknownHost,
              what +
                  "the host name does not resolve; check it, or name another broker with "
                  "--kafka HOST:PORT"};
    return {Kind::Unreachable, what + "it says to be reached as " +
                                   behind(detail, "Failed to resolve ") +
                                   "; correct the broker's advertised.listeners"};
  }
  std::string why;
  if (is_no_tls(detail) && has_tls(context.protocol))
    why = std::string(
              "the broker speaks no TLS there: name its TLS listener; a plain one needs "
              "a mapping without certificates and logins in ") +
          kAccess;
  else if (hung_up_on_connect(detail))
    why = hung_up(context);
  else if (has(detail, "Connection refused"))
    why = "connection refused; start a broker there, or name another one with --kafka HOST:PORT";
  else if (detail.empty())
    why = "no answer; check the address, or name another broker with --kafka HOST:PORT";
  else
    why = without_tail(detail) + "; check the broker, or name another one with --kafka HOST:PORT";
  return {Kind::Unreachable, what + why};
}

std::string login_fault(std::string_view detail, const ProblemContext& context) {
  const std::string mechanism(to_string(context.mechanism));
  if (has(detail, "Failed to acquire SASL OAUTHBEARER token"))
    return behind(detail, "OAUTHBEARER token: ");
  if (has(detail, "Unsupported SASL mechanism")) {
    const std::string offered = behind(detail, "supported mechanisms: ");
    return "it does not offer " + mechanism + (offered.empty() ? "" : " but " + offered) +
           "; use another authentication type in " + kAccess;
  }
  if (has(detail, "current SASL state"))
    return std::string(
               "nobody logs in at this listener; name one that wants a login, or remove the "
               "authentication type from ") +
           kAccess;
  if (has(detail, "invalid credentials") || has(detail, "Invalid username or password"))
    return "the user is unknown or the password is wrong (" + mechanism +
           "); correct the secret, or the user on the broker";
  std::string said = behind(detail, "SASL authentication error: ");
  if (said.empty()) said = without_tail(detail);
  if (context.mechanism == KafkaSecurity::Mechanism::MskIam)
    return said + "; check the AWS credentials that sign the token, and what they may do";
  return said + "; check the secret and the authentication type in " + kAccess;
}

SourceProblem client_refused(const ProblemContext& context) {
  const std::string what = "Kafka at " + context.brokers;
  if (!context.has_client_certificate)
    return {Kind::ClientRefused,
            what +
                " wants a client certificate: name its secret with CLIENT_CERTIFICATE_TLS_AUTH "
                "in SourceAccessConfigurations"};
  return {Kind::ClientRefused,
          what +
              " does not take the client's certificate: it has expired, or nobody whom the "
              "broker believes has signed it; correct the secret, or the broker's truststore"};
}

SourceProblem explain_tls(std::string_view detail, const ProblemContext& context,
                          int certificate_fault) {
  if (is_client_refused(detail)) return client_refused(context);
  if (has(detail, "certificate verify failed"))
    return {Kind::ServerNotTrusted, "Kafka at " + context.brokers +
                                        " is not trusted: " + certificate_text(certificate_fault)};
  return unreachable(detail, context);
}

}  // namespace

ProblemContext ProblemContext::of(std::string brokers, const KafkaSecurity& security) {
  ProblemContext context;
  context.brokers = std::move(brokers);
  context.protocol = security.protocol;
  context.mechanism = security.mechanism;
  context.has_client_certificate = !security.client_certificate.empty();
  return context;
}

bool hung_up_on_connect(std::string_view detail) {
  if (has(detail, "SSL listener?") || has(detail, "require SASL authentication")) return true;
  const bool closed = has(detail, "Disconnected") || has(detail, "Broken pipe") ||
                      has(detail, "Connection reset by peer");
  // Before the first answer; a broker without a number has never given one.
  return closed && (has(detail, "state APIVERSION_QUERY") || has(detail, "state AUTH_") ||
                    has(detail, "/bootstrap: Send failed"));
}

std::optional<SourceProblem> unusable_certificate(std::string_view detail) {
  const bool of_key = has(detail, "ssl.key");
  if (!of_key && !has(detail, "ssl.certificate") && !has(detail, "ssl.ca") &&
      !has(detail, "Private key check"))
    return std::nullopt;
  std::string what = "the client's certificate cannot be used; it must be a chain in PEM format";
  if (has(detail, "key values mismatch") || has(detail, "Private key check"))
    what = "the private key is not the client certificate's";
  else if (has(detail, "ssl.ca"))
    what = "a root certificate cannot be used; it must be in PEM format";
  else if (of_key)
    what =
        "the private key cannot be used: it is not in PEM format (PKCS#8), or its password is "
        "wrong";
  return SourceProblem{Kind::BadCertificate,
                       what + "; correct the secret named in SourceAccessConfigurations"};
}

SourceProblem explain(rd_kafka_resp_err_t error, std::string_view detail,
                      const ProblemContext& context, int certificate_fault) {
  const std::string topic = "topic '" + context.topic + "'";
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
      return {Kind::LoginRefused, "Kafka at " + context.brokers +
                                      " refuses the login: " + login_fault(detail, context)};
    case RD_KAFKA_RESP_ERR__SSL:
      return explain_tls(detail, context, certificate_fault);
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
      return {Kind::TopicMissing, topic + " does not exist on " + context.brokers +
                                      ": create it, klambda waits for it"};
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return {Kind::TopicMissing,
              topic + " on " + context.brokers +
                  ": Kafka does not allow this name; correct the mapping's Topics"};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return {Kind::TopicDenied, topic + " on " + context.brokers +
                                     ": no right to read it; grant Describe and Read on the topic"};
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return {Kind::GroupDenied, "consumer group '" + context.group + "' on " + context.brokers +
                                     ": no right to use it; grant Read on the group"};
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return explain_tls(detail, context, certificate_fault);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return unreachable({}, context);
    default:
      return {Kind::Other, topic + " on " + context.brokers + ": " +
                               (detail.empty() ? rd_kafka_err2str(error) : without_tail(detail))};
  }
}

void ProblemTracker::report(SourceProblem problem, Time now) {
  const bool known = current_ && current_->kind == problem.kind;
  const bool first = !current_;
  current_ = std::move(problem);
  if (known) return;
  interval_ = kRepeatFirst;
  const bool wait = first && healthy_before_ && current_->kind == Kind::Unreachable;
  next_ = wait ? now + kGrace : now;
}

bool ProblemTracker::recovered() {
  current_.reset();
  healthy_before_ = true;
  return std::exchange(said_, false);
}

std::optional<SourceProblem> ProblemTracker::due(Time now) {
  if (!current_ || now < next_) return std::nullopt;
  next_ = now + interval_;
  interval_ = std::min(interval_ * 2, kRepeatMax);
  said_ = true;
  return current_;
}

}  // namespace emulator
