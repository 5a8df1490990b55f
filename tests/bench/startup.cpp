// startup PORT FUNCTION PROGRAM ARGUMENTS...: starts the program and prints how many milliseconds
// later its first invocation on PORT was answered and what was resident then, as JSON; then stops
// it with SIGTERM and waits.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>

#include "tests/bench/raw_http.h"

int main(int argc, char** argv) {
  if (argc < 4) bench::die("usage: startup PORT FUNCTION PROGRAM ARGUMENTS...");
  const auto port = bench::port_of(argv[1]);
  const std::string request =
      "POST /2015-03-31/functions/" + std::string(argv[2]) +
      "/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  const auto start = bench::clock_ns(CLOCK_MONOTONIC);
  pid_t child = 0;
  if (posix_spawn(&child, argv[3], &actions, nullptr, argv + 3, environ) != 0)
    bench::die(std::string("cannot start ") + argv[3]);
  int fd = -1;
  while ((fd = bench::try_connect(port)) < 0) {
    if (waitpid(child, nullptr, WNOHANG) == child) bench::die("the program ended before it served");
    if (bench::clock_ns(CLOCK_MONOTONIC) - start > 20'000'000'000)
      bench::die("nothing served within 20 s");
    usleep(100);
  }
  bench::Connection connection(fd);
  connection.send(request, "{}");
  if (!connection.read_head()) bench::die("no answer");
  const auto answered = bench::clock_ns(CLOCK_MONOTONIC);
  const bool good = connection.head().starts_with("HTTP/1.1 200");
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
  if (!good) bench::die("the first invocation failed: " + std::string(connection.head()));
  std::printf("{\"ms\": %.2f}\n", static_cast<double>(answered - start) / 1e6);
}
