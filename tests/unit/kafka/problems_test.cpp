#include "emulator/kafka/problems.h"

#include <chrono>

#include "tests/support/catch.h"

using namespace emulator;
using namespace std::chrono_literals;
using Kind = SourceProblem::Kind;

namespace {

const ProblemContext kContext{"localhost:9092", "orders", "group-1"};

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
  CHECK(topic.kind == Kind::Authorization);
  CHECK(topic.text ==
        "topic 'orders' on localhost:9092: no right to read it; grant Describe and Read on the "
        "topic");
  const auto group = explain(RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED, "x", kContext);
  CHECK(group.kind == Kind::Authorization);
  CHECK(group.text ==
        "consumer group 'group-1' on localhost:9092: no right to use it; grant Read on the group");
  CHECK(explain(RD_KAFKA_RESP_ERR__AUTHENTICATION, "x", kContext).kind == Kind::Authentication);
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
    CHECK(unreachable_because(detail).text ==
          "cannot reach Kafka at localhost:9092: the broker closes every connection at once; it "
          "may want TLS or a login "
          "there, which --kafka does not do yet: name a PLAINTEXT listener");
  }
  CHECK_FALSE(hung_up_on_connect("b/1: Send failed: Broken pipe (after 90000ms in state UP)"));
  CHECK_FALSE(
      hung_up_on_connect("b: Disconnected: connection closed by peer (after 90000ms in state UP)"));
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
  tracker.report({Kind::Authorization, "no right"}, now + 4s);
  CHECK(tracker.due(now + 4s));
}
