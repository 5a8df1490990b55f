// What follows when an environment ends before its runtime has asked for the first event.
#include <utility>

#include "emulator/function/environment.h"
#include "emulator/observe/log.h"

namespace emulator {

using std::chrono::duration_cast;
using std::chrono::microseconds;

// docs lambda-runtime-environment.html#runtimes-lifecycle-ib
void Environment::finish_init(End end, const ExitStatus& exit) {
  const auto duration = duration_cast<microseconds>(Clock::now() - launched_);
  Pool::InitFailure failure;
  InitReport report;
  report.duration = duration;
  report.phase = repeats_init_ ? InitReport::Phase::Invoke : InitReport::Phase::Init;
  switch (end) {
    case End::InitError:
      failure.error_type =
          init_error_->error_type.empty() ? "Runtime.Unknown" : init_error_->error_type;
      failure.message = error_message_of(init_error_->payload);
      break;
    case End::InitTimeout:
      report.status = ReportStatus::Timeout;
      report.duration = std::min<microseconds>(duration, options_.init_timeout);
      failure = {std::string(kTimeoutType),
                 "init took longer than its limit: " + timeout_text(options_.init_timeout)};
      break;
    case End::Timeout:
      report.status = ReportStatus::Timeout;
      report.duration = std::min<microseconds>(duration, function_.timeout);
      failure = {std::string(kTimeoutType), timeout_text(function_.timeout)};
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
    report.error_type = failure.error_type;
    if (end != End::Stop && end != End::LaunchFailed) output_.lines({init_report_line(report)});
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
  } else if (end == End::InitTimeout) {
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
    if (!repeats_init_) output_.lines({start_line(id)});
    const auto duration =
        repeats_init_ ? duration_cast<microseconds>(Clock::now() - launched_) : microseconds{0};
    const bool timeout = end == End::Timeout;
    print_report(id, timeout ? std::min<microseconds>(duration, function_.timeout) : duration,
                 timeout ? ReportStatus::Timeout : ReportStatus::Error, failure.error_type);
    outcome.log_tail = output_.tail();
  }
  warn(id, "init failed: " + failure.error_type + ": " + failure.message);
  work.done(std::move(outcome));
}

}  // namespace emulator
