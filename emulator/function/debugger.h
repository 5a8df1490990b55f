// Whether a process stands still because somebody debugs it: stopped by a signal (state T or t in
// /proc), held by a tracer (gdb, strace), or under a debugger that lives inside of it (debugpy and
// pydevd, Node's inspector, the JVM's JDWP) and without work. The last is a guess: a handler that
// waits for a network under such a debugger looks the same.
//
// Owned by one thread. On systems without /proc nothing ever stands still.
#pragma once

#include <sys/types.h>

#include <chrono>

namespace emulator {

class DebuggerWatch {
 public:
  explicit DebuggerWatch(pid_t pid) : pid_(pid) {}

  // Now, and since the last call.
  bool stands_still();

 private:
  bool has_inner_debugger();

  const pid_t pid_;
  bool inner_debugger_ = false;  // once seen, it stays
  long long cpu_ticks_ = -1;     // of the last call
};

}  // namespace emulator
