// When a mapping counts as drained: --until-drained ends with exit code 0 on this word alone.
#include <atomic>
#include <chrono>
#include <map>
#include <memory>

#include "emulator/esm/mapping.h"
#include "tests/support/catch.h"
#include "tests/unit/esm/checked_rig.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using Offsets = std::map<std::int32_t, std::int64_t>;
using Rig = test::CheckedRig;

TEST_CASE_METHOD(Rig, "drained: it counts reaching the end, not arithmetic") {
  start();
  broker.settle();
  CHECK_FALSE(status().drained);  // nothing assigned yet

  SECTION("an empty partition") {
    broker.assign(0, 17);
    broker.settle();
    CHECK(status().drained);
    CHECK(broker.committed().empty());
  }
  SECTION("a marker behind the last record") {
    broker.append("orders/0@0..1");
    broker.extend_end(0, 3);
    broker.assign(0);
    broker.settle();
    CHECK_FALSE(status().drained);
    answer("orders/0@0..1", Kind::Success);
    CHECK(status().drained);
    CHECK(broker.committed() == Offsets{{0, 2}});
    broker.append("orders/0@3");
    broker.settle();
    CHECK_FALSE(status().drained);
  }
}

TEST_CASE_METHOD(Rig, "drained: two pollers share the work, and both must be done") {
  config.provisioned = ProvisionedPollers{2, 2, {}};
  test::FakeBroker second;
  std::atomic<int> made{0};
  auto with_two_sources = parts();
  with_two_sources.make_source = [&] {
    return made++ == 0 ? broker.make_source() : second.make_source();
  };
  mapping = std::make_unique<EventSourceMapping>(std::move(with_two_sources));
  mapping->start();
  wait_until([&] { return broker.open_sources() + second.open_sources() == 2; });
  broker.append("orders/0@0");
  second.append("orders/1@0");
  broker.assign(0);
  broker.settle();
  answer("orders/0@0", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 1}});
  CHECK_FALSE(status().drained);  // the other one may still get its share
  second.assign(1);
  second.settle();
  CHECK_FALSE(status().drained);
  CHECK(status().partitions_assigned == 2);
  invoker.answer("orders/1@0", Kind::Success);
  second.settle();
  CHECK(second.committed() == Offsets{{1, 1}});
  CHECK(status().drained);
  mapping->finish();
  CHECK(second.open_sources() == 0);
  CHECK(status().batches_in_flight == 0);
}

// A broker that dies takes the partitions away and gives them back much later; nothing was
// processed.
TEST_CASE_METHOD(Rig, "drained: not after partitions were taken away, however long nothing comes") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  start();
  broker.settle();
  broker.revoke(0);
  broker.settle();
  invoker.answer("orders/0@0..4", Kind::Success);
  broker.settle();
  for (int i = 0; i < 30; ++i) tick(1s);
  CHECK_FALSE(status().drained);
  broker.assign(0);
  broker.settle();
  answer("orders/0@0..4", Kind::Success);
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "drained: a member for which the group has no partition, after a while") {
  start();
  broker.report(NoPartitions{});
  broker.settle();
  CHECK_FALSE(status().drained);
  SECTION("all is well") {
    for (int i = 0; i < 11; ++i) tick(1s);
    CHECK(status().drained);
  }
  SECTION("the topic does not exist") {
    broker.report(
        SourceProblem{SourceProblem::Kind::TopicMissing, "topic 'orders' does not exist"});
    for (int i = 0; i < 30; ++i) tick(1s);
    CHECK_FALSE(status().drained);
  }
}

TEST_CASE_METHOD(Rig, "drained: not while the brokers do not answer") {
  broker.assign(0);
  start();
  broker.settle();
  CHECK(status().drained);
  broker.report(SourceProblem{SourceProblem::Kind::Unreachable, "no broker answers"});
  broker.settle();
  tick(1s);
  CHECK_FALSE(status().drained);
  broker.report(SourceRecovered{});
  broker.settle();
  tick(1s);
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "drained: a problem ends when the next source has an answer from the group") {
  start();
  broker.report(SourceProblem{SourceProblem::Kind::Unreachable, "no broker answers"});
  broker.settle();
  broker.break_once("the client died");
  broker.wake();
  wait_until([this] {
    clock.tick(1s);
    return broker.sources_made() == 2 && broker.open_sources() == 1;
  });
  CHECK(status().problem);
  broker.report(NoPartitions{});
  broker.settle();
  CHECK_FALSE(status().problem);
  tick(10s);
  CHECK(status().drained);

  // One of this source's own stays until the source says that it is over.
  broker.report(SourceProblem{SourceProblem::Kind::TopicMissing, "there is no such topic"});
  broker.report(NoPartitions{});
  broker.settle();
  CHECK(status().problem);
}

}  // namespace
}  // namespace emulator
