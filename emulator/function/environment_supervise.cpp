// What the environment's own thread watches: output, ends, deadlines.
#include <poll.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "emulator/function/environment.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

// A runtime that has posted its init error goes on to print a trace and to exit by itself; so does
// an extension.
constexpr milliseconds kErrorExitGrace{500};
// An accepted answer is about to be delivered by the thread that received it; a system without a
// descriptor for processes asks for the end at this interval; and a subscriber of telemetry may
// have caught up.
constexpr milliseconds kRecheckInterval{10};
// How often it is looked whether a debugger holds the runtime.
constexpr milliseconds kDebuggerInterval{100};

int poll_timeout(std::chrono::steady_clock::time_point wake,
                 std::chrono::steady_clock::time_point now) {
  constexpr milliseconds kMax{3'600'000};
  const auto left = std::chrono::ceil<milliseconds>(
      std::max(wake - now, std::chrono::steady_clock::duration::zero()));
  return static_cast<int>(std::min(left, kMax).count());
}

}  // namespace

Environment::End Environment::supervise() {
  for (;;) {
    Clock::time_point wake;
    End end = End::None;
    bool start_runtime = false;
    bool in_pool = true;
    const auto now = Clock::now();
    {
      const std::lock_guard lock(mutex_);
      if (!telemetry_.congested()) drain();
      end = look(now, wake);
      start_runtime = end == End::None && runtime_may_start_ && !process_;
      in_pool = !worn_;
      extension_processes_.set_stopped(frozen_);
    }
    drain_extensions();
    check_tmp(now, wake);
    if (end == End::None) end = check_memory(now, wake);
    if (end == End::None) managed_ ? look_at_workers(now, wake) : settle_closing(now, wake);
    // An expired environment may have been given an invocation a moment ago; then it is not idle at
    // the next look.
    if (end == End::Expired && in_pool && !retire()) {
      end = End::None;
      wake = Clock::now() + kRecheckInterval;
    }
    if (start_runtime) end = launch_runtime();
    if (end != End::None) return end;
    if (!start_runtime) wait(wake);
    if (end = look_at_ends(); end != End::None) return end;
  }
}

// One of managed instances gives back what it is run with from now on: the owner may have taken it
// several times, or not at all when its workers have gone.
bool Environment::retire() {
  if (!managed_) return owner_.retire_idle(*this);
  {
    const std::lock_guard lock(mutex_);
    if (!active_.empty()) return false;
    state_ = State::Ending;
  }
  owner_.retire_idle(*this);
  return true;
}

void Environment::rely_on_expected() {
  if (!managed_ && !relied_on_.exchange(true)) wakeup_.notify();
}

void Environment::arrived() {
  if (managed_) return;
  expected_ = 0;
  relied_on_ = false;
}

void Environment::settle_closing(Clock::time_point now, Clock::time_point& wake) {
  if (!relied_on_) return;
  {
    const std::lock_guard lock(mutex_);
    if (!closing_) return;
    const auto settled_at = closing_->answered + options_.closing_grace;
    if (now < settled_at) {
      wake = std::min<Clock::time_point>(wake, settled_at);
      return;
    }
    expected_ = 0;
    relied_on_ = false;
  }
  owner_.settled();
}

// Of the runtime, or of an extension, which is as fatal
// (docs runtimes-extensions-api.html#runtimes-extensions-api-failure).
Environment::End Environment::look_at_ends() {
  if (process_ && process_->has_ended()) {
    const std::lock_guard lock(mutex_);
    if (stop_requested_) return End::Stop;
    if (extension_failure_) return End::ExtensionFailed;
    return init_error_ ? End::InitError : End::Exited;
  }
  const auto ended = extension_processes_.next_ended();
  if (!ended) return End::None;
  extensions_.exited(ended->name);
  drain_extensions();
  const std::lock_guard lock(mutex_);
  if (stop_requested_) return End::Stop;
  // rie rapid/handlers.go: watchEvents
  const std::string text =
      ended->exit.text() == "exit status 0" ? "exit code 0" : ended->exit.text();
  if (!extension_failure_) extension_failure_ = {"Extension.Crash", text};
  log::warn("[{}] extension {} ended ({}): its environment is replaced", function_.name,
            ended->name, ended->exit.text());
  return End::ExtensionFailed;
}

// Decides under the lock whether something is over, and else until when nothing can be. Once the
// runtime is ready, never later than one function timeout from now: an invocation that begins after
// this look has its deadline after the next one, so that offering and taking it need not wake this
// thread.
Environment::End Environment::look(Clock::time_point now, Clock::time_point& wake) {
  if (stop_requested_) return End::Stop;
  if (init_error_) {
    wake = init_error_at_ + kErrorExitGrace;
    return now >= wake ? End::InitError : End::None;
  }
  if (extension_failure_) {
    wake = extension_failed_at_ + kErrorExitGrace;
    return now >= wake ? End::ExtensionFailed : End::None;
  }
  if (worn_ && active_.empty() && !closing_) return End::Expired;
  hold_deadline(now);
  const bool debugs = options_.environments.debug;
  if (attached_ && state_ != State::Busy) {  // as long as it likes
    wake = now + (debugs ? milliseconds(kDebuggerInterval) : milliseconds(function_.timeout));
    return End::None;
  }
  if (state_ == State::Starting) {
    wake = launched_ + (repeats_init_ ? milliseconds(function_.timeout) : init_limit_);
    if (now < wake) return End::None;
    return repeats_init_ ? End::Timeout : End::InitTimeout;
  }
  if (state_ == State::Busy) {
    const End end = look_at_invocation(now, wake);
    if (debugs) wake = std::min<Clock::time_point>(wake, now + kDebuggerInterval);
    return end;
  }
  const auto expiry = idle_since_ + options_.idle_timeout;
  if (now >= expiry) return End::Expired;
  wake = std::min<Clock::time_point>(expiry, now + function_.timeout);
  if (debugs) wake = std::min<Clock::time_point>(wake, now + kDebuggerInterval);
  return End::None;
}

Environment::End Environment::look_at_invocation(Clock::time_point now, Clock::time_point& wake) {
  const auto deadline = next_deadline(now);
  wake = std::min<Clock::time_point>(deadline, now + options_.idle_timeout);
  if (now < deadline || managed_) return End::None;  // answer_overdue() ends one of several
  if (active_.empty()) return End::Timeout;  // the function's timeout is the extensions', too
  const Active& active = active_.front();
  if (!active.taken) return active.started ? End::Timeout : End::Stuck;
  if (session_.is_running(active.request_id)) return End::Timeout;
  wake = now + kRecheckInterval;
  return End::None;
}

Environment::Clock::time_point Environment::next_deadline(Clock::time_point now) const {
  if (active_.empty()) return closing_->deadline;
  if (!managed_) return active_.front().deadline;
  Clock::time_point next = now + function_.timeout;
  for (const auto& active : active_) next = std::min(next, active.deadline);
  return std::max<Clock::time_point>(next, now + kRecheckInterval);
}

// With --debug: while the runtime stands still in a debugger, its invocation's time does not pass.
void Environment::hold_deadline(Clock::time_point now) {
  if (!options_.environments.debug || !process_ || process_->pid() == 0) return;
  if (!debugger_) debugger_.emplace(process_->pid());
  const auto before = std::exchange(debugger_seen_, now);
  if (!debugger_->stands_still()) return;
  for (auto& active : active_) {
    if (!active.taken) continue;
    active.deadline += now - std::max(before, active.since);
    if (std::exchange(active.held, true)) continue;
    log::info("[{}] request {}: process {} stands still in a debugger: its deadline waits",
              function_.name, active.request_id, process_->pid());
  }
}

void Environment::wait(Clock::time_point wake) {
  std::vector<pollfd> fds{{wakeup_.fd(), POLLIN, 0}};
  const auto now = Clock::now();
  bool recheck = !extension_processes_.ends_can_be_polled();
  {
    const std::lock_guard lock(mutex_);
    if (process_ && !runtime_reaped_) {
      fds.push_back({process_->exit_fd(), POLLIN, 0});
      recheck = recheck || process_->end_must_be_asked_for();
    }
    if (process_ && output_open_) {
      // Not read while subscribers of telemetry do not keep up: the function waits for its pipe.
      const bool congested = telemetry_.congested();
      recheck = recheck || congested;
      if (!congested) fds.push_back({process_->output_fd(), POLLIN, 0});
    }
  }
  extension_processes_.add_to(fds);
  if (recheck) wake = std::min<Clock::time_point>(wake, now + kRecheckInterval);
  ::poll(fds.data(), static_cast<nfds_t>(fds.size()), poll_timeout(wake, now));
  if ((fds[0].revents & POLLIN) != 0) wakeup_.drain();
}

void Environment::drain_extensions() {
  if (extension_processes_.empty()) return;
  const std::lock_guard lock(mutex_);
  extension_processes_.drain([this](std::string_view, std::string_view line) {
    output_.extension_line(line);
    telemetry_.line(runtime_api::TelemetryType::Extension, std::chrono::system_clock::now(), line);
  });
  output_.write();
}

}  // namespace emulator
