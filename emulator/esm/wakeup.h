// Lets one thread sleep until others have something for it, or a time is over.
// notify(): any thread, cheap while the sleeper has not woken up yet. wait(): one thread. A
// notify() before wait() is kept.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace emulator {

class Wakeup {
 public:
  void notify() {
    if (notified_.exchange(true)) return;
    // Taking the lock keeps the notification from falling between the sleeper's look at the flag
    // and its sleep.
    { std::lock_guard lock(mutex_); }
    condition_.notify_one();
  }

  // Until notified, at most `limit`.
  void wait(std::chrono::nanoseconds limit) {
    if (limit > std::chrono::nanoseconds::zero() && !notified_) {
      std::unique_lock lock(mutex_);
      condition_.wait_for(lock, limit, [this] { return notified_.load(); });
    }
    notified_.exchange(false);
  }

 private:
  std::mutex mutex_;
  std::condition_variable condition_;
  std::atomic<bool> notified_{false};
};

}  // namespace emulator
