// One process: what it inherits, where it runs, how its end is told.
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "emulator/function/process.h"
#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using emulator::LaunchFailure;
using emulator::LaunchPlan;
using emulator::Process;

namespace {

LaunchPlan shell(const TemporaryDirectory& directory, const std::string& script) {
  LaunchPlan plan;
  plan.executable = "/bin/sh";
  plan.arguments = {"-c", script};
  plan.working_directory = directory.path();
  plan.environment = {{"PATH", "/usr/bin:/bin"}};
  return plan;
}

std::string failure_of(const LaunchPlan& plan) {
  auto launched = Process::launch(plan, {});
  const auto* failure = std::get_if<LaunchFailure>(&launched);
  return failure != nullptr ? failure->message : "";
}

}  // namespace

TEST_CASE(
    "a handler sees descriptors 0, 1 and 2 only, an empty standard input and default signals") {
  const int leaked = ::open("/dev/null", O_RDONLY);  // not close-on-exec
  REQUIRE(leaked != -1);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const auto previous = ::signal(SIGPIPE, SIG_IGN);
  {
    Rig rig;
    // 3 is the connection that it has opened itself.
    CHECK(rig.answer("descriptors") == "0 1 2 3");
    CHECK(rig.answer("stdin") == "0");
    CHECK(rig.answer("signals") == "open default");
    CHECK(rig.answer("cwd") == std::filesystem::canonical(rig.directory().path()).string());
  }
  ::signal(SIGPIPE, previous);
  ::pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  ::close(leaked);
}

TEST_CASE("a tool runs to its end and its output comes back") {
  const TemporaryDirectory directory;
  const auto result = emulator::run_tool(shell(directory, "echo out; echo err >&2; pwd; exit 4"),
                                         std::chrono::seconds(20));
  REQUIRE(result.exit);
  CHECK_FALSE(result.exit->signalled);
  CHECK(result.exit->code == 4);
  CHECK(result.output ==
        "out\nerr\n" + std::filesystem::canonical(directory.path()).string() + "\n");
}

TEST_CASE("a tool that takes too long is killed") {
  const TemporaryDirectory directory;
  const auto result = emulator::run_tool(shell(directory, "echo begun; sleep 1000 & sleep 1000"),
                                         std::chrono::seconds(1));
  CHECK_FALSE(result.exit);
  CHECK(contains(result.output, "begun"));
}

TEST_CASE("the environment is the plan's and nothing else") {
  const TemporaryDirectory directory;
  REQUIRE(::setenv("KLAMBDA_TEST_SECRET", "x", 1) == 0);
  auto plan = shell(directory, "env");
  plan.environment.emplace_back("GREETING", "a=b c");
  const auto result = emulator::run_tool(plan, std::chrono::seconds(20));
  ::unsetenv("KLAMBDA_TEST_SECRET");
  CHECK(contains(result.output, "GREETING=a=b c\n"));
  CHECK_FALSE(contains(result.output, "KLAMBDA_TEST_SECRET"));
}

TEST_CASE("a launch that fails names what was tried") {
  const TemporaryDirectory directory;
  auto plan = shell(directory, "true");
  plan.executable = directory.path() / "missing";
  CHECK(failure_of(plan) ==
        "cannot start " + plan.executable.string() + ": No such file or directory");
  plan.executable = directory.write("data", "not a program");
  CHECK(failure_of(plan) == "cannot start " + plan.executable.string() + ": Permission denied");
  plan.executable = "sh";
  CHECK(contains(failure_of(plan), "not an absolute path"));
  plan.executable = "/bin/sh";
  plan.working_directory = directory.path() / "gone";
  CHECK(failure_of(plan) ==
        "cannot start /bin/sh in " + plan.working_directory.string() + ": no such directory");
}

TEST_CASE("the end of a process is told with its cause and takes its group along") {
  const TemporaryDirectory directory;
  auto launched = Process::launch(shell(directory, "sleep 1000 & echo $!; exit 3"), {});
  auto* process = std::get_if<std::unique_ptr<Process>>(&launched);
  REQUIRE(process != nullptr);
  REQUIRE(eventually([&] { return (*process)->has_ended(); }));
  std::string output(64, '\0');
  const auto got = ::read((*process)->output_fd(), output.data(), output.size());
  REQUIRE(got > 0);
  const auto child = static_cast<pid_t>(std::atoi(output.c_str()));
  CHECK(process_exists(child));
  CHECK((*process)->reap().text() == "exit status 3");
  CHECK(eventually([&] { return !process_exists(child); }));
}

TEST_CASE("launches at the same time neither hang nor see each other's pipes") {
  const TemporaryDirectory directory;
  std::vector<std::thread> threads;
  std::vector<std::string> outputs(8);
  for (auto& output : outputs) {
    threads.emplace_back([&] {
      for (int i = 0; i < 5; ++i) {
        output += emulator::run_tool(shell(directory, "ls /proc/self/fd | tr '\\n' ' '"),
                                     std::chrono::seconds(20))
                      .output;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  // 3 is the directory that ls reads.
  for (const auto& output : outputs) CHECK(output == "0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 0 1 2 3 ");
}
