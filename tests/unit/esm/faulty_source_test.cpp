#include "emulator/esm/faulty_source.h"

#include <memory>
#include <variant>

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_record_source.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

// A broken source over a fake broker with one partition of five records.
struct Rig {
  explicit Rig(const std::string& fault) : script({{fault, "--fault"}}, 1) {
    broker.append("orders/0@0..4");
    broker.assign(0);
    source = std::make_unique<FaultySource>(broker.make_source(), script, "Function/Orders",
                                            "orders", clock);
    source->open([] {});
  }
  ~Rig() { source->close(); }

  std::string take() {
    std::vector<Record> records;
    source->take(0, 100, records);
    return test::notation(records);
  }

  test::FakeBroker broker;
  test::FakeClock clock;
  FaultScript script;
  std::unique_ptr<FaultySource> source;
};

TEST_CASE("faulty source: without its fault it is the source behind it") {
  Rig rig("crash");
  CHECK(std::get<PartitionAssigned>(rig.source->serve().at(0)).partition == 0);
  CHECK_FALSE(rig.source->at_end(0));
  CHECK(rig.take() == "orders/0@0..4");
  CHECK(rig.source->at_end(0));
  CHECK(rig.source->end_offset(0) == 5);
  CHECK(rig.source->latest_end(0) == 5);
  CHECK(rig.source->topic_partitions() == 1);
  CHECK(rig.source->commit({{0, 5}}) == CommitResult::Done);
  CHECK(rig.broker.committed() == std::map<std::int32_t, std::int64_t>{{0, 5}});
  rig.source->close();
  CHECK(rig.broker.open_sources() == 0);
}

TEST_CASE("faulty source: a commit that fails does not reach the brokers") {
  Rig rig("commit-fails x2");
  rig.source->serve();
  CHECK(rig.source->commit({{0, 3}}) == CommitResult::Refused);
  CHECK(rig.source->commit({{0, 4}}) == CommitResult::Refused);
  CHECK(rig.broker.committed().empty());
  CHECK(rig.broker.refused_commits() == 0);
  CHECK(rig.source->commit({{0, 5}}) == CommitResult::Done);
  CHECK(rig.broker.committed().at(0) == 5);
}

TEST_CASE("faulty source: while brokers are down nothing comes and nothing is committed") {
  Rig rig("broker-down 5s");
  rig.source->serve();
  rig.clock.tick(1s);
  const auto started = rig.source->serve();
  REQUIRE(started.size() == 1);
  const auto& problem = std::get<SourceProblem>(started[0]);
  CHECK(problem.kind == SourceProblem::Kind::Unreachable);
  CHECK(problem.text ==
        "injected fault: broker-down, the brokers of topic orders are out of reach for 5000 ms");

  CHECK(rig.take() == "");
  CHECK(rig.source->commit({{0, 1}}) == CommitResult::Refused);
  CHECK(rig.broker.committed().empty());
  CHECK_FALSE(rig.source->at_end(0));
  rig.clock.tick(4'999ms);
  CHECK(rig.source->serve().empty());

  rig.clock.tick(1ms);
  const auto over = rig.source->serve();
  REQUIRE(over.size() == 1);
  CHECK(std::holds_alternative<SourceRecovered>(over[0]));
  CHECK(rig.take() == "orders/0@0..4");
  CHECK(rig.source->at_end(0));
  CHECK(rig.source->commit({{0, 5}}) == CommitResult::Done);
}

TEST_CASE("faulty source: what happened during the outage is told after it, in order") {
  Rig rig("broker-down 5s");
  rig.source->serve();
  rig.clock.tick(1s);
  rig.source->serve();
  rig.broker.revoke(0);
  CHECK(rig.source->serve().empty());
  rig.broker.report(SourceProblem{SourceProblem::Kind::Other, "no"});
  CHECK(rig.source->serve().empty());
  rig.broker.assign(3);
  rig.clock.tick(5s);
  const auto over = rig.source->serve();
  REQUIRE(over.size() == 4);
  CHECK(std::holds_alternative<SourceRecovered>(over[0]));
  CHECK(std::get<PartitionRevoked>(over[1]).partition == 0);
  CHECK(std::get<SourceProblem>(over[2]).kind == SourceProblem::Kind::Other);
  CHECK(std::get<PartitionAssigned>(over[3]).partition == 3);
  CHECK(rig.source->serve().empty());
}

}  // namespace
}  // namespace emulator
