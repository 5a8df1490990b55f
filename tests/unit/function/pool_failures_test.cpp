// Every way in which an invocation or an init fails: outcome, texts, and the environment's
// replacement.
#include <atomic>
#include <fstream>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using Kind = Outcome::Kind;

namespace {

std::string exit_payload(const std::string& id, const std::string& text) {
  return R"({"errorType":"Runtime.ExitError","errorMessage":"RequestId: )" + id +
         " Error: " + text + "\"}";
}

}  // namespace

TEST_CASE("a handler's error is passed on as it was posted and the environment stays") {
  Rig rig;
  const auto pid = rig.answer("pid");
  const auto failed = rig.call("fail");
  CHECK(failed.kind == Kind::FunctionError);
  CHECK(failed.payload == R"({"errorMessage":"no stock","errorType":"OutOfStock"})");
  CHECK(failed.error_type == "OutOfStock");
  CHECK(contains(failed.log_tail, "\tStatus: error\tError Type: OutOfStock\n"));
  CHECK(rig.answer("pid") == pid);
}

TEST_CASE("a timeout kills the process group and the next invocation gets another environment") {
  Rig rig;
  rig.function().timeout = std::chrono::seconds(1);
  rig.function().environment["HANG_FILE"] = (rig.directory().path() / "pid").string();
  const auto child = static_cast<pid_t>(std::atoi(rig.answer("child").c_str()));
  REQUIRE(child > 0);
  const auto outcome = rig.call("hang", "slow");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.error_type == "Sandbox.Timedout");
  CHECK(outcome.payload ==
        R"({"errorType":"Sandbox.Timedout",)"
        R"("errorMessage":"RequestId: slow Error: Task timed out after 1.00 seconds"})");
  CHECK(contains(outcome.log_tail,
                 "END RequestId: slow\nREPORT RequestId: slow\tDuration: 1000.00 ms\tBilled "
                 "Duration: 1000 ms\t"));
  CHECK(contains(outcome.log_tail, "\tStatus: timeout\n"));
  pid_t pid = 0;
  std::ifstream(rig.directory().path() / "pid") >> pid;
  REQUIRE(pid > 0);
  CHECK(eventually([&] { return !process_exists(pid) && !process_exists(child); }));
  CHECK(rig.answer("echo again") == "again");
}

TEST_CASE("a runtime that ends before it answers") {
  Rig rig;
  const auto zero = rig.call("exit 0", "a");
  CHECK(zero.kind == Kind::FunctionError);
  CHECK(zero.error_type == "Runtime.ExitError");
  CHECK(zero.payload == exit_payload("a", "Runtime exited without providing a reason"));
  CHECK(contains(zero.log_tail, "\tStatus: error\tError Type: Runtime.ExitError\n"));
  CHECK(rig.call("exit 7", "b").payload ==
        exit_payload("b", "Runtime exited with error: exit status 7"));
  CHECK(rig.call("signal 9", "c").payload ==
        exit_payload("c", "Runtime exited with error: signal: killed"));
  CHECK(rig.call("signal 15", "d").payload ==
        exit_payload("d", "Runtime exited with error: signal: terminated"));
  CHECK(rig.answer("echo alive") == "alive");
}

TEST_CASE("a response above the limit is an error of the function's") {
  Rig rig;
  const auto outcome = rig.call("big 6291557");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.error_type == "Function.ResponseSizeTooLarge");
  CHECK(outcome.payload ==
        R"({"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size )"
        R"(exceeded maximum allowed payload size (6291556 bytes)."})");
  CHECK(rig.answer("big 6291556").size() == 6'291'556);
}

TEST_CASE("an init error goes to the waiting invocation") {
  for (const char* init : {"error", "error stay"}) {
    Rig rig;
    rig.function().environment["INIT"] = init;
    const auto outcome = rig.call("echo x", "waiting");
    CHECK(outcome.kind == Kind::FunctionError);
    CHECK(outcome.error_type == "Runtime.ImportModuleError");
    CHECK(outcome.payload == R"({"errorMessage":"no module app",)"
                             R"("errorType":"Runtime.ImportModuleError","requestId":""})");
    CHECK(contains(outcome.log_tail, "cannot import\nINIT_REPORT Init Duration: "));
    CHECK(contains(outcome.log_tail,
                   " ms\tPhase: init\tStatus: error\tError Type: Runtime.ImportModuleError\nSTART "
                   "RequestId: waiting"));
    CHECK(rig.call("echo x").kind == Kind::FunctionError);
  }
}

TEST_CASE("a runtime that ends before its first event") {
  const auto [init, text] = GENERATE(table<std::string, std::string>({
      {"exit 0", "Runtime exited without providing a reason"},
      {"exit 3", "Runtime exited with error: exit status 3"},
      {"signal 9", "Runtime exited with error: signal: killed"},
  }));
  Rig rig;
  rig.function().environment["INIT"] = init;
  const auto outcome = rig.call("echo x", "w");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.error_type == "Runtime.ExitError");
  CHECK(outcome.payload == exit_payload("w", text));
}

TEST_CASE("a warm-up says why init failed") {
  Rig rig;
  rig.function().environment["INIT"] = "error";
  auto failure = rig.warm_up();
  REQUIRE(failure);
  CHECK(failure->error_type == "Runtime.ImportModuleError");
  CHECK(failure->message == "no module app");

  Rig ends;
  ends.function().environment["INIT"] = "exit 3";
  failure = ends.warm_up();
  REQUIRE(failure);
  CHECK(failure->error_type == "Runtime.ExitError");
  CHECK(failure->message == "Runtime exited with error: exit status 3");
}

TEST_CASE("an init that takes too long is repeated within the first invocation") {
  Pool::Options options;
  options.init_timeout = std::chrono::milliseconds(1000);
  Rig rig(options);
  rig.function().timeout = std::chrono::seconds(20);
  rig.function().environment["INIT"] = "hang-once " + (rig.directory().path() / "marker").string();
  const auto outcome = rig.call("echo late", "r");
  CHECK(outcome.kind == Kind::Success);
  CHECK(outcome.payload == "late");
  CHECK(contains(outcome.log_tail, "START RequestId: r"));
  CHECK_FALSE(contains(outcome.log_tail, "\tInit Duration"));
  CHECK(rig.call("echo warm").payload == "warm");
}

TEST_CASE("the repeated init is under the function's timeout") {
  Pool::Options options;
  options.init_timeout = std::chrono::milliseconds(100);
  Rig rig(options);
  rig.function().timeout = std::chrono::seconds(1);
  rig.function().environment["INIT"] = "hang";
  const auto outcome = rig.call("echo never", "r");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.payload ==
        R"({"errorType":"Sandbox.Timedout",)"
        R"("errorMessage":"RequestId: r Error: Task timed out after 1.00 seconds"})");
  CHECK(contains(outcome.log_tail,
                 "INIT_REPORT Init Duration: 1000.00 ms\tPhase: invoke\tStatus: timeout\n"));
  CHECK(contains(outcome.log_tail, "REPORT RequestId: r\tDuration: 1000.00 ms"));

  const auto failure = rig.warm_up();
  REQUIRE(failure);
  CHECK(failure->error_type == "Sandbox.Timedout");
}

TEST_CASE("a program that cannot be started is named") {
  Rig rig;
  auto plan = emulator::plan_launch(rig.function(), emulator::Downloads::Forbidden);
  const auto program = rig.directory().write_program("broken", "#!/no/such/interpreter\n");
  plan.executable = program;
  Pool pool(rig.function(), [plan] { return plan; }, {});
  std::promise<Outcome> promise;
  auto future = promise.get_future();
  pool.invoke({"id", std::make_shared<const std::string>("x"), {}, {}},
              [&](Outcome outcome) { promise.set_value(std::move(outcome)); });
  const auto outcome = Rig::wait(future);
  REQUIRE(outcome);
  CHECK(outcome->kind == Kind::ServiceError);
  CHECK(outcome->payload == "cannot start " + program.string() + ": No such file or directory");
}

TEST_CASE("a runtime that dies whenever it should take an event is not restarted for ever") {
  // Asks for its first event and hangs up before it can be answered.
  Rig rig;
  const auto starts = rig.directory().path() / "starts";
  rig.directory().write_program(
      "bootstrap",
      "#!/bin/bash\n"
      "echo x >> '" +
          starts.string() +
          "'\n"
          "exec 3<>/dev/tcp/${AWS_LAMBDA_RUNTIME_API/:/\\/}\n"
          "printf 'GET /2018-06-01/runtime/invocation/next HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n' >&3\n"
          "exit 5\n");
  rig.function().command.clear();
  rig.function().runtime = "provided.al2023";
  const auto outcome = rig.call("echo x", "w");
  CHECK(outcome.kind == Kind::FunctionError);
  CHECK(outcome.error_type == "Runtime.ExitError");
  std::ifstream file(starts);
  int count = 0;
  for (std::string line; std::getline(file, line);) ++count;
  CHECK(count >= 1);
  CHECK(count <= 5);
}
