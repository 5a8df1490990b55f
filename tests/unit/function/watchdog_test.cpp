#include "emulator/function/watchdog.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "emulator/function/platform.h"
#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;

namespace {

// The victim's process and what it printed.
struct Victim {
  pid_t pid = -1;
  int watchdog = 0;
  int handler = 0;
  int child = 0;

  Victim() {
    auto pipe = emulator::platform::make_pipe();
    pid = ::fork();
    if (pid == 0) {
      ::dup2(pipe.write.get(), STDOUT_FILENO);
      ::execl(KLAMBDA_WATCHDOG_VICTIM, KLAMBDA_WATCHDOG_VICTIM, static_cast<char*>(nullptr));
      ::_exit(127);
    }
    pipe.write = emulator::platform::Fd();
    FILE* text = ::fdopen(pipe.read.release(), "r");
    if (::fscanf(text, "%d %d %d", &watchdog, &handler, &child) != 3) handler = 0;
    ::fclose(text);
  }
  void end_with(int signal) {
    ::kill(pid, signal);
    ::waitpid(pid, nullptr, 0);
  }
};

}  // namespace

TEST_CASE("kill -9 leaves neither handler nor its children nor the watchdog") {
  for (const int signal : {SIGKILL, SIGABRT}) {
    Victim victim;
    REQUIRE(victim.handler > 0);
    REQUIRE(victim.child > 0);
    CHECK(process_exists(victim.handler));
    CHECK(process_exists(victim.child));
    victim.end_with(signal);
    CHECK(eventually([&] { return !process_exists(victim.handler); }));
    CHECK(eventually([&] { return !process_exists(victim.child); }));
    CHECK(eventually([&] { return !process_exists(victim.watchdog); }));
  }
}

TEST_CASE("the watchdog does not end before klambda") {
  Victim victim;
  REQUIRE(victim.watchdog > 0);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) REQUIRE(::kill(victim.watchdog, signal) == 0);
  CHECK(process_exists(victim.watchdog));
  victim.end_with(SIGKILL);
  CHECK(eventually([&] { return !process_exists(victim.child); }));
}

TEST_CASE("the watchdog's other descriptors are closed") {
  Victim victim;
  REQUIRE(victim.watchdog > 0);
  int count = 0;
  const auto folder = "/proc/" + std::to_string(victim.watchdog) + "/fd";
  // Its last step before it listens is to close them.
  CHECK(eventually([&] {
    count = 0;
    std::error_code error;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(folder, error))
      ++count;
    return count == 4;
  }));
  victim.end_with(SIGKILL);
}

TEST_CASE("without a watchdog nothing happens") {
  CHECK(emulator::Watchdog::pid() == -1);
  emulator::Watchdog::watch(999'999);
  emulator::Watchdog::forget(999'999);
}
