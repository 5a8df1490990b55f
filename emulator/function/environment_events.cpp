// What the runtime and the extensions do, seen from their environment: the callbacks of session,
// extensions and telemetry, on HTTP threads.
#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <utility>

#include "emulator/function/environment.h"
#include "emulator/observe/log.h"

namespace emulator {

using platform_event::Status;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

void Environment::on_ready() {
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Starting || stop_requested_) return;
    runtime_init_done_ = true;
    emit_init_runtime_done(Status::Success, {});
  }
  if (extensions_.close_registration()) complete_init();
}

// The runtime and every extension have asked for their first event.
void Environment::complete_init() {
  WarmUpDone warm_up_done;
  int more = 0;
  {
    const std::lock_guard lock(mutex_);
    if (state_ != State::Starting || stop_requested_) return;
    const auto now = Clock::now();
    was_ready_ = true;
    emit_init_report(Status::Success, duration_cast<microseconds>(now - launched_), {});
    telemetry_.close_subscriptions();
    if (bound_) {
      const auto left = launched_ + function_.timeout - now;
      auto work = *std::exchange(bound_, std::nullopt);
      offer(std::move(work), std::max(std::chrono::ceil<milliseconds>(left), milliseconds{1}));
    } else {
      init_duration_ = duration_cast<microseconds>(now - launched_);
      idle_since_ = now;
      state_ = State::Idle;
      freeze();
      warm_up_done = std::exchange(warm_up_done_, nullptr);
      if (managed_) {
        ready_at_ = now;
        granted_ = 1;
        more = grant_room();
      }
    }
  }
  if (repeats_init_) return session_.hand_over();
  wakeup_.notify();  // from the init limit to the limits of invocations
  owner_.became_ready(*this);
  tell_free(more);
  // Only now, so that whoever reads it finds it so.
  if (attached_) {
    log::info("[{}] {} has attached: it gets the function's invocations", function_.name,
              attached_->pid ? "process " + std::to_string(*attached_->pid) : "a process");
  }
  if (warm_up_done) warm_up_done(std::nullopt);
}

void Environment::on_taken(const runtime_api::Invocation& invocation) {
  runtime_api::InvokeEvent event;
  {
    const std::lock_guard lock(mutex_);
    Active* const active = find_active(invocation.request_id);
    if (active == nullptr) return;
    active->taken = true;
    if (!active->started) {
      drain();  // printed before this invocation
      active->started = true;
      active->since = Clock::now();
      active->deadline = active->since + function_.timeout;
      emit_start({active->request_id, function_.version, active->tracing});
    }
    if (!extensions_.wants_invoke()) return;
    active->extensions_owe = true;
    event.request_id = invocation.request_id;
    event.invoked_function_arn = invocation.invoked_function_arn;
    event.trace_id = invocation.trace_id;
    const auto deadline = std::chrono::system_clock::now() + (active->deadline - Clock::now());
    event.deadline_epoch_ms = duration_cast<milliseconds>(deadline.time_since_epoch()).count();
  }
  if (!extensions_.begin_invocation(event)) on_extensions_done();
}

void Environment::on_answered(const std::string& request_id, runtime_api::Answer answer) {
  using Kind = runtime_api::Answer::Kind;
  std::optional<Finished> finished;
  int free = 0;
  {
    const std::lock_guard lock(mutex_);
    Active* const active = find_active(request_id);
    if (active == nullptr) return;
    Outcome outcome;
    auto status = Status::Success;
    if (answer.kind != Kind::Response) {
      outcome.kind = Outcome::Kind::FunctionError;
      status = Status::Error;
    }
    outcome.payload = std::move(answer.payload);
    outcome.error_type = std::move(answer.error_type);
    active->streamed_bytes = answer.streamed_bytes;
    if (!managed_ && (active->extensions_owe || telemetry_.has_subscribers())) {
      finished = answer_early(*active, std::move(outcome), status, answer.began);
    } else {
      finished = conclude(*active, std::move(outcome), status, answer.began);
      free = free_after_answer();
    }
  }
  // First free, then done: who asks for the next invocation from within `done` finds this
  // environment.
  tell_free(free);
  finished->done(std::move(finished->outcome));
}

void Environment::tell_free(int times) {
  for (; times > 0; --times) owner_.became_free(*this);
}

// The runtime has asked for the event after the one that it has answered; one of several workers
// has asked for an event.
void Environment::on_asked() {
  if (managed_) {
    int more = 0;
    {
      const std::lock_guard lock(mutex_);
      more = grant_room();
    }
    return tell_free(more);
  }
  bool free = false;
  {
    const std::lock_guard lock(mutex_);
    if (!closing_ || closing_->runtime_asked) return freeze();
    drain();
    const auto now = Clock::now();
    emit_runtime_done(closing_->done, now);
    closing_->runtime_asked = now;
    free = close_invocation();
    freeze();
  }
  if (free) owner_.became_free(*this);
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

void Environment::on_extensions_registered() {
  {
    const std::lock_guard lock(mutex_);
    runtime_may_start_ = true;
  }
  wakeup_.notify();
}

void Environment::on_extensions_done() {
  bool free = false;
  {
    const std::lock_guard lock(mutex_);
    for (auto& active : active_) active.extensions_owe = false;
    if (closing_) {
      closing_->extensions_owe = false;
      free = close_invocation();
      if (free) freeze();
    }
  }
  if (free) owner_.became_free(*this);
}

void Environment::on_extension_failed(const runtime_api::ExtensionFailure& failure) {
  const bool init = failure.phase == runtime_api::ExtensionFailure::Phase::Init;
  {
    const std::lock_guard lock(mutex_);
    if (state_ == State::Ending || extension_failure_) return;
    extension_failure_ = {init ? "Extension.InitError" : "Extension.ExitError",
                          "extension " + failure.name + " reported " + failure.error_type};
    extension_failed_at_ = Clock::now();
  }
  log::warn("[{}] extension {} reported {} ({}): its environment is replaced", function_.name,
            failure.name, failure.error_type, init ? "init/error" : "exit/error");
  wakeup_.notify();
}

void Environment::on_subscribed(const std::string& extension,
                                const runtime_api::TelemetrySubscription& subscription) {
  std::vector<std::string> types;
  for (const auto type : subscription.types) types.emplace_back(to_string(type));
  const std::lock_guard lock(mutex_);
  if (subscription.api == runtime_api::TelemetryApi::Logs)
    emit(platform_event::LogsSubscription{extension, "Subscribed", std::move(types)});
  else
    emit(platform_event::TelemetrySubscription{extension, "Subscribed", std::move(types)});
  output_.write();
}

// The subscriber has been told already, or will be; here is who else should know.
void Environment::on_dropped(const std::string& extension, const runtime_api::TelemetryDrop& drop) {
  {
    const std::lock_guard lock(mutex_);
    output_.add(logs_dropped(drop));
    output_.write();
  }
  log::warn("[{}] extension {} did not get {} records of telemetry: {}", function_.name, extension,
            drop.records, drop.reason);
}

}  // namespace emulator
