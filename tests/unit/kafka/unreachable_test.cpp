// Brokers that are down: at the start, in between, at the end.
#include <chrono>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"
#include "tests/unit/kafka/reader.h"

using namespace emulator;
using namespace emulator::test;
using Kind = SourceProblem::Kind;

TEST_CASE("Brokers that are down at the start are waited for", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  {
    Producer producer(cluster.bootstrap_servers());
    produce_numbers(producer, "orders", 0, 0, 3);
  }
  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(
      reader.until([&] { return reader.count(Kind::Unreachable) >= 3; }));  // said again and again
  CHECK(
      reader.problem(Kind::Unreachable)->text ==
      "cannot reach Kafka at " + cluster.bootstrap_servers() +
          ": connection refused; start a broker there, or name another one with --kafka HOST:PORT");
  CHECK(reader.recovered() == 0);
  cluster.set_reachable(EmbeddedCluster::Reachable::Yes);
  REQUIRE(reader.until_records(3));
  REQUIRE(reader.until([&] { return reader.recovered() == 1; }));
}

TEST_CASE("Brokers that go away and come back are survived", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Reader reader(config_for(cluster, "orders", "group"));
  {
    Producer producer(cluster.bootstrap_servers());
    produce_numbers(producer, "orders", 0, 0, 3);
  }
  REQUIRE(reader.until_records(3));
  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  REQUIRE(reader.until([&] { return reader.count(Kind::Unreachable) >= 1; }));
  CHECK(reader.source().commit({{0, 2}}) == CommitResult::Refused);
  cluster.set_reachable(EmbeddedCluster::Reachable::Yes);
  REQUIRE(reader.until([&] { return reader.recovered() == 1; }));
  REQUIRE(reader.until([&] {
    return reader.owned.size() == 1 && reader.source().commit({{0, 2}}) == CommitResult::Done;
  }));
  {
    Producer producer(cluster.bootstrap_servers());
    produce_numbers(producer, "orders", 0, 3, 1);
  }
  REQUIRE(
      reader.until([&] { return !reader.records.empty() && reader.records.back().offset == 3; }));
}

TEST_CASE("Closing with brokers down does not hang", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Reader idle(config_for(cluster, "orders", "idle"));
  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(reader.until_assigned(1));
  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  REQUIRE(reader.until([&] { return reader.count(Kind::Unreachable) >= 1; }));
  reader.source().close();
  idle.source().close();
  CHECK(reader.source().serve().empty());
}

// Destroying the client waited for a rebalance in the queue that nobody served any more.
TEST_CASE("Closing that the group does not answer in time does not hang", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  for (int i = 0; i < 10; ++i) {
    auto config = config_for(cluster, "orders", "group-" + std::to_string(i));
    config.leave_wait = {};
    Reader reader(config);
    REQUIRE(reader.until_assigned(1));
    reader.source().close();
  }
  // Brokers that are there answer at last.
  CHECK(::test::eventually([] { return consumers_still_ending() == 0; }));
}

TEST_CASE("A host name that does not resolve is named", "[kafka]") {
  ConsumerConfig config;
  config.name = "Function/Event";
  config.bootstrap_servers = "no-such-host.invalid:9092";
  config.topic = "orders";
  config.group = "group";
  Reader reader(config);
  REQUIRE(reader.until([&] { return reader.problem(Kind::UnknownHost) != nullptr; }));
  CHECK(reader.problem(Kind::UnknownHost)->text ==
        "cannot reach Kafka at no-such-host.invalid:9092: the host name does not resolve; check "
        "it, or name another "
        "broker with --kafka HOST:PORT");
}
