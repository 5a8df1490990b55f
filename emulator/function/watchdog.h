// A tiny second process that outlives klambda by a moment: it holds one end of a socket pair,
// knows every handler's process group, and kills them all when the other end closes, however
// klambda ended (kill -9, a crash). The parent-death signal reaches a handler itself; this
// reaches its children too, and works where that signal does not exist.
//
// Threads: start() before any thread exists; watch() and forget() from any thread.
// Lifetime: until klambda's process ends. Without start() (tests) the others do nothing.
#pragma once

#include <sys/types.h>

namespace emulator {

class Watchdog {
 public:
  // Forks. Throws std::system_error. A second call does nothing.
  static void start();

  static void watch(pid_t process_group);
  // Call before the group's leader is reaped: from then on its number may belong to somebody else.
  static void forget(pid_t process_group);

  // Ends and reaps it, so that a klambda that ends by itself leaves nothing, not even a zombie.
  // Call when no handler runs.
  static void stop();

  // The watchdog's own process; -1 when not started.
  static pid_t pid();
};

}  // namespace emulator
