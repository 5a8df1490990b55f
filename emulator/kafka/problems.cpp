#include "emulator/kafka/problems.h"

#include <algorithm>
#include <utility>

namespace emulator {
namespace {

using Kind = SourceProblem::Kind;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "127.0.0.1:19999/bootstrap: Connect to … failed: Connection refused (after 0ms in state
// CONNECT)": without its tail.
std::string_view without_tail(std::string_view detail) {
  const auto tail = detail.rfind(" (after ");
  return tail == std::string_view::npos ? detail : detail.substr(0, tail);
}

SourceProblem unreachable(std::string_view detail, const ProblemContext& context) {
  const std::string what = "cannot reach Kafka at " + context.brokers + ": ";
  std::string why;
  if (hung_up_on_connect(detail))
    why =
        "the broker closes every connection at once; it may want TLS or a login there, which "
        "--kafka does not do yet: "
        "name a PLAINTEXT listener";
  else if (has(detail, "Connection refused"))
    why = "connection refused; start a broker there, or name another one with --kafka HOST:PORT";
  else if (has(detail, "Failed to resolve"))
    why = "the host name does not resolve; check it, or name another broker with --kafka HOST:PORT";
  else if (detail.empty())
    why = "no answer; check the address, or name another broker with --kafka HOST:PORT";
  else
    why = std::string(without_tail(detail)) +
          "; check the broker, or name another one with --kafka HOST:PORT";
  return {Kind::Unreachable, what + why};
}

}  // namespace

bool hung_up_on_connect(std::string_view detail) {
  if (has(detail, "SSL listener?") || has(detail, "require SASL authentication")) return true;
  const bool closed = has(detail, "Disconnected") || has(detail, "Broken pipe") ||
                      has(detail, "Connection reset by peer");
  // Before the first answer; a broker without a number has never given one.
  return closed &&
         (has(detail, "state APIVERSION_QUERY") || has(detail, "/bootstrap: Send failed"));
}

SourceProblem explain(rd_kafka_resp_err_t error, std::string_view detail,
                      const ProblemContext& context) {
  const std::string topic = "topic '" + context.topic + "'";
  switch (error) {
    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR__SSL:
      return {Kind::Authentication, "Kafka at " + context.brokers +
                                        " refuses the login: " + std::string(without_tail(detail)) +
                                        "; name a PLAINTEXT listener with --kafka HOST:PORT"};
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
      return {Kind::Authorization,
              topic + " on " + context.brokers +
                  ": no right to read it; grant Describe and Read on the topic"};
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      return {Kind::Authorization, "consumer group '" + context.group + "' on " + context.brokers +
                                       ": no right to use it; grant Read on the group"};
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      return unreachable(detail, context);
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
      return unreachable({}, context);
    default:
      return {Kind::Other,
              topic + " on " + context.brokers + ": " +
                  (detail.empty() ? rd_kafka_err2str(error) : std::string(without_tail(detail)))};
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
