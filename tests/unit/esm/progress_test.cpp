#include "emulator/esm/progress.h"

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using View = Progress::PollerView;

constexpr View view(int partitions_assigned, int batches_in_flight, bool settled) {
  View view;
  view.partitions_assigned = partitions_assigned;
  view.batches_in_flight = batches_in_flight;
  view.settled = settled;
  return view;
}

constexpr View kNone = view(0, 0, true);
constexpr View kBusy = view(2, 1, false);
constexpr View kSettled = view(2, 0, true);

TEST_CASE("progress: one poller is drained when its partitions are settled") {
  test::FakeClock clock;
  int changes = 0;
  Progress progress([&] { ++changes; });
  progress.add_poller(0);
  progress.set_view(0, kNone, clock.now());
  CHECK_FALSE(progress.snapshot().drained);  // nobody knows yet what there is to do
  clock.tick(1h);
  progress.set_view(0, kNone, clock.now());
  CHECK_FALSE(progress.snapshot().drained);
  CHECK(changes == 0);

  CHECK_FALSE(progress.snapshot().joined);
  progress.assignment_changed(clock.now());
  CHECK(progress.snapshot().joined);
  CHECK(changes == 1);
  progress.set_view(0, kBusy, clock.now());
  CHECK(changes == 2);
  CHECK_FALSE(progress.snapshot().drained);
  CHECK(progress.snapshot().partitions_assigned == 2);
  CHECK(progress.snapshot().batches_in_flight == 1);
  progress.set_view(0, kSettled, clock.now());
  CHECK(progress.snapshot().drained);
  CHECK(changes == 3);
  progress.set_view(0, kSettled, clock.now());
  CHECK(changes == 3);
}

TEST_CASE("progress: between losing partitions and getting new ones nothing is drained") {
  test::FakeClock clock;
  Progress progress([] {});
  progress.add_poller(0);
  progress.assignment_changed(clock.now());
  progress.set_view(0, kSettled, clock.now());
  REQUIRE(progress.snapshot().drained);
  clock.tick(1min);
  progress.assignment_changed(clock.now());
  progress.set_view(0, kNone, clock.now());
  CHECK_FALSE(progress.snapshot().drained);
  // Other members own them all, and they answer for them.
  clock.tick(10s);
  progress.set_view(0, kNone, clock.now());
  CHECK(progress.snapshot().drained);
}

TEST_CASE("progress: a poller too many is waited for, but not for ever") {
  test::FakeClock clock;
  Progress progress([] {});
  progress.add_poller(0);
  progress.add_poller(1);
  progress.set_view(1, kNone, clock.now());
  progress.assignment_changed(clock.now());
  progress.set_view(0, kSettled, clock.now());
  CHECK_FALSE(progress.snapshot().drained);  // its partitions may be on their way
  SECTION("it gets some") {
    progress.assignment_changed(clock.now());
    progress.set_view(1, kBusy, clock.now());
    CHECK_FALSE(progress.snapshot().drained);
    progress.set_view(1, kSettled, clock.now());
    CHECK(progress.snapshot().drained);
    CHECK(progress.snapshot().partitions_assigned == 4);
  }
  SECTION("it gets none") {
    clock.tick(10s);
    progress.set_view(1, kNone, clock.now());
    CHECK(progress.snapshot().drained);
  }
}

TEST_CASE("progress: a problem shows until it is over, its result until the next good batch") {
  int changes = 0;
  Progress progress([&] { ++changes; });
  progress.add_poller(0);
  progress.add_poller(1);
  CHECK(progress.snapshot().last_processing_result == "No records processed");
  progress.set_problem(1, {SourceProblem::Kind::Unreachable, "no broker answers"});
  CHECK(progress.snapshot().problem->text == "no broker answers");
  CHECK(progress.snapshot().last_processing_result ==
        "PROBLEM: Connection error. Please check your event source connection configuration.");
  progress.clear_problem(0);
  CHECK(progress.snapshot().problem);
  progress.clear_problem(1);
  CHECK_FALSE(progress.snapshot().problem);
  CHECK(progress.snapshot().last_processing_result.substr(0, 8) == "PROBLEM:");
  progress.set_result("OK");
  progress.set_result("OK");
  CHECK(progress.snapshot().last_processing_result == "OK");
  CHECK(changes == 3);
}

// Regression: the mapping was shown as well after a batch that was under way when the brokers took
// a right away.
TEST_CASE("progress: a late good batch does not hide what is wrong now") {
  Progress progress([] {});
  progress.add_poller(0);
  progress.set_problem(0, {SourceProblem::Kind::TopicDenied, "topic authorization failed"});
  progress.set_result("OK");
  CHECK(progress.snapshot().last_processing_result ==
        "PROBLEM: Cluster failed to authorize Lambda.");
  progress.clear_problem(0);
  CHECK(progress.snapshot().last_processing_result == "OK");
}

}  // namespace
}  // namespace emulator
