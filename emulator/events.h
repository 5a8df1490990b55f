// What wakes the main thread: Ctrl-C and SIGTERM, and changes that other threads announce. A pipe
// carries both, because a signal handler may do no more than write.
//
// One object in the program (signal handlers know it), made in main before any thread; notify()
// from any thread.
#pragma once

#include <chrono>
#include <optional>

namespace emulator {

enum class Event { Interrupted, Changed, TimedOut };

class MainEvents {
 public:
  MainEvents();   // installs the handlers
  // The program is at its end and its exit code known: signals are ignored from here on, for one
  // that came now would put its own number in that code's place.
  ~MainEvents();
  MainEvents(const MainEvents&) = delete;
  MainEvents& operator=(const MainEvents&) = delete;

  void notify();
  // Interrupted comes before Changed; several changes may be reported as one.
  Event wait(std::optional<std::chrono::milliseconds> timeout);

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
};

}  // namespace emulator
