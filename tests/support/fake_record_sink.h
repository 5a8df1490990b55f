// A destination that keeps what it is sent. Levers decide how it answers; looks tell what it got.
// Threads: any; `done` is called by whoever sends, answers or stops, with no lock held.
#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <iterator>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/record_sink.h"

namespace emulator::test {

class FakeRecordSink : public RecordSink {
 public:
  // ---- levers ----
  // The next sends deliver nothing, and say why.
  void fail_next(int sends, std::string problem = "the destination does not answer") {
    std::lock_guard lock(mutex_);
    sends_to_fail_ = sends;
    problem_ = std::move(problem);
  }
  // The next sends deliver only their first `messages` messages.
  void deliver_only(std::size_t messages, int sends = 1,
                    std::string problem = "the rest was refused") {
    std::lock_guard lock(mutex_);
    sends_to_fail_ = sends;
    messages_that_pass_ = messages;
    problem_ = std::move(problem);
  }
  // From now on a send waits for answer_next() or stop().
  void answer_later() {
    std::lock_guard lock(mutex_);
    later_ = true;
  }
  // Answers the send that has waited longest, as it would have been.
  void answer_next() {
    Waiting waiting;
    {
      std::lock_guard lock(mutex_);
      if (waiting_.empty()) throw std::logic_error("no send waits");
      waiting = std::move(waiting_.front());
      waiting_.pop_front();
    }
    answer(std::move(waiting));
  }
  void fail_check(SinkProblem problem) {
    std::lock_guard lock(mutex_);
    check_problem_ = std::move(problem);
  }

  // ---- looks ----
  std::vector<FailureMessage> delivered() const {
    std::lock_guard lock(mutex_);
    return delivered_;
  }
  int sends() const {
    std::lock_guard lock(mutex_);
    return sends_;
  }
  std::size_t waiting() const {
    std::lock_guard lock(mutex_);
    return waiting_.size();
  }
  bool stopped() const {
    std::lock_guard lock(mutex_);
    return stopped_;
  }

  // ---- for pollers ----
  std::optional<SinkProblem> check() override {
    std::lock_guard lock(mutex_);
    return check_problem_;
  }
  void send(std::vector<FailureMessage> messages, Done done) override {
    Waiting waiting{std::move(messages), std::move(done)};
    {
      std::lock_guard lock(mutex_);
      sends_ += 1;
      if (later_ && !stopped_) {
        waiting_.push_back(std::move(waiting));
        return;
      }
    }
    answer(std::move(waiting));
  }
  std::string describe() const override { return "a fake destination"; }
  void stop() override {
    std::deque<Waiting> left;
    {
      std::lock_guard lock(mutex_);
      stopped_ = true;
      left = std::exchange(waiting_, {});
    }
    for (Waiting& waiting : left) answer(std::move(waiting));
  }

 private:
  struct Waiting {
    std::vector<FailureMessage> messages;
    Done done;
  };

  void answer(Waiting waiting) {
    Undelivered undelivered;
    {
      std::lock_guard lock(mutex_);
      auto& messages = waiting.messages;
      std::size_t passing = messages.size();
      if (stopped_) {
        passing = 0;
        undelivered.problem = "klambda stops";
      } else if (sends_to_fail_ > 0) {
        sends_to_fail_ -= 1;
        passing = std::min(passing, messages_that_pass_);
        if (passing < messages.size()) undelivered.problem = problem_;
        if (sends_to_fail_ == 0) messages_that_pass_ = 0;
      }
      const auto end = messages.begin() + static_cast<std::ptrdiff_t>(passing);
      std::move(messages.begin(), end, std::back_inserter(delivered_));
      std::move(end, messages.end(), std::back_inserter(undelivered.messages));
    }
    waiting.done(std::move(undelivered));
  }

  mutable std::mutex mutex_;  // guards everything below
  std::vector<FailureMessage> delivered_;
  std::deque<Waiting> waiting_;
  int sends_ = 0;
  int sends_to_fail_ = 0;
  std::size_t messages_that_pass_ = 0;
  std::string problem_;
  std::optional<SinkProblem> check_problem_;
  bool later_ = false;
  bool stopped_ = false;
};

}  // namespace emulator::test
