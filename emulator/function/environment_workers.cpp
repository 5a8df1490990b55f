// What only environments of managed instances have: several invocations at a time, each with a
// timeout of its own that leaves the process alone
// (docs lambda-managed-instances-execution-environment.html).
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/function/environment.h"
#include "emulator/function/report.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using platform_event::Status;
using std::chrono::milliseconds;

// Init is over when the first worker asks for an event; those that come within this time were on
// their way. Meanwhile no other environment is started for invocations that they will take.
constexpr milliseconds kWorkersGrace{2'000};

}  // namespace

// --- under mutex_ ---

int Environment::free_after_answer() {
  const bool free = become_idle();
  if (!managed_) return free ? 1 : 0;
  return grant_room();
}

// The owner may call run() as often as the session has room. Room that is gone by then (a worker
// has ended) is found there.
int Environment::grant_room() {
  if (worn_ || stop_requested_ || (state_ != State::Idle && state_ != State::Busy)) return 0;
  const int room = concurrent_->room();
  workers_seen_ =
      std::clamp(room + static_cast<int>(active_.size()), workers_seen_, max_concurrency_);
  if (!workers_settled_) expected_ = max_concurrency_ - workers_seen_;
  const int more = std::max(room - granted_, 0);
  granted_ += more;
  return more;
}

// --- environment thread ---

void Environment::look_at_workers(Clock::time_point now, Clock::time_point& wake) {
  answer_overdue(now);
  settle_workers(now, wake);
}

void Environment::answer_overdue(Clock::time_point now) {
  std::vector<std::string> overdue;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& active : active_)
      if (active.deadline <= now) overdue.push_back(active.request_id);
  }
  for (const auto& request_id : overdue) answer_overdue(request_id);
}

// Its caller gets the timeout; its worker goes on and is told so when it answers. One that no
// worker has taken goes to another environment.
void Environment::answer_overdue(const std::string& request_id) {
  const bool expired = concurrent_->expire(request_id);
  std::optional<Finished> finished;
  std::optional<Work> untaken;
  int free = 0;
  {
    const std::lock_guard lock(mutex_);
    Active* const active = find_active(request_id);
    if (active == nullptr) return;
    if (!expired) {
      if (active->taken) return;  // answered a moment ago: it is being passed on
      concurrent_->expect_nobody();
      untaken = withdraw(*active);
      if (!untaken && !session_.withdraw(request_id)) return;  // taken a moment ago
    }
    if (!untaken) {
      const std::string text = timeout_text(function_.timeout);
      warn(request_id, text + (expired ? ": its worker goes on" : ": no worker took it"));
      Outcome outcome;
      outcome.kind = Outcome::Kind::FunctionError;
      outcome.error_type = kTimeoutType;
      outcome.payload = failure_payload(kTimeoutType, request_id, text);
      finished = conclude(*active, std::move(outcome), Status::Timeout);
    }
    free = free_after_answer();
  }
  tell_free(free);
  if (finished) finished->done(std::move(finished->outcome));
  if (untaken) owner_.take_back(*std::move(untaken));
}

void Environment::settle_workers(Clock::time_point now, Clock::time_point& wake) {
  int missing = 0;
  {
    const std::lock_guard lock(mutex_);
    if (!was_ready_ || workers_settled_) return;
    const auto settled_at = ready_at_ + kWorkersGrace;
    if (now < settled_at) {
      wake = std::min<Clock::time_point>(wake, settled_at);
      return;
    }
    workers_settled_ = true;
    expected_ = 0;
    missing = max_concurrency_ - workers_seen_;
  }
  if (missing == 0) return;
  log::warn(
      "[{}] its runtime asks for {} events at a time, AWS_LAMBDA_MAX_CONCURRENCY is {}: what is "
      "more goes to another environment",
      function_.name, max_concurrency_ - missing, max_concurrency_);
  owner_.settled();
}

}  // namespace emulator
