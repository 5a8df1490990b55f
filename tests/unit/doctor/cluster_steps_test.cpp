// From a broker's name to a topic, on the embedded brokers and on what is none.
#include "emulator/doctor/cluster_steps.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "emulator/kafka/embedded_cluster.h"
#include "emulator/kafka/record_source.h"
#include "tests/support/catch.h"
#include "tests/unit/doctor/listener.h"

using namespace emulator;
using namespace emulator::test;
using State = Check::State;

namespace {

ClusterQuestion question_for(const std::string& brokers, const std::string& topic) {
  return {brokers, topic, "group", [] { return KafkaSecurity{}; }, {}, {}};
}

Examination looked(const ClusterQuestion& question) {
  Examination examination("Orders/Event");
  look_at_cluster(question, examination);
  return examination;
}

const Check& step(const Examination& examination, std::string_view name) {
  const auto& checks = examination.checks();
  const auto found = std::find_if(checks.begin(), checks.end(),
                                  [&](const Check& check) { return check.name == name; });
  if (found == checks.end()) throw std::runtime_error("no step " + std::string(name));
  return *found;
}

}  // namespace

TEST_CASE("doctor: a cluster that works is good down to its topic", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 3);
  const auto examination = looked(question_for(cluster.bootstrap_servers(), "orders"));
  for (const auto* name :
       {"name", "port", "metadata", "listeners", "topic", "topic rights", "group rights"}) {
    INFO(name << ": " << step(examination, name).text);
    CHECK(step(examination, name).state == State::Good);
  }
  CHECK(step(examination, "topic").text == "'orders' has 3 partitions");
}

TEST_CASE("doctor: a topic that is missing is not made by asking for it", "[kafka]") {
  EmbeddedCluster cluster;
  for (int i = 0; i < 2; ++i) {
    const auto examination = looked(question_for(cluster.bootstrap_servers(), "orders"));
    CHECK(step(examination, "listeners").state == State::Good);
    CHECK(step(examination, "topic").state == State::Bad);
    CHECK(step(examination, "topic").text == "'orders' does not exist");
    CHECK(step(examination, "topic rights").state == State::Skipped);
  }
}

TEST_CASE("doctor: the brokers alone, without a topic", "[kafka]") {
  EmbeddedCluster cluster;
  const auto examination = looked(question_for(cluster.bootstrap_servers(), ""));
  CHECK(examination.is_well());
  CHECK(examination.checks().back().name == "listeners");
}

TEST_CASE("doctor: where nothing listens, the port is bad and the rest is skipped") {
  const Listener closed(Listener::State::Closed);
  const auto examination = looked(question_for(closed.place(), "orders"));
  CHECK(step(examination, "name").state == State::Good);
  CHECK(step(examination, "port").state == State::Bad);
  CHECK(step(examination, "port").text == closed.place() + ": connection refused");
  for (const auto* name : {"metadata", "listeners", "topic", "topic rights", "group rights"})
    CHECK(step(examination, name).state == State::Skipped);
}

TEST_CASE("doctor: a name that does not resolve is bad, one of several is only told") {
  CHECK(step(looked(question_for("no-such-host.invalid:9092", "t")), "name").state == State::Bad);
  const Listener closed(Listener::State::Closed);
  const auto both = looked(question_for("no-such-host.invalid:9092," + closed.place(), "t"));
  CHECK(step(both, "name").state == State::Good);
  CHECK(step(both, "name").text.find("no-such-host.invalid does not resolve") != std::string::npos);
  CHECK(step(both, "port").state == State::Bad);
}

TEST_CASE("doctor: a secret that is missing is told though the port is closed") {
  const Listener closed(Listener::State::Closed);
  auto question = question_for(closed.place(), "t");
  question.secrets = "BASIC_AUTH login";
  question.enter = []() -> KafkaSecurity {
    throw SourceProblemError(
        {SourceProblem::Kind::SecretUnusable, "secret login is not found: give a file"});
  };
  const auto examination = looked(question);
  CHECK(step(examination, "secrets").state == State::Bad);
  CHECK(step(examination, "secrets").text == "secret login is not found");
  CHECK(step(examination, "secrets").remedy == "give a file");
}

TEST_CASE("doctor: a certificate of another authority stops before the login") {
  const PemPair pair("broker");
  const PemPair other("other");
  const TlsServer server(pair);
  auto question = question_for(server.listener().place(), "t");
  question.secrets = "SERVER_ROOT_CA_CERTIFICATE ca";
  question.enter = [&] {
    KafkaSecurity security;
    security.protocol = KafkaSecurity::Protocol::Ssl;
    security.ca_certificates = other.certificate();
    return security;
  };
  const auto examination = looked(question);
  CHECK(step(examination, "secrets").state == State::Good);
  const auto& tls = step(examination, "TLS");
  CHECK(tls.state == State::Bad);
  CHECK(tls.text.find("is not trusted") != std::string::npos);
  CHECK(tls.text.find("CN = broker") != std::string::npos);
  CHECK_FALSE(tls.remedy.empty());
  CHECK(step(examination, "metadata").state == State::Skipped);
}
