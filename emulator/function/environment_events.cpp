// What the runtime does, seen from its environment: the session's callbacks, on HTTP threads.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "emulator/function/environment.h"

namespace emulator {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

void Environment::on_ready() {
  WarmUpDone warm_up_done;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Starting || stop_requested_) return;
    const auto now = Clock::now();
    if (bound_) {
      const auto left = launched_ + function_.timeout - now;
      auto work = *std::exchange(bound_, std::nullopt);
      offer(std::move(work), std::max(std::chrono::ceil<milliseconds>(left), milliseconds{1}));
      return;
    }
    init_duration_ = duration_cast<microseconds>(now - launched_);
    idle_since_ = now;
    state_ = State::Idle;
    warm_up_done = std::exchange(warm_up_done_, nullptr);
  }
  wakeup_.notify();  // from the init limit to the limits of invocations
  owner_.became_ready(*this);
  if (warm_up_done) warm_up_done(std::nullopt);
}

void Environment::on_taken(const runtime_api::Invocation& invocation) {
  const std::lock_guard lock(mutex_);
  if (!active_ || active_->request_id != invocation.request_id) return;
  active_->taken = true;
  if (active_->started) return;
  drain();  // printed before this invocation
  active_->started = true;
  active_->since = Clock::now();
  active_->deadline = active_->since + function_.timeout;
  print_start(invocation.request_id);
}

void Environment::on_answered(const std::string& request_id, runtime_api::Answer answer) {
  using Kind = runtime_api::Answer::Kind;
  std::optional<Finished> finished;
  bool free = false;
  {
    const std::lock_guard lock(mutex_);
    if (!active_ || active_->request_id != request_id) return;
    Outcome outcome;
    auto status = ReportStatus::Success;
    if (answer.kind != Kind::Response) {
      outcome.kind = Outcome::Kind::FunctionError;
      status = ReportStatus::Error;
    }
    outcome.payload = std::move(answer.payload);
    outcome.error_type = std::move(answer.error_type);
    finished = conclude(std::move(outcome), status);
    free = state_ == State::Busy;
    if (free) {
      state_ = State::Idle;
      idle_since_ = Clock::now();
    }
  }
  // First free, then done: who asks for the next invocation from within `done` finds this
  // environment.
  if (free) owner_.became_free(*this);
  finished->done(std::move(finished->outcome));
}

void Environment::on_init_error(runtime_api::InitError error) {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Starting) return;
    init_error_ = std::move(error);
    init_error_at_ = Clock::now();
  }
  wakeup_.notify();
}

}  // namespace emulator
