// A flag that poll(2) can wait for: eventfd on Linux, a pipe elsewhere.
//
// Threads: signal() any; clear() callers agree among themselves (a session clears under its lock).
#pragma once

namespace runtime_api {

class Wakeup {
 public:
  Wakeup();  // throws std::system_error when the process is out of descriptors
  ~Wakeup();
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  int fd() const { return read_fd_; }  // readable from signal() to clear()
  void signal() const;
  void clear() const;

 private:
  int read_fd_ = -1;
  int write_fd_ = -1;
};

}  // namespace runtime_api
