// How other threads reach a poller: answers of functions and destinations and requests to stop are
// left here, and the poller wakes up. Its work is done at its own pace, on its own thread.
//
// Threads: any; drain() and wait() are the poller's. Lifetime: shared, because an invocation that
// was abandoned may answer after its poller has gone.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/esm/record_sink.h"
#include "emulator/esm/wakeup.h"
#include "emulator/function/invoker.h"

namespace emulator {

// What a batch's way ended in, for now: the function's answer, or the destination's.
struct Completion {
  std::uint64_t work_id = 0;
  std::variant<Outcome, Undelivered> answer;
};

class Inbox {
 public:
  void post(Completion completion) {
    {
      std::lock_guard lock(mutex_);
      completions_.push_back(std::move(completion));
    }
    wakeup_.notify();
  }

  std::vector<Completion> drain() {
    std::lock_guard lock(mutex_);
    return std::exchange(completions_, {});
  }

  void request_finish() {
    finish_requested_ = true;
    wakeup_.notify();
  }
  void request_abandon() {
    abandon_requested_ = true;
    wakeup_.notify();
  }
  bool finish_requested() const { return finish_requested_; }
  bool abandon_requested() const { return abandon_requested_; }

  void notify() { wakeup_.notify(); }
  void wait(std::chrono::nanoseconds limit) { wakeup_.wait(limit); }

 private:
  std::mutex mutex_;
  std::vector<Completion> completions_;  // guarded by mutex_; at most one a batch under way
  std::atomic<bool> finish_requested_{false};
  std::atomic<bool> abandon_requested_{false};
  Wakeup wakeup_;
};

}  // namespace emulator
