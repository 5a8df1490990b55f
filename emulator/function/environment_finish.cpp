// How an environment ends. Without extensions at once; with them in AWS's order and time
// (docs lambda-runtime-environment.html#runtimes-lifecycle-shutdown; rie rapid/shutdown.go).
#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/function/environment.h"
#include "emulator/function/report.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using platform_event::Status;
using runtime_api::ShutdownReason;
using std::chrono::milliseconds;

// The runtime has three tenths of them.
constexpr milliseconds kInternalBudget{500};
constexpr milliseconds kExternalBudget{2'000};
// For what has been printed to reach its subscribers before they are told to end.
constexpr milliseconds kFlushMax{1'000};
constexpr milliseconds kDeliveryInterval{1};
// A runtime that dies whenever it should take an event would otherwise be restarted for ever on
// behalf of one invocation.
constexpr int kWithdrawalsMax = 3;

}  // namespace

void Environment::finish(End end) {
  ending_ = true;
  if (expected_.exchange(0) != 0) owner_.settled();
  if (attached_ && process_ && process_->has_ended())
    log::info("[{}] process {} has detached", function_.name, process_->pid());
  extensions_.any() ? finish_with_extensions(end) : finish_alone(end);
  give_up_tmp(end);
}

void Environment::finish_alone(End end) {
  bool before_ready = false;
  {
    const std::lock_guard lock(mutex_);
    before_ready = state_ == State::Starting;
    state_ = State::Ending;
    thaw();
  }
  // Killed before it is refused: a runtime that waits for its next event would print a stack trace
  // about the refusal.
  if (process_) process_->kill_group();
  extension_processes_.end_all();
  // A process that attached is not refused: it asks again, in another environment.
  if (!attached_) session_.close();
  extensions_.close();
  // Joins the HTTP threads: an answer that was accepted before close() has been delivered when this
  // returns.
  if (api_) api_->stop();
  session_.close();
  drain_extensions();

  ExitStatus exit;
  {
    const std::lock_guard lock(mutex_);
    if (process_) exit = process_->reap();
    drain();
  }
  answer_what_is_left(end, exit);
  telemetry_.stop();
  if (before_ready) finish_init(end, exit);
}

// Whoever waits for an invocation gets his answer before the extensions have their time.
void Environment::finish_with_extensions(End end) {
  const auto begun = Clock::now();
  bool before_ready = false;
  ExitStatus exit;
  {
    const std::lock_guard lock(mutex_);
    before_ready = state_ == State::Starting;
    state_ = State::Ending;
    thaw();
    extension_processes_.set_stopped(false);
    if (process_ && process_->has_ended()) {
      exit = process_->reap();
      runtime_reaped_ = true;
      drain();
    }
  }
  cut_off_answers();
  answer_what_is_left(end, exit);
  if (before_ready) finish_init(end, exit);

  const auto budget = extension_processes_.empty() ? kInternalBudget : kExternalBudget;
  end_runtime(begun + budget * 3 / 10);
  telemetry_.flush(std::min<Clock::time_point>(begun + budget, Clock::now() + kFlushMax));
  shut_down_extensions(end, begun + budget);

  session_.close();
  extensions_.close();
  api_->stop();
  telemetry_.stop();
}

// After this an invocation has its answer, or will never have one of the runtime's.
void Environment::cut_off_answers() {
  {
    const std::lock_guard lock(mutex_);
    if (active_.empty()) return;
  }
  session_.close();
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      const bool answering = std::any_of(active_.begin(), active_.end(), [this](const auto& each) {
        return each.taken && !session_.is_running(each.request_id);
      });
      if (!answering) return;
    }
    std::this_thread::sleep_for(kDeliveryInterval);  // accepted a moment ago: it is being passed on
  }
}

void Environment::answer_what_is_left(End end, const ExitStatus& exit) {
  std::vector<Work> untaken;
  std::vector<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    const bool idle =
        was_ready_ && !closing_ &&
        std::none_of(active_.begin(), active_.end(), [](const Active& each) { return each.taken; });
    while (!active_.empty()) {
      Active& active = active_.front();
      auto work = withdraw(active);
      if (work)
        untaken.push_back(*std::move(work));
      else
        finished.push_back(end_active(active, end, exit));
    }
    end_closing(end);
    if (idle && end == End::Exited && !attached_) {
      log::info("[{}] an idle environment ended ({}): the next invocation starts another",
                function_.name, exit.text());
    }
  }
  for (auto& each : finished) each.done(std::move(each.outcome));
  // Each goes to the front of the queue: the oldest is its first then.
  std::for_each(untaken.rbegin(), untaken.rend(),
                [this](Work& work) { owner_.take_back(std::move(work)); });
}

Environment::Finished Environment::end_active(Active& active, End end, const ExitStatus& exit) {
  const std::string id = active.request_id;
  Outcome outcome;
  if (end == End::Stop) {
    outcome.kind = Outcome::Kind::Cancelled;
    outcome.request_id = id;
    Finished finished{std::move(active.done), std::move(outcome)};
    erase(active);
    return finished;
  }
  outcome.kind = Outcome::Kind::FunctionError;
  std::string text = exit_text(exit);
  outcome.error_type = kExitType;
  if (end == End::Timeout) {
    text = timeout_text(function_.timeout);
    outcome.error_type = kTimeoutType;
  } else if (end == End::ExtensionFailed) {
    text = extension_failure_->message;
    outcome.error_type = extension_failure_->error_type;
  }
  warn(id, text + ": its environment is replaced");
  outcome.payload = failure_payload(outcome.error_type, id, text);
  // AWS tells its caller of the signal, and telemetry of the reason.
  if (end == End::OutOfMemory) outcome.error_type = kOutOfMemoryType;
  auto finished =
      conclude(active, std::move(outcome), end == End::Timeout ? Status::Timeout : Status::Error);
  if (end == End::OutOfMemory) finished.outcome.error_type = kExitType;
  emit_fault(end, id);
  return finished;
}

// Its caller has the answer; what is left is to report how it ended.
void Environment::end_closing(End end) {
  if (!closing_) return;
  auto& done = closing_->done;
  if (end == End::Timeout) {
    warn(done.request_id,
         "extensions or runtime did not ask for the next event within the "
         "function's timeout: its environment is replaced");
    done.status = Status::Timeout;
    done.error_type = kTimeoutType;
  } else if (end != End::Stop) {
    done.status = Status::Error;
    done.error_type =
        end == End::ExtensionFailed ? extension_failure_->error_type : std::string(kExitType);
  }
  const auto now = Clock::now();
  if (!closing_->runtime_asked) emit_runtime_done(done, now);
  closing_->runtime_asked = now;
  closing_->extensions_owe = false;
  close_invocation();
}

// Under mutex_. Nullopt: the runtime has taken it, or too many environments have not.
std::optional<Work> Environment::withdraw(Active& active) {
  if (active.started || active.withdrawals >= kWithdrawalsMax) return std::nullopt;
  auto invocation = session_.withdraw(active.request_id);
  if (!invocation) return std::nullopt;
  Work work;
  work.request.request_id = std::move(invocation->request_id);
  work.request.payload = std::move(invocation->payload);
  work.request.client_context = std::move(invocation->client_context);
  work.request.trace_id = std::move(invocation->trace_id);
  work.request.invoked_arn = std::move(invocation->invoked_function_arn);
  work.request.sink = std::move(invocation->sink);
  work.done = std::move(active.done);
  work.withdrawals = active.withdrawals + 1;
  erase(active);
  return work;
}

void Environment::warn(std::string_view request_id, std::string_view what) const {
  log::warn("[{}] request {}: {}", function_.name, request_id, what);
}

void Environment::end_runtime(Clock::time_point until) {
  if (!process_) return;
  process_->terminate_group();
  wait_until([this] { return process_->has_ended(); }, until);
  process_->kill_group();
  const std::lock_guard lock(mutex_);
  process_->reap();
  runtime_reaped_ = true;
  drain();
}

void Environment::shut_down_extensions(End end, Clock::time_point until) {
  if (extension_processes_.empty()) return;
  std::vector<std::string> subscribers;
  for (const auto& extension : extensions_.infos()) {
    const bool alive = extension.state != runtime_api::ExtensionState::InitError &&
                       extension.state != runtime_api::ExtensionState::ExitError;
    if (extension.shutdown && alive) subscribers.push_back(extension.name);
  }
  extension_processes_.kill_all_but(subscribers);
  auto reason = ShutdownReason::Failure;
  if (end == End::Stop || end == End::Expired) reason = ShutdownReason::Spindown;
  if (end == End::Timeout || end == End::InitTimeout || end == End::Stuck)
    reason = ShutdownReason::Timeout;
  const auto deadline =
      std::chrono::system_clock::now() +
      std::chrono::duration_cast<milliseconds>(std::max<Clock::duration>(until - Clock::now(), {}));
  telemetry_.hurry();
  extensions_.shut_down(
      reason, std::chrono::duration_cast<milliseconds>(deadline.time_since_epoch()).count());
  wait_until(
      [this] {
        while (const auto ended = extension_processes_.next_ended())
          extensions_.exited(ended->name);
        return extension_processes_.all_ended();
      },
      until);
  extension_processes_.end_all();
  drain_extensions();
}

void Environment::wait_until(const std::function<bool()>& over, Clock::time_point until) {
  for (;;) {
    {
      const std::lock_guard lock(mutex_);
      drain();
    }
    drain_extensions();
    if (over() || Clock::now() >= until) return;
    wait(until);
  }
}

}  // namespace emulator
