// Two members of one group.
#include <algorithm>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <variant>

#include "tests/support/catch.h"
#include "tests/unit/kafka/reader.h"

using namespace emulator;
using namespace emulator::test;

namespace {

std::size_t assignments(const Reader& reader) {
  return static_cast<std::size_t>(std::count_if(
      reader.events.begin(), reader.events.end(),
      [](const SourceEvent& event) { return std::holds_alternative<PartitionAssigned>(event); }));
}

// Two members on one thread: both must be served for a rebalance to go on.
bool until_with(Reader& other, Reader& reader, const std::function<bool()>& done) {
  return reader.until([&] {
    other.turn();
    return done();
  });
}

}  // namespace

TEST_CASE("Members share the partitions, and a late commit of a lost one is left out", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 2);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 10);
  produce_numbers(producer, "orders", 1, 0, 10);

  Reader first(config_for(cluster, "orders", "group"));
  REQUIRE(first.until_records(20));
  Reader second(config_for(cluster, "orders", "group"));
  const auto has_read_one = [](const Reader& reader) {
    return reader.owned.size() == 1 && reader.positions.at(reader.owned.begin()->first) == 10;
  };
  REQUIRE(until_with(second, first, [&] { return has_read_one(first) && has_read_one(second); }));
  const std::int32_t kept = first.owned.begin()->first;
  const std::int32_t lost = second.owned.begin()->first;
  CHECK(kept != lost);
  CHECK(second.assigned(lost)->start_offset == 0);  // nothing was committed
  std::set<std::int32_t> revoked;
  for (const SourceEvent& event : first.events)
    if (const auto* gone = std::get_if<PartitionRevoked>(&event)) revoked.insert(gone->partition);
  CHECK(revoked == std::set<std::int32_t>{0, 1});

  CHECK(second.source().commit({{lost, 3}}) == CommitResult::Done);
  CHECK(first.source().commit({{lost, 8}, {kept, 9}}) == CommitResult::Done);  // late for `lost`

  second.records.clear();
  second.source().close();
  REQUIRE(first.until([&] { return first.owned.size() == 2; }));
  CHECK(first.assigned(lost)->start_offset == 3);
  CHECK(first.assigned(kept)->start_offset == 9);
}

TEST_CASE("LATEST without a commit keeps its place through a rebalance", "[kafka]") {
  EmbeddedCluster cluster;
  cluster.create_topic("orders", 1);
  Producer producer(cluster.bootstrap_servers());
  produce_numbers(producer, "orders", 0, 0, 5);
  ConsumerConfig config = config_for(cluster, "orders", "group");
  config.starting_position = StartingPosition::Latest;
  Reader first(config);
  REQUIRE(first.until_assigned(1));
  produce_numbers(producer, "orders", 0, 5, 2);
  REQUIRE(first.until_records(2));

  auto second = std::make_unique<Reader>(config);
  REQUIRE(
      until_with(*second, first, [&] { return assignments(first) + assignments(*second) >= 2; }));
  second.reset();
  REQUIRE(first.until([&] { return first.owned.size() == 1 && assignments(first) >= 2; }));
  CHECK(first.assigned(0)->start_offset == 5);
}
