#include "emulator/kafka/producer.h"

#include <stop_token>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/unit/kafka/reader.h"

using namespace emulator;
using namespace emulator::test;
using namespace std::chrono_literals;

TEST_CASE("A topic is checked without being created", "[kafka]") {
  EmbeddedCluster cluster;
  Producer producer(cluster.bootstrap_servers());
  for (int i = 0; i < 2; ++i)
    CHECK(producer.check_topic("orders", 300ms).value_or(SourceProblem{}).text ==
          "topic 'orders' does not exist on " + cluster.bootstrap_servers() +
              ": create it, or name another one");
  cluster.create_topic("orders", 1);
  CHECK_FALSE(producer.check_topic("orders", kLimit));
}

TEST_CASE("A producer without brokers says so", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  const std::string refused =
      "cannot reach Kafka at " + cluster.bootstrap_servers() +
      ": connection refused; start a broker there, or name another one with --kafka HOST:PORT";
  Producer producer(cluster.bootstrap_servers());
  CHECK(producer.check_topic("orders", 500ms).value_or(SourceProblem{}).text == refused);
  NewRecord record;
  record.value = "x";
  producer.produce("orders", record);
  CHECK(producer.flush(300ms).value_or("stored") == "1 of 1 records were not stored: " + refused);
  CHECK(producer.acknowledged() == 0);
  cluster.set_reachable(EmbeddedCluster::Reachable::Yes);
  CHECK_FALSE(producer.flush(kLimit));
  CHECK(producer.acknowledged() == 1);
}

TEST_CASE("Keys choose the partition as Java's clients do", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 4);
  Producer producer(cluster.bootstrap_servers());
  for (const char* key : {"21", "foobar", "a-little-bit-long-string"}) {
    NewRecord record;
    record.key = key;
    record.value = key;
    producer.produce("orders", record);
  }
  REQUIRE_FALSE(producer.flush(kLimit));
  CHECK(producer.acknowledged() == 3);
  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(reader.until_records(3));
  // murmur2 as in Kafka's UtilsTest: -973932308, -790332482, -985981536, each & 0x7fffffff,
  // modulo 4.
  for (const Record& record : reader.records) {
    const std::int32_t hash = record.key == "21"       ? -973'932'308
                              : record.key == "foobar" ? -790'332'482
                                                       : -985'981'536;
    CHECK(record.partition == (hash & 0x7fffffff) % 4);
  }
}

TEST_CASE("An unknown partition is a failure that flush reports", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  REQUIRE_FALSE(producer.check_topic("orders", kLimit));
  NewRecord record;
  record.value = "x";
  record.partition = 7;
  producer.produce("orders", record);
  record.partition = 0;
  producer.produce("orders", record);
  CHECK(producer.flush(kLimit).value_or("stored") ==
        "1 of 2 records were not stored: topic 'orders' on " + cluster.bootstrap_servers() +
            ": no such topic or partition; create it or name another one");
}

TEST_CASE("Of a list, each record counts for itself", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  REQUIRE_FALSE(producer.check_topic("orders", kLimit));
  std::vector<NewRecord> records(4);
  for (NewRecord& record : records) record.value = "x";
  records[0].key = "key";
  CHECK(producer.store("orders", records, kLimit, {}).records.empty());
  CHECK(producer.acknowledged() == 4);
  records[1].partition = 7;
  records[3].partition = 8;
  const auto wrong = producer.store("orders", records, kLimit, {});
  CHECK(wrong.records == std::vector<std::size_t>{1, 3});
  CHECK(wrong.problem == "topic 'orders' on " + cluster.bootstrap_servers() +
                             ": no such topic or partition; create it or name another one");

  cluster.set_reachable(EmbeddedCluster::Reachable::No);
  const auto late = producer.store("orders", {records[0], records[2]}, 200ms, {});
  CHECK(late.records == std::vector<std::size_t>{0, 1});
  CHECK(late.problem.find("cannot reach Kafka at " + cluster.bootstrap_servers()) == 0);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = producer.store("orders", {records[0]}, kLimit, stop.get_token());
  CHECK(stopped.records.size() == 1);
  CHECK(stopped.problem == "klambda stops");

  cluster.set_reachable(EmbeddedCluster::Reachable::Yes);
  CHECK(producer.store("orders", {records[0]}, kLimit, {}).records.empty());
  CHECK(producer.acknowledged() == 7);
}

TEST_CASE("A producer wants brokers", "[kafka]") {
  CHECK_THROWS_AS(Producer(" "), ConfigError);
}
