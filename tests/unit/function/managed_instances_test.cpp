// Several invocations inside one environment: managed instances.
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using namespace std::chrono_literals;
using Kind = Outcome::Kind;

namespace {

class ManagedRig : public Rig {
 public:
  explicit ManagedRig(int concurrency, Pool::Options options = {}) : Rig(options) {
    emulator::ManagedInstances managed;
    managed.max_concurrency = concurrency;
    function().managed_instances = managed;
    function().logging.format = emulator::LogFormat::AsJson;
    function().environment["HANG_FILE"] = file("hanging");
  }

  std::string file(const std::string& name) const { return (directory().path() / name).string(); }
  void make(const std::string& name) const { std::ofstream(file(name)) << "made"; }
  bool hangs() const {
    return eventually([this] {
      std::string text;
      std::ifstream(file("hanging")) >> text;
      return !text.empty();
    });
  }
  bool has_environments(int count) {
    return eventually([&] { return pool().environments() == count; });
  }
};

void check_success(std::future<Outcome>& future) {
  const auto outcome = Rig::wait(future);
  REQUIRE(outcome);
  CHECK(outcome->kind == Kind::Success);
}

}  // namespace

TEST_CASE("managed: invocations run at the same time in one process") {
  ManagedRig rig(3);
  CHECK(rig.pool().max_concurrency() == 30);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 3; ++i) running.push_back(rig.invoke("meet 3"));
  for (auto& each : running) check_success(each);
  CHECK(rig.pool().environments() == 1);
  CHECK(rig.answer("env AWS_LAMBDA_INITIALIZATION_TYPE") == "lambda-managed-instances");
  CHECK(rig.answer("env AWS_LAMBDA_MAX_CONCURRENCY") == "3");
  CHECK(rig.pid() == rig.pid());
  CHECK(rig.pool().environments() == 1);
}

TEST_CASE("managed: an environment is filled before another one is started") {
  Pool::Options options;
  options.max_environments = 2;
  ManagedRig rig(2, options);
  std::vector<std::future<Outcome>> running;
  for (const int environments : {1, 1, 2, 2, 2, 2}) {
    running.push_back(rig.invoke("await " + rig.file("go")));
    CHECK(rig.pool().environments() == environments);
  }
  rig.make("go");
  for (auto& each : running) check_success(each);
}

TEST_CASE("managed: a timeout answers its caller and leaves the process to the others") {
  ManagedRig rig(2);
  rig.function().timeout = 1s;
  const auto pid = rig.pid();
  auto slow = rig.invoke("await-twice " + rig.file("go"), "slow");
  CHECK(rig.pid() == pid);
  const auto outcome = Rig::wait(slow);
  REQUIRE(outcome);
  CHECK(outcome->kind == Kind::FunctionError);
  CHECK(outcome->request_id == "slow");
  CHECK(outcome->error_type == "Sandbox.Timedout");
  CHECK(outcome->payload ==
        R"({"errorType":"Sandbox.Timedout",)"
        R"("errorMessage":"RequestId: slow Error: Task timed out after 1.00 seconds"})");
  CHECK(contains(outcome->log_tail, R"("requestId":"slow","status":"timeout")"));
  CHECK(rig.pid() == pid);
  rig.make("go");
  CHECK(eventually([&] { return rig.answer("statuses") == "410 400"; }));
  CHECK(rig.pid() == pid);
  CHECK(rig.pool().environments() == 1);
}

TEST_CASE("managed: the end of the process ends every invocation in it") {
  ManagedRig rig(3);
  const auto pid = rig.pid();
  auto first = rig.invoke("hang", "first");
  REQUIRE(rig.hangs());
  const auto killed = rig.call("signal 9", "second");
  const auto with_it = Rig::wait(first);
  REQUIRE(with_it);
  for (const auto* outcome : {&killed, &*with_it}) {
    CHECK(outcome->kind == Kind::FunctionError);
    CHECK(outcome->error_type == "Runtime.ExitError");
    CHECK(contains(outcome->payload, "RequestId: " + outcome->request_id +
                                         " Error: Runtime exited with error: signal: killed"));
  }
  CHECK(rig.pid() != pid);
}

TEST_CASE("managed: a runtime with fewer workers than it may have") {
  Pool::Options options;
  options.max_environments = 2;
  ManagedRig rig(3, options);
  rig.function().environment["WORKERS"] = "1";
  const auto pid = rig.pid();
  auto first = rig.invoke("hang");
  REQUIRE(rig.hangs());
  CHECK(rig.pid() != pid);
  CHECK(rig.pool().environments() == 2);
  ::kill(pid, SIGKILL);
  CHECK(Rig::wait(first));
}

TEST_CASE("managed: an invocation that no worker takes goes to another environment") {
  ManagedRig rig(1);
  rig.function().timeout = 1s;
  CHECK(rig.answer("answer-then-hang") == "done");
  CHECK(rig.answer("echo taken") == "taken");
}

TEST_CASE("managed: a failed init answers with its reason") {
  ManagedRig rig(2);
  rig.function().environment["INIT"] = "error";
  const auto outcome = rig.call("pid");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.error_type == "Runtime.ImportModuleError");
  CHECK(contains(outcome.payload, "no module app"));
}

TEST_CASE("managed: what the platform says") {
  ManagedRig rig(2);
  const auto log = rig.call("print 1", "id").log_tail;
  CHECK(contains(log, R"("type":"platform.start","record":{"requestId":"id")"));
  CHECK(contains(log, R"("type":"platform.report")"));
  CHECK(contains(log, R"("metrics":{"durationMs":)"));
  CHECK(contains(log, "responseLatency"));
  CHECK(contains(log, "line 1\n"));
  CHECK_FALSE(contains(log, "platform.runtimeDone"));
  CHECK_FALSE(contains(log, "memorySizeMB"));
}

TEST_CASE("managed: idle environments end, and none that has an invocation") {
  Pool::Options options;
  options.idle_timeout = 1ms;
  ManagedRig rig(2, options);
  for (int i = 0; i < 20; ++i) {
    auto beside = rig.invoke("sleep 3");
    CHECK(rig.answer("echo here") == "here");
    check_success(beside);
  }
  CHECK(rig.has_environments(0));
}

TEST_CASE("managed: an environment that has served as many as it may is replaced") {
  Pool::Options options;
  options.environments.cold.after = 2;
  ManagedRig rig(2, options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 8; ++i) running.push_back(rig.invoke("sleep 1"));
  for (auto& each : running) check_success(each);
}

TEST_CASE("managed: every invocation gets one answer, whatever ends meanwhile") {
  Pool::Options options;
  options.max_environments = 2;
  ManagedRig rig(4, options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 400; ++i) running.push_back(rig.invoke(i % 60 == 59 ? "exit 1" : "echo x"));
  int failed = 0;
  for (auto& each : running) {
    const auto outcome = Rig::wait(each);
    REQUIRE(outcome);
    const bool expected = outcome->payload == "x" || outcome->error_type == "Runtime.ExitError";
    CHECK(expected);
    failed += outcome->kind == Kind::FunctionError ? 1 : 0;
  }
  CHECK(failed >= 6);
  CHECK(rig.pool().environments() <= 2);
}

TEST_CASE("managed: stop answers everything that runs and waits") {
  Pool::Options options;
  options.max_environments = 1;
  ManagedRig rig(2, options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 4; ++i) running.push_back(rig.invoke("hang"));
  REQUIRE(rig.hangs());
  rig.pool().stop();
  for (auto& each : running) {
    const auto outcome = Rig::wait(each);
    REQUIRE(outcome);
    CHECK(outcome->kind == Kind::Cancelled);
  }
}
