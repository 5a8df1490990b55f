// Threads that do one thing each and end; whoever starts the next one sweeps those away that have
// ended. Threads: any. Lifetime: the destructor waits for all of them.
#pragma once

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace emulator {

class Workers {
 public:
  Workers() = default;
  ~Workers() { join(); }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // `work` must not throw. Throws std::system_error when the machine has no thread left.
  void run(std::function<void()> work);
  // Waits until none is at work.
  void join();

 private:
  void sweep();  // with mutex_ held

  std::mutex mutex_;  // guards what follows
  std::condition_variable ended_changed_;
  std::list<std::thread> running_;
  std::list<std::thread> ended_;  // need no lock any more
};

}  // namespace emulator
