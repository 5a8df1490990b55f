// What a mapping does about brokers that refuse it, with real threads between fakes: it gives its
// connection up, shows why, and tries a new one.
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/esm/checked_rig.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using Offsets = std::map<std::int32_t, std::int64_t>;
using Problem = SourceProblem::Kind;
using Texts = std::vector<std::string>;

constexpr const char* kLoginFailed = "PROBLEM: SASL authentication failed.";

struct Rig : test::CheckedRig {
  // The poller thread has given its source up and waits, or waits for its first one.
  void wait_for_sources(int made, int open) {
    wait_until([&] { return broker.sources_made() == made && broker.open_sources() == open; });
  }
  void refuse(Problem kind) {
    broker.report(SourceProblem{kind, "refused"});
    broker.wake();
  }
  void pass_the_pause(int made) {
    wait_until([&] {
      clock.tick(1s);
      mapping->wake();
      return broker.sources_made() == made && broker.open_sources() == 1;
    });
  }
};

TEST_CASE_METHOD(Rig, "source problem: a refused connection is given up, and a new one is made") {
  const auto kind = GENERATE(Problem::LoginRefused, Problem::ClientRefused,
                             Problem::ServerNotTrusted, Problem::BadCertificate,
                             Problem::TopicDenied, Problem::GroupDenied, Problem::SecretUnusable);
  start();
  refuse(kind);
  wait_for_sources(1, 0);
  CHECK(status().problem->kind == kind);
  CHECK(status().state == MappingState::Enabled);
  CHECK(status().counts.polling_errors == 1);
  CHECK_FALSE(status().drained);
  pass_the_pause(2);
}

TEST_CASE_METHOD(Rig, "source problem: brokers that may come back are waited for") {
  const auto kind =
      GENERATE(Problem::Unreachable, Problem::UnknownHost, Problem::TopicMissing, Problem::Other);
  start();
  refuse(kind);
  broker.settle();
  tick(1h);
  CHECK(broker.sources_made() == 1);
  CHECK(broker.open_sources() == 1);
}

TEST_CASE_METHOD(Rig, "source problem: what was done commits before the connection is given up") {
  broker.append("orders/0@0..9 orders/1@0..9");
  broker.assign(0);
  broker.assign(1);
  start();
  broker.settle();
  REQUIRE(invoker.in_flight() == Texts{"orders/0@0..4", "orders/1@0..4"});
  invoker.answer("orders/1@0..4", Kind::FunctionError);
  refuse(Problem::TopicDenied);
  broker.settle();
  // Nothing new is begun, what failed is not tried again, and the other batch is waited for.
  CHECK(invoker.in_flight() == Texts{"orders/0@0..4"});
  CHECK(broker.open_sources() == 1);
  invoker.answer("orders/0@0..4", Kind::Success);
  wait_for_sources(1, 0);
  CHECK(broker.committed() == Offsets{{0, 5}});

  broker.assign(0);
  broker.assign(1);
  pass_the_pause(2);
  broker.settle();
  CHECK(invoker.in_flight() == Texts{"orders/0@5..9", "orders/1@0..4"});
  answer("orders/0@5..9", Kind::Success);
  answer("orders/1@0..4", Kind::Success);
  answer("orders/1@5..9", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 10}, {1, 10}});
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "source problem: a batch that takes too long is not waited for") {
  broker.append("orders/0@0..4");
  broker.assign(0);
  start();
  broker.settle();
  refuse(Problem::TopicDenied);
  broker.settle();
  tick(9s);
  CHECK(broker.open_sources() == 1);
  clock.tick(1s);
  broker.wake();
  wait_for_sources(1, 0);

  // Its partition is held until it ends, and its records are read again.
  broker.assign(0);
  pass_the_pause(2);
  broker.settle();
  CHECK(invoker.invocations().size() == 1);
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed().empty());
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 5}});
}

TEST_CASE_METHOD(Rig, "source problem: it shows until the new connection reads") {
  broker.append("orders/0@0..4");
  start();
  refuse(Problem::TopicDenied);
  wait_for_sources(1, 0);
  broker.answer_fetches(false);
  broker.assign(0);
  broker.report(SourceRecovered{});  // the brokers answer, which they did before
  pass_the_pause(2);
  broker.settle();
  CHECK(status().problem->kind == Problem::TopicDenied);
  SECTION("a fetch is answered") {
    broker.answer_fetches(true);
    broker.settle();
    CHECK_FALSE(status().problem);
    answer("orders/0@0..4", Kind::Success);
    CHECK(status().last_processing_result == "OK");
  }
  SECTION("a member without partitions is believed after a while") {
    broker.revoke(0);
    broker.report(NoPartitions{});
    broker.settle();
    CHECK(status().problem);
    tick(5s);
    CHECK_FALSE(status().problem);
  }
}

TEST_CASE_METHOD(Rig, "source problem: a source that cannot be made is tried with growing pauses") {
  broker.refuse_sources(SourceProblem{Problem::SecretUnusable, "secret 'x' is missing"});
  std::mutex mutex;
  std::vector<TimePoint> tried;  // guarded by mutex
  auto watched = parts();
  watched.make_source = [&, make = watched.make_source] {
    {
      const std::lock_guard lock(mutex);
      tried.push_back(clock.now());
    }
    return make();
  };
  mapping = std::make_unique<EventSourceMapping>(std::move(watched));
  mapping->start();
  wait_until([&] { return status().problem.has_value(); });
  std::size_t attempts = 1;
  for (const auto pause : {1'000ms, 2'000ms, 4'000ms, 8'000ms, 16'000ms, 30'000ms, 30'000ms}) {
    CHECK(status().problem->text == "secret 'x' is missing");
    ++attempts;
    wait_until([&] {
      clock.tick(pause / 10);
      mapping->wake();
      return status().counts.polling_errors == attempts;
    });
    const std::lock_guard lock(mutex);
    CHECK(tried.at(attempts - 1) - tried.at(attempts - 2) >= pause);
  }
  broker.refuse_sources(std::nullopt);
  broker.append("orders/0@0..4");
  broker.assign(0);
  pass_the_pause(1);
  broker.settle();
  CHECK_FALSE(status().problem);
  answer("orders/0@0..4", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 5}});
}

TEST_CASE_METHOD(Rig, "source problem: finish waits neither for a pause nor for a cure") {
  SECTION("while it pauses") {
    start();
    refuse(Problem::LoginRefused);
    wait_for_sources(1, 0);
    CHECK(status().last_processing_result == kLoginFailed);
  }
  SECTION("while a batch is under way") {
    broker.append("orders/0@0..4");
    broker.assign(0);
    start();
    broker.settle();
    refuse(Problem::LoginRefused);
    broker.settle();
    mapping->request_finish();
    invoker.answer("orders/0@0..4", Kind::Success);
    mapping->finish();
    CHECK(broker.committed() == Offsets{{0, 5}});
  }
  mapping->finish();
}

}  // namespace
}  // namespace emulator
