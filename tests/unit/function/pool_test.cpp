// Cold and warm environments, the queue, the limits and idle expiry.
#include <signal.h>

#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using Kind = Outcome::Kind;

TEST_CASE("a cold invocation starts an environment, a warm one uses it again") {
  Rig rig;
  const auto cold = rig.call("pid", "first");
  const auto warm = rig.call("pid", "second");
  CHECK(cold.kind == Kind::Success);
  CHECK(cold.request_id == "first");
  CHECK(cold.payload == warm.payload);
  CHECK(contains(
      cold.log_tail,
      "START RequestId: first Version: $LATEST\nEND RequestId: first\nREPORT RequestId: first\t"));
  CHECK(contains(cold.log_tail, "\tInit Duration: "));
  CHECK(contains(cold.log_tail, "Memory Size: 128 MB\tMax Memory Used: "));
  CHECK_FALSE(contains(cold.log_tail, "Max Memory Used: 0 MB"));
  CHECK_FALSE(contains(warm.log_tail, "Init Duration"));
  CHECK_FALSE(contains(warm.log_tail, "first"));
}

TEST_CASE("the handler's output stands between START and END, in order over both streams") {
  Rig rig;
  CHECK(
      contains(rig.call("print 3", "a").log_tail,
               "START RequestId: a Version: $LATEST\nline 1\nline 2\nline 3\nEND RequestId: a\n"));
  CHECK(contains(rig.call("stderr").log_tail, "one\ntwo\nthree\nEND"));
  CHECK(contains(rig.call("partial").log_tail, "whole\nno newline at the end\nEND"));
  CHECK(rig.call("print 1000").log_tail.size() == 4096);
}

TEST_CASE("a chatty handler is never held up") {
  Rig rig;
  CHECK(rig.call("long 3000000").kind == Kind::Success);
  CHECK(rig.call("print 20000").kind == Kind::Success);
}

TEST_CASE("an invocation reaches the runtime with its headers") {
  Rig rig;
  CHECK(rig.answer("header Lambda-Runtime-Invoked-Function-Arn") ==
        "arn:aws:lambda:us-east-1:000000000000:function:Orders");
  const auto trace = rig.answer("header Lambda-Runtime-Trace-Id");
  CHECK(trace.size() ==
        std::string("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0")
            .size());
  CHECK(contains(trace, "Root=1-"));
  CHECK(rig.answer("echo hello") == "hello");
}

TEST_CASE("invocations run side by side up to the limit and wait above it") {
  Pool::Options options;
  options.max_environments = 3;
  Rig rig(options);
  CHECK(rig.pool().max_concurrency() == 3);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 12; ++i) running.push_back(rig.invoke("pid"));
  std::set<std::string> pids;
  for (auto& each : running) {
    const auto outcome = Rig::wait(each);
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::Success);
    pids.insert(outcome->payload);
  }
  CHECK(pids.size() <= 3);
}

TEST_CASE("environments run at the same time") {
  Pool::Options options;
  options.max_environments = 2;
  Rig rig(options);
  rig.function().environment["HANG_FILE"] = (rig.directory().path() / "hanging").string();
  auto blocked = rig.invoke("hang");
  CHECK(rig.answer("echo beside") == "beside");
  CHECK(Rig::wait(blocked)->error_type == "Sandbox.Timedout");
}

TEST_CASE("without a queue, what finds every environment busy is throttled at once") {
  Pool::Options options;
  options.max_environments = GENERATE(0, 2);
  options.max_queued = 0;
  Rig rig(options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < options.max_environments; ++i) running.push_back(rig.invoke("sleep 300"));
  CHECK(rig.call("echo refused").kind == Kind::Throttled);
  for (auto& each : running) CHECK(Rig::wait(each)->kind == Kind::Success);
}

TEST_CASE("what does not fit in the queue is throttled") {
  Pool::Options options;
  options.max_environments = 1;
  options.max_queued = 1;
  Rig rig(options);
  REQUIRE_FALSE(rig.warm_up());
  auto running = rig.invoke("sleep 300");
  auto queued = rig.invoke("echo queued");
  auto refused = rig.invoke("echo refused");
  const auto outcome = Rig::wait(refused);
  REQUIRE(outcome);
  CHECK(outcome->kind == Kind::Throttled);
  CHECK(outcome->error_type == "ConcurrentInvocationLimitExceeded");
  CHECK(Rig::wait(running)->kind == Kind::Success);
  CHECK(Rig::wait(queued)->payload == "queued");
}

TEST_CASE("an idle environment expires and the next invocation starts another") {
  Pool::Options options;
  options.idle_timeout = std::chrono::milliseconds(50);
  Rig rig(options);
  const auto pid = rig.pid();
  CHECK(eventually([&] { return !process_exists(pid); }));
  const auto again = rig.call("pid");
  CHECK(again.payload != std::to_string(pid));
  CHECK(contains(again.log_tail, "Init Duration"));
}

TEST_CASE("a warm-up starts an environment for the invocation to come") {
  Rig rig;
  CHECK_FALSE(rig.warm_up());
  const auto outcome = rig.call("echo x");
  CHECK(outcome.payload == "x");
  CHECK(contains(outcome.log_tail, "Init Duration"));
}

TEST_CASE("an environment that ends while it is idle is replaced without a failure") {
  Rig rig;
  const auto pid = rig.pid();
  REQUIRE(::kill(pid, SIGKILL) == 0);
  // Until the kernel has closed its connection, the runtime seems to wait for the event.
  REQUIRE(eventually([&] { return !process_exists(pid); }));
  const auto outcome = rig.call("pid");
  CHECK(outcome.kind == Kind::Success);
  CHECK(outcome.payload != std::to_string(pid));
}

TEST_CASE("a runtime that ends after each answer loses no invocation") {
  Pool::Options options;
  options.max_environments = 1;
  Rig rig(options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 6; ++i) running.push_back(rig.invoke("answer-then-exit 0"));
  for (auto& each : running) {
    const auto outcome = Rig::wait(each);
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::Success);
  }
}

TEST_CASE("a runtime that answers and then never asks again is replaced") {
  Pool::Options options;
  options.max_environments = 1;
  Rig rig(options);
  rig.function().timeout = std::chrono::seconds(1);
  CHECK(rig.call("answer-then-hang").kind == Kind::Success);
  CHECK(rig.answer("echo next") == "next");
}
