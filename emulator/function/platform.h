// What only some systems have, each with a portable way beside it: process descriptors, wake-ups,
// preparing a child. Everything else in this library is POSIX.
//
// Threads: any. prepare_child() runs between fork and exec, where only async-signal-safe calls
// are allowed.
#pragma once

#include <sys/types.h>

#include <string_view>

namespace emulator::platform {

// A file descriptor that closes itself; -1 is none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(other.release()) {}
  Fd& operator=(Fd&& other) noexcept;
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd();

  int get() const { return fd_; }
  int release();

 private:
  int fd_ = -1;
};

struct PipeEnds {
  Fd read;
  Fd write;
};
// Both ends close on exec. Throws std::system_error.
PipeEnds make_pipe();
void set_nonblocking(int fd);

// Wakes a thread that polls fd().
class Wakeup {
 public:
  Wakeup();
  void notify();
  void drain();
  int fd() const { return read_.get(); }

 private:
  Fd read_;
  Fd write_;  // stays empty with an eventfd, which is its own write end
};

// Readable once the process has ended; empty where the system has none (then ask try_reap() at
// intervals).
Fd open_process(pid_t pid);

// In the child, before exec: a process group of its own, default signals, no descriptor but 0, 1
// and 2 after exec, and death together with the thread that launched it. `parent` is the launching
// process.
void prepare_child(pid_t parent) noexcept;

// As many open descriptors as this user may have: an environment needs a dozen. What is launched
// gets the limit that klambda itself was started with. Before the first launch.
void raise_descriptor_limit() noexcept;

void close_descriptors_from(int first, int except) noexcept;

// Shown by ps and debuggers; cut to what the system takes.
void set_thread_name(std::string_view name);

// The process's peak resident memory, read from an open descriptor of its status file; 0 when it
// cannot be had.
Fd open_memory_status(pid_t pid);
int read_peak_memory_kb(int status_fd);
// ru_maxrss counts kilobytes on Linux, bytes on macOS.
int peak_memory_kb(long ru_maxrss);

}  // namespace emulator::platform
