// A stand-in for klambda that the watchdog's tests kill: starts the watchdog, then a handler that
// has a child of its own, and prints three process ids: watchdog, handler, child.
#include <unistd.h>

#include <cstdio>
#include <string>
#include <variant>

#include "emulator/function/process.h"
#include "emulator/function/watchdog.h"

int main() {
  using namespace emulator;
  Watchdog::start();
  LaunchPlan plan;
  plan.executable = "/bin/sh";
  plan.arguments = {"-c", "sleep 1000 & echo $!; wait"};
  plan.working_directory = "/";
  plan.environment = {{"PATH", "/usr/bin:/bin"}};
  auto launched = Process::launch(plan, {});
  auto* process = std::get_if<std::unique_ptr<Process>>(&launched);
  if (process == nullptr) return 1;
  std::string child;
  char byte = 0;
  while (child.empty() || child.back() != '\n') {
    if (::read((*process)->output_fd(), &byte, 1) == 1) child += byte;
  }
  std::printf("%d %d %s", Watchdog::pid(), (*process)->pid(), child.c_str());
  std::fflush(stdout);
  for (;;) ::pause();
}
