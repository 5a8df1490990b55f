// The mapping and its pollers when something goes wrong, with real threads between fakes. What a
// batch's way looks like when all is well, and with failing handlers, stands in tests/scenario.
#include "emulator/esm/mapping.h"

#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/esm/checked_rig.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using Offsets = std::map<std::int32_t, std::int64_t>;
using Texts = std::vector<std::string>;

using Rig = test::CheckedRig;

TEST_CASE_METHOD(Rig, "mapping: refused commits are tried again until one is taken") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  broker.fail_next_commits(3);
  start();
  broker.settle();
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed().empty());
  CHECK_FALSE(status().drained);  // processed, but the group does not know
  for (int i = 0; i < 4; ++i) tick(100ms);
  CHECK(broker.committed() == Offsets{{0, 5}});
  CHECK(status().counts.commit_errors == 3);
  CHECK(status().counts.commits == 1);
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "mapping: a refused commit is tried once more at the end") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  broker.fail_next_commits(1);
  start();
  broker.settle();
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed().empty());
  mapping->finish();
  CHECK(broker.committed() == Offsets{{0, 5}});
}

TEST_CASE_METHOD(Rig,
                 "mapping: the result of a partition that was revoked in flight commits nothing") {
  broker.append("orders/0@0..1 orders/1@0..1");
  broker.assign(0);
  broker.assign(1);
  start();
  broker.settle();
  broker.revoke(0);
  broker.settle();
  answer("orders/0@0..1 orders/1@0..1", Kind::Success);
  CHECK(broker.committed() == Offsets{{1, 2}});
  CHECK(status().partitions_assigned == 1);
}

TEST_CASE_METHOD(Rig, "mapping: a failed batch is retried without the partition that was revoked") {
  broker.append("orders/0@0..1 orders/1@0..1");
  broker.assign(0);
  broker.assign(1);
  start();
  broker.settle();

  SECTION("while it was in flight") {
    broker.revoke(0);
    broker.settle();
    answer("orders/0@0..1 orders/1@0..1", Kind::FunctionError);
  }
  SECTION("while it waited") {
    answer("orders/0@0..1 orders/1@0..1", Kind::FunctionError);
    broker.revoke(0);
    broker.settle();
  }
  tick(200ms);
  CHECK(invoker.in_flight() == Texts{"orders/1@0..1"});
  answer("orders/1@0..1", Kind::Success);
  CHECK(broker.committed() == Offsets{{1, 2}});
}

TEST_CASE_METHOD(Rig, "mapping: a partition that comes back waits for its old invocation") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  start();
  broker.settle();
  broker.revoke(0);
  broker.settle();
  broker.assign(0);
  broker.settle();
  CHECK(invoker.invocations().size() == 1);
  CHECK_FALSE(status().drained);

  const auto kind = GENERATE(Kind::Success, Kind::FunctionError, Kind::Cancelled);
  answer("orders/0@0..4", kind);
  CHECK(broker.committed().empty());  // the old assignment's result does not count
  CHECK(invoker.invocations() == Texts{"orders/0@0..4", "orders/0@0..4"});
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 5}});
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "mapping: the forming batch loses a revoked partition's records") {
  config.batch_window = 500ms;
  broker.append("orders/0@0..1 orders/1@0..1");
  broker.assign(0);
  broker.assign(1);
  start();
  broker.settle();
  CHECK(invoker.invocations().empty());
  broker.revoke(1);
  broker.settle();
  tick(500ms);
  CHECK(invoker.invocations() == Texts{"orders/0@0..1"});
}

TEST_CASE_METHOD(Rig, "mapping: no more batches are in flight than the function can run") {
  config.batch_size = 1;
  invoker.set_max_concurrency(2);
  for (int partition = 0; partition < 4; ++partition) {
    broker.append("orders/" + std::to_string(partition) + "@0");
    broker.assign(partition);
  }
  start();
  broker.settle();
  CHECK(invoker.in_flight().size() == 2);
  CHECK(status().batches_in_flight == 2);
  invoker.answer_all(Kind::Success);
  broker.settle();
  CHECK(invoker.in_flight().size() == 2);
  invoker.answer_all(Kind::Success);
  broker.settle();
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "mapping: one poller has at most five batches in flight") {
  config.batch_size = 1;
  for (int partition = 0; partition < 8; ++partition) {
    broker.append("orders/" + std::to_string(partition) + "@0");
    broker.assign(partition);
  }
  start();
  broker.settle();
  CHECK(invoker.in_flight().size() == 5);
}

TEST_CASE_METHOD(Rig, "mapping: a function that answers within invoke() is served to the end") {
  config.batch_size = 3;
  invoker.answer_at_once(Kind::Success);
  broker.append("orders/0@0..99 orders/1@0..99");
  broker.assign(0);
  broker.assign(1);
  start();
  wait_until([this] { return status().drained; });
  CHECK(broker.committed() == Offsets{{0, 100}, {1, 100}});
  CHECK(status().counts.processed == 200);
  CHECK(status().counts.invocations >= 67);
  CHECK(invoker.request_ids().size() == status().counts.invocations);
}

TEST_CASE_METHOD(Rig,
                 "mapping: a cancelled batch holds its partition, for going on would skip it") {
  broker.append("orders/0@0..9 orders/1@0");
  broker.assign(0);
  start();
  broker.settle();
  answer("orders/0@0..4", Kind::Cancelled);
  tick(1h);
  CHECK(invoker.invocations().size() == 1);
  CHECK_FALSE(status().drained);
  broker.assign(1);
  broker.settle();
  answer("orders/1@0", Kind::Success);
  CHECK(broker.committed() == Offsets{{1, 1}});
}

TEST_CASE_METHOD(Rig, "mapping: finish lets the batch in flight end and commits it") {
  broker.append("orders/0@0..9");
  broker.assign(0);
  start();
  broker.settle();
  mapping->request_finish();
  broker.settle();
  CHECK(broker.open_sources() == 1);
  invoker.answer("orders/0@0..4", Kind::Success);
  mapping->finish();
  CHECK(broker.committed() == Offsets{{0, 5}});
  CHECK(invoker.invocations().size() == 1);
  CHECK(status().state == MappingState::Disabled);
  mapping->finish();
}

TEST_CASE_METHOD(Rig, "mapping: finish gives up retries") {
  broker.append("orders/0@0..9");
  broker.assign(0);
  start();
  broker.settle();
  SECTION("of a batch that waits") {
    answer("orders/0@0..4", Kind::FunctionError);
  }
  SECTION("of a batch that fails meanwhile") {
    mapping->request_finish();
    invoker.answer("orders/0@0..4", Kind::FunctionError);
  }
  mapping->finish();
  CHECK(broker.committed().empty());
  CHECK(invoker.invocations().size() == 1);
}

TEST_CASE_METHOD(Rig, "mapping: finish drops the forming batch, which is read again") {
  config.batch_window = 300s;
  broker.append("orders/0@0..3");
  broker.assign(0);
  start();
  broker.settle();
  mapping->finish();
  CHECK(invoker.invocations().empty());
  CHECK(broker.committed().empty());
  CHECK_FALSE(status().drained);
}

TEST_CASE_METHOD(Rig, "mapping: abandon ends a finish that waits, and late answers hurt nobody") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  start();
  broker.settle();
  std::thread finishing([this] { mapping->finish(); });
  wait_until([this] { return mapping->status().state == MappingState::Disabling; });
  broker.settle();
  mapping->abandon();
  finishing.join();
  CHECK(broker.committed().empty());
  mapping.reset();
  invoker.answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed().empty());
}

TEST_CASE_METHOD(Rig, "mapping: stopping before start, and instead of it") {
  EventSourceMapping stopped(parts());
  stopped.request_finish();
  stopped.finish();
  stopped.start();
  CHECK(broker.sources_made() == 0);
  CHECK(stopped.status().state == MappingState::Disabled);
  { EventSourceMapping never_started(parts()); }
}

TEST_CASE_METHOD(Rig, "mapping: a disabled one polls nothing and has nothing to do") {
  config.enabled = false;
  start();
  CHECK(broker.sources_made() == 0);
  CHECK(status().state == MappingState::Disabled);
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig,
                 "mapping: an exception of the source is a problem, and polling starts again") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  start();
  broker.settle();
  CHECK(status().state == MappingState::Enabled);
  broker.break_once("the client died");
  broker.wake();
  wait_until([this] {
    clock.tick(1s);
    return broker.sources_made() == 2 && broker.open_sources() == 1;
  });
  CHECK(status().problem->text == "the client died");

  // The batch in flight belongs to the old source: its result commits nothing, and its partition
  // waits for it.
  broker.assign(0);
  broker.settle();
  CHECK_FALSE(status().problem);
  CHECK(invoker.invocations().size() == 1);
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed().empty());
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 5}});
}

TEST_CASE_METHOD(
    Rig,
    "mapping: a source that cannot be opened is tried again, and finish does not wait for it") {
  broker.fail_next_opens(1'000'000);
  mapping = std::make_unique<EventSourceMapping>(parts());
  mapping->start();
  wait_until([this] {
    clock.tick(30s);
    return broker.sources_made() >= 3;
  });
  CHECK(status().problem);
  mapping->finish();
}

TEST_CASE_METHOD(Rig, "mapping: the source's problems show, and go") {
  start();
  const int before = changes;
  broker.report(
      SourceProblem{SourceProblem::Kind::Unreachable, "no broker answers at 127.0.0.1:1"});
  broker.settle();
  CHECK(status().problem->text == "no broker answers at 127.0.0.1:1");
  CHECK(status().last_processing_result.substr(0, 26) == "PROBLEM: Connection error.");
  CHECK(changes > before);
  broker.report(SourceRecovered{});
  broker.settle();
  CHECK_FALSE(status().problem);
}

TEST_CASE_METHOD(Rig, "mapping: a record too large for any event is skipped, counted and passed") {
  broker.append("orders/0@0");
  broker.append("orders/0@1", 6'000'000);
  broker.append("orders/0@2");
  broker.append("orders/0@3", 6'000'000);
  broker.assign(0);
  start();
  broker.settle();
  CHECK(invoker.invocations() == Texts{"orders/0@0"});
  answer("orders/0@0", Kind::Success);
  CHECK(invoker.in_flight() == Texts{"orders/0@2"});
  answer("orders/0@2", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 4}});
  CHECK(status().counts.dropped == 2);
  CHECK(status().counts.processed == 2);
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig,
                 "mapping: what the limit of bytes leaves over comes first in the next batch") {
  config.batch_size = 100;
  broker.append("orders/0@0..9", 1'000'000);  // four of them fit an event
  broker.assign(0);
  start();
  broker.settle();
  answer("orders/0@0..3", Kind::Success);
  answer("orders/0@4..7", Kind::Success);
  answer("orders/0@8..9", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 10}});
  CHECK(status().counts.invocations == 3);
}

TEST_CASE_METHOD(Rig,
                 "mapping: of what a destination got in part, only the rest counts as dropped") {
  config.maximum_retry_attempts = 0;
  config.on_failure_destination = "kafka://failed-orders";
  broker.append("orders/0@0..2");
  broker.assign(0);
  sink.deliver_only(1);
  start();
  broker.settle();
  answer("orders/0@0..2", Kind::FunctionError);
  sink.fail_next(10);
  for (int i = 0; i < 4; ++i) tick(1s);
  CHECK(sink.sends() == 5);
  CHECK(sink.delivered().size() == 1);
  CHECK(status().counts.delivered == 1);
  CHECK(status().counts.dropped == 2);
  CHECK(broker.committed() == Offsets{{0, 3}});
}

}  // namespace
}  // namespace emulator
