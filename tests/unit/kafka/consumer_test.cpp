// Records, ends of logs, commits: one member alone in its group.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/kafka/reader.h"

using namespace emulator;
using namespace emulator::test;

namespace {

std::vector<std::string> numbers(int first, int count) {
  std::vector<std::string> result;
  for (int i = first; i < first + count; ++i) result.push_back(std::to_string(i));
  return result;
}

}  // namespace

TEST_CASE("Every partition is assigned at an absolute offset and read in order", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 4);
  Producer producer(cluster.bootstrap_servers());
  for (int partition = 0; partition < 4; ++partition)
    produce_numbers(producer, "orders", partition, partition * 1'000, 500);

  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(reader.until_records(2'000));
  for (int partition = 0; partition < 4; ++partition) {
    REQUIRE(reader.assigned(partition));
    CHECK(reader.assigned(partition)->start_offset == 0);
    CHECK(reader.assigned(partition)->reason == "TRIM_HORIZON");
    CHECK(reader.values(partition) == numbers(partition * 1'000, 500));
  }
  CHECK(reader.records.size() == 2'000);
  CHECK(reader.records.front().topic == "orders");
  CHECK(reader.activity() > 0);
}

TEST_CASE("LATEST begins behind what was there before", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 10);

  ConsumerConfig config = config_for(cluster, "orders", "group");
  config.starting_position = StartingPosition::Latest;
  Reader reader(config);
  REQUIRE(reader.until_assigned(1));
  CHECK(reader.assigned(0)->start_offset == 10);
  CHECK(reader.assigned(0)->reason == "LATEST");
  produce_numbers(producer, "orders", 0, 10, 3);
  REQUIRE(reader.until_records(3));
  CHECK(reader.values(0) == numbers(10, 3));
}

TEST_CASE("A partition from which nothing is taken does not stop the others", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 2);
  Producer producer(cluster.bootstrap_servers());
  Reader reader(config_for(cluster, "orders", "group"));
  reader.held = {0};
  REQUIRE(reader.until_assigned(2));
  produce_numbers(producer, "orders", 0, 0, 100);
  produce_numbers(producer, "orders", 1, 0, 100);
  REQUIRE(reader.until_records(100));
  CHECK(reader.values(0).empty());
  CHECK(reader.values(1) == numbers(0, 100));
  reader.held.clear();
  REQUIRE(reader.until_records(200));
  CHECK(reader.values(0) == numbers(0, 100));
}

TEST_CASE("take() gives no more than it was asked for and goes on where it stopped", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 2'500);
  Reader reader(config_for(cluster, "orders", "group"));
  reader.held = {0};
  REQUIRE(reader.until_assigned(1));
  std::vector<Record> out;
  REQUIRE(reader.until([&] {
    reader.source().take(0, 7 - out.size(), out);
    return out.size() == 7;
  }));
  CHECK(out.back().offset == 6);
  reader.source().take(7, 10, out);  // not ours
  CHECK(out.size() == 7);
  reader.held.clear();
  REQUIRE(reader.until_records(2'493));
  CHECK(reader.records.front().offset == 7);
  CHECK(reader.records.back().offset == 2'499);
}

TEST_CASE("Null and empty keys, values and header values stay apart", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  NewRecord record;
  record.timestamp_ms = 1'767'225'600'123;
  producer.produce("orders", record);  // all null
  record.key = std::string_view();
  record.value = "";
  producer.produce("orders", record);
  record.key = "k";
  record.value = std::string_view("v\0w", 3);
  record.headers = {{"trace", "a"}, {"none", std::nullopt}, {"empty", ""}, {"trace", "b"}};
  producer.produce("orders", record);
  REQUIRE_FALSE(producer.flush(kLimit));

  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(reader.until_records(3));
  const Record& nulls = reader.records[0];
  CHECK_FALSE(nulls.key);
  CHECK_FALSE(nulls.value);
  CHECK(nulls.headers.empty());
  CHECK(nulls.timestamp_ms == 1'767'225'600'123);
  CHECK(nulls.timestamp_type == TimestampType::CreateTime);
  const Record& empties = reader.records[1];
  REQUIRE(empties.key);
  REQUIRE(empties.value);
  CHECK(empties.key->empty());
  CHECK(empties.value->empty());
  const Record& full = reader.records[2];
  CHECK(full.key == std::optional<std::string_view>("k"));
  CHECK(full.value == std::optional<std::string_view>(std::string_view("v\0w", 3)));
  REQUIRE(full.headers.size() == 4);
  CHECK(full.headers[0].name == "trace");
  CHECK(full.headers[0].value == std::optional<std::string_view>("a"));
  CHECK_FALSE(full.headers[1].value);
  REQUIRE(full.headers[2].value);
  CHECK(full.headers[2].value->empty());
  CHECK(full.headers[3].name == "trace");
  CHECK(full.headers[3].value == std::optional<std::string_view>("b"));
}

TEST_CASE("The end of the log is reported for an empty partition and after records", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 2);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 1, 0, 5);
  ConsumerConfig config = config_for(cluster, "orders", "group");
  config.log_end = ConsumerConfig::LogEnd::Report;
  Reader reader(config);
  RecordSource& source = reader.source();
  REQUIRE(reader.until([&] { return source.at_end(0) && source.at_end(1); }));
  CHECK(source.end_offset(0) == 0);
  CHECK(source.end_offset(1) == 5);
  CHECK(reader.records.size() == 5);

  produce_numbers(producer, "orders", 0, 0, 1);
  REQUIRE(reader.until([&] { return reader.records.size() == 6; }));
  REQUIRE(reader.until([&] { return source.at_end(0); }));
  CHECK(source.end_offset(0) == 1);
  CHECK_FALSE(source.at_end(7));
}

TEST_CASE("The end is no longer reported once a later record was taken", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  ConsumerConfig config = config_for(cluster, "orders", "group");
  config.log_end = ConsumerConfig::LogEnd::Report;
  Reader reader(config);
  RecordSource& source = reader.source();
  REQUIRE(reader.until([&] { return source.at_end(0); }));
  reader.held = {0};
  produce_numbers(producer, "orders", 0, 0, 2);
  REQUIRE(reader.until([&] {
    source.take(0, 1, reader.records);
    return reader.records.size() == 1;
  }));
  CHECK_FALSE(source.at_end(0));
  reader.held.clear();
  REQUIRE(reader.until([&] { return source.at_end(0); }));
  CHECK(source.end_offset(0) == 2);
}

TEST_CASE("A new member resumes where the group committed", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 2);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 10);
  produce_numbers(producer, "orders", 1, 0, 10);
  {
    Reader reader(config_for(cluster, "orders", "group"));
    REQUIRE(reader.until_records(20));
    CHECK(reader.source().commit({{0, 4}}) == CommitResult::Done);
    CHECK(reader.source().commit({{0, 4}}) == CommitResult::Done);  // nothing new
    CHECK(reader.source().commit({{0, 6}, {1, 10}}) == CommitResult::Done);
    CHECK(reader.source().commit({}) == CommitResult::Done);
  }
  ConsumerConfig config = config_for(cluster, "orders", "group");
  config.starting_position = StartingPosition::Latest;  // committed offsets win
  Reader reader(config);
  REQUIRE(reader.until_records(4));
  CHECK(reader.assigned(0)->start_offset == 6);
  CHECK(reader.assigned(0)->reason == "committed");
  CHECK(reader.assigned(1)->start_offset == 10);
  CHECK(reader.values(0) == numbers(6, 4));
  CHECK(reader.values(1).empty());
}

TEST_CASE("What was not handed out, or is not ours, is left out of a commit", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 3);
  {
    Reader reader(config_for(cluster, "orders", "group"));
    REQUIRE(reader.until_records(3));
    CHECK(reader.source().commit({{0, 100}, {5, 1}}) == CommitResult::Done);
  }
  Reader reader(config_for(cluster, "orders", "group"));
  REQUIRE(reader.until_assigned(1));
  CHECK(reader.assigned(0)->start_offset == 0);
}

TEST_CASE("A topic that appears later is picked up", "[kafka]") {
  EmbeddedCluster cluster;
  Reader reader(config_for(cluster, "late", "group"));
  REQUIRE(
      reader.until([&] { return reader.problem(SourceProblem::Kind::TopicMissing) != nullptr; }));
  CHECK(reader.problem(SourceProblem::Kind::TopicMissing)->text ==
        "topic 'late' does not exist on " + cluster.bootstrap_servers() +
            ": create it, klambda waits for it");
  REQUIRE(reader.until([&] { return reader.count(SourceProblem::Kind::TopicMissing) == 2; }));
  cluster.create_topic("late", 2);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "late", 1, 0, 2);
  REQUIRE(reader.until_records(2));
  REQUIRE(reader.until([&] { return reader.recovered() == 1; }));
  CHECK(reader.owned.size() == 2);
  CHECK(reader.count(SourceProblem::Kind::TopicMissing) >= 2);
}

TEST_CASE("Records may outlive the consumer that handed them out", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 10);
  std::vector<Record> kept;
  {
    Reader reader(config_for(cluster, "orders", "group"));
    REQUIRE(reader.until_records(10));
    kept = std::move(reader.records);
    reader.records.clear();
    reader.source().close();
    reader.source().close();
    CHECK(reader.source().serve().empty());
    CHECK(reader.source().commit({{0, 1}}) == CommitResult::Refused);
    CHECK_FALSE(reader.source().at_end(0));
  }
  CHECK(kept.back().value == std::optional<std::string_view>("9"));
  CHECK(kept.back().topic == "orders");
}

TEST_CASE("A consumer that was never opened closes", "[kafka]") {
  EmbeddedCluster cluster;
  const auto source = make_consumer(config_for(cluster, "orders", "group"));
  CHECK(source->serve().empty());
  source->close();
}

TEST_CASE("A refused configuration is one clear line", "[kafka]") {
  ConsumerConfig config;
  config.topic = "orders";
  config.group = "group";
  CHECK_THROWS_AS(make_consumer(config), ConfigError);
}
