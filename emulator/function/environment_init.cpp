// What follows when an environment ends before its runtime has asked for the first event.
#include <utility>

#include "emulator/function/environment.h"
#include "emulator/function/report.h"
#include "emulator/observe/log.h"

namespace emulator {

using platform_event::Status;
using std::chrono::duration_cast;
using std::chrono::microseconds;

platform_event::InitializationType Environment::init_type() const {
  using platform_event::InitializationType;
  return managed_ ? InitializationType::ManagedInstances : InitializationType::OnDemand;
}

platform_event::Phase Environment::init_phase() const {
  return repeats_init_ ? platform_event::Phase::Invoke : platform_event::Phase::Init;
}

void Environment::emit_init_start() {
  platform_event::InitStart start;
  start.type = init_type();
  start.phase = init_phase();
  start.function_name = function_.name;
  start.function_version = function_.version;
  emit(std::move(start));
}

void Environment::emit_init_runtime_done(Status status, std::string_view error_type) {
  platform_event::InitRuntimeDone done;
  done.type = init_type();
  done.phase = init_phase();
  done.status = status;
  done.error_type = error_type;
  emit(std::move(done));
  output_.write();
}

void Environment::emit_init_report(Status status, microseconds duration,
                                   std::string_view error_type) {
  for (const auto& extension : extensions_.infos()) {
    platform_event::Extension event{extension.name, std::string(to_string(extension.state))};
    if (extension.invoke) event.events.push_back("INVOKE");
    if (extension.shutdown) event.events.push_back("SHUTDOWN");
    event.error_type = extension.error_type;
    emit(std::move(event));
  }
  platform_event::InitReport report;
  report.type = init_type();
  report.phase = init_phase();
  report.status = status;
  report.duration = duration;
  report.error_type = error_type;
  emit(std::move(report));
  output_.write();
}

// Which extensions have kept the init from ending; empty: none.
std::string Environment::late_extensions() const {
  std::string text;
  for (const auto& extension : extensions_.infos()) {
    const bool unknown = extension.state == runtime_api::ExtensionState::Started;
    if (!unknown && extension.state != runtime_api::ExtensionState::Registered) continue;
    text.append(text.empty() ? "" : ", ").append("extension ").append(extension.name);
    text.append(unknown ? " has not registered" : " has not asked for an event");
  }
  return text.empty() ? text : " (" + text + ")";
}

// docs lambda-runtime-environment.html#runtimes-lifecycle-ib
void Environment::finish_init(End end, const ExitStatus& exit) {
  auto duration = duration_cast<microseconds>(Clock::now() - launched_);
  Pool::InitFailure failure;
  auto status = Status::Error;
  switch (end) {
    case End::InitError:
      failure.error_type =
          init_error_->error_type.empty() ? "Runtime.Unknown" : init_error_->error_type;
      failure.message = error_message_of(init_error_->payload);
      break;
    case End::InitTimeout:
      status = Status::Timeout;
      duration = std::min<microseconds>(duration, init_limit_);
      failure = {std::string(kTimeoutType), "init took longer than its limit: " +
                                                timeout_text(init_limit_) + late_extensions()};
      break;
    case End::Timeout:
      status = Status::Timeout;
      duration = std::min<microseconds>(duration, function_.timeout);
      failure = {std::string(kTimeoutType), timeout_text(function_.timeout)};
      break;
    case End::ExtensionFailed:
      failure = {extension_failure_->error_type, extension_failure_->message};
      break;
    case End::LaunchFailed:
      failure = {std::string(kEntrypointType), launch_failure_};
      break;
    case End::Stop:
      failure = {"Cancelled", "klambda is stopping"};
      break;
    default:
      failure = {std::string(kExitType), exit_text(exit)};
      break;
  }
  WarmUpDone warm_up_done;
  std::optional<Work> work;
  {
    const std::lock_guard lock(mutex_);
    if (end != End::Stop && end != End::LaunchFailed) {
      if (process_ && !runtime_init_done_) emit_init_runtime_done(status, failure.error_type);
      emit_init_report(status, duration, failure.error_type);
    }
    warm_up_done = std::exchange(warm_up_done_, nullptr);
    work = std::exchange(bound_, std::nullopt);
  }
  if (warm_up_done) warm_up_done(failure);
  if (end == End::Stop) {
    if (work) owner_.take_back(*std::move(work));
    return;
  }
  if (!work) work = owner_.next_waiting();
  if (!work) {
    log::warn("[{}] init failed: {}: {}", function_.name, failure.error_type, failure.message);
  } else if (end == End::InitTimeout && !managed_) {
    log::warn("[{}] request {}: {}; init is repeated within the function's timeout", function_.name,
              work->request.request_id, failure.message);
    owner_.repeat_init(*this, *std::move(work));
  } else {
    answer_init_failure(end, failure, *std::move(work));
  }
}

// The invocation that needed this environment gets the reason: what the runtime posted, or the text
// AWS gives for its end.
void Environment::answer_init_failure(End end, const Pool::InitFailure& failure, Work work) {
  const auto& id = work.request.request_id;
  Outcome outcome;
  outcome.request_id = id;
  outcome.error_type = failure.error_type;
  if (end == End::LaunchFailed) {
    outcome.kind = Outcome::Kind::ServiceError;
    outcome.payload = failure.message;
  } else {
    outcome.kind = Outcome::Kind::FunctionError;
    outcome.payload = end == End::InitError
                          ? init_error_->payload
                          : failure_payload(failure.error_type, id, failure.message);
    const std::lock_guard lock(mutex_);
    // The lines that the init printed belong to this invocation's log.
    if (!repeats_init_)
      emit(platform_event::Start{id, function_.version,
                                 platform_event::tracing_of(work.request.trace_id)});
    platform_event::Report report{id, Status::Error};
    report.error_type = failure.error_type;
    if (repeats_init_) report.duration = duration_cast<microseconds>(Clock::now() - launched_);
    if (end == End::Timeout) {
      report.status = Status::Timeout;
      report.duration = std::min<microseconds>(report.duration, function_.timeout);
    }
    emit_report(std::move(report));
    emit_fault(end, id);
    outcome.log_tail = output_.tail();
  }
  warn(id, "init failed: " + failure.error_type + ": " + failure.message);
  work.done(std::move(outcome));
}

}  // namespace emulator
