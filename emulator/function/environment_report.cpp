// What an environment says of its invocations: START, the end of the runtime's part, END and
// REPORT. All under its lock.
#include <algorithm>
#include <utility>

#include "emulator/function/environment.h"
#include "emulator/function/logs_api_event.h"
#include "emulator/function/process_group.h"
#include "emulator/function/report.h"

namespace emulator {
namespace {

using platform_event::Status;
using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr milliseconds kMemorySampleInterval{50};

platform_event::Span span(const char* name, steady_clock::time_point from,
                          steady_clock::time_point to) {
  const auto ago = duration_cast<microseconds>(steady_clock::now() - from);
  return {name, system_clock::now() - ago, duration_cast<microseconds>(to - from)};
}

}  // namespace

void Environment::emit(const PlatformEvent& event) {
  output_.add(event);
  if (!telemetry_.active()) return;
  const auto now = system_clock::now();
  runtime_api::PlatformRecord record;
  if (is_telemetry(event)) record.telemetry = json_of(event, now);
  record.logs = logs_api_json_of(event, now);
  record.runtime_done = std::holds_alternative<platform_event::RuntimeDone>(event);
  telemetry_.platform(std::move(record));
}

void Environment::emit_start(platform_event::Start start) {
  // Of several invocations at a time, each one's tail has the lines of all.
  if (active_.size() <= 1) output_.start_invocation();
  emit(std::move(start));
  output_.write();
}

void Environment::drain() {
  if (process_ && output_open_) output_open_ = output_.drain(process_->output_fd());
}

// Reading it costs more than an invocation may; the first one is always measured.
void Environment::sample_memory() {
  const auto now = Clock::now();
  if (!process_ || (peak_memory_kb_ != 0 && now - memory_sampled_ < kMemorySampleInterval)) return;
  peak_memory_kb_ = std::max(peak_memory_kb_, process_->sample_peak_memory_kb());
  if (has_children(process_->pid()))
    peak_memory_kb_ = std::max(peak_memory_kb_, group_memory_kb(process_->pid()));
  memory_sampled_ = now;
}

Environment::Active* Environment::find_active(std::string_view request_id) {
  const auto found = std::find_if(active_.begin(), active_.end(), [&](const Active& each) {
    return each.request_id == request_id;
  });
  return found == active_.end() ? nullptr : &*found;
}

void Environment::erase(const Active& active) {
  active_.erase(active_.begin() + (&active - active_.data()));
}

platform_event::RuntimeDone Environment::runtime_done(Active& active, const Outcome& outcome,
                                                      Status status) {
  drain();
  if (!active.started) {  // it ended between the runtime's taking and our START
    emit_start({active.request_id, function_.version, active.tracing});
    active.since = Clock::now();
  }
  sample_memory();
  platform_event::RuntimeDone done{active.request_id, status};
  done.duration = duration_cast<microseconds>(Clock::now() - active.since);
  if (status == Status::Timeout)
    done.duration = std::min<microseconds>(done.duration, function_.timeout);
  if (status == Status::Success)
    done.produced_bytes = outcome.payload.size() + active.streamed_bytes;
  done.error_type = outcome.error_type;
  done.tracing = std::move(active.tracing);
  return done;
}

// An invocation that is over with its answer.
Environment::Finished Environment::conclude(Active& active, Outcome outcome, Status status,
                                            std::optional<Clock::time_point> answer_began) {
  const auto done = runtime_done(active, outcome, status);
  auto report = report_of(done);
  if (!managed_) {
    emit(done);
  } else if (answer_began) {
    // rie lambda-managed-instances/invoke/metrics.go: there is no platform.runtimeDone.
    report.spans = {span("responseLatency", active.since, *answer_began),
                    span("responseDuration", *answer_began, Clock::now())};
  }
  emit_report(std::move(report));
  outcome.request_id = std::move(active.request_id);
  outcome.executed_version = function_.version;
  outcome.log_tail = output_.tail();
  Finished finished{std::move(active.done), std::move(outcome)};
  erase(active);
  return finished;
}

// An invocation that goes on after its answer, until close_invocation(). Its caller sees the report
// as it would be now.
Environment::Finished Environment::answer_early(Active& active, Outcome outcome, Status status,
                                                Clock::time_point answer_began) {
  Closing closing;
  closing.done = runtime_done(active, outcome, status);
  closing.since = active.since;
  closing.answered = Clock::now();
  closing.deadline = std::max(active.deadline, active.since + function_.timeout);
  closing.extensions_took_part = extensions_.wants_invoke();
  closing.extensions_owe = active.extensions_owe;
  closing.done.spans = {span("responseLatency", closing.since, answer_began),
                        span("responseDuration", answer_began, closing.answered)};
  output_.write();
  auto report = report_of(closing.done);
  report.init_duration = init_duration_;
  complete(report);
  outcome.request_id = std::move(active.request_id);
  outcome.executed_version = function_.version;
  outcome.log_tail = output_.tail_with({platform_event::End{outcome.request_id}, report});
  Finished finished{std::move(active.done), std::move(outcome)};
  erase(active);
  closing_ = std::move(closing);
  expected_ = ending_ || wears_out() ? 0 : 1;
  return finished;
}

void Environment::emit_runtime_done(platform_event::RuntimeDone& done, Clock::time_point asked) {
  done.duration = duration_cast<microseconds>(asked - closing_->since);
  if (done.status == Status::Timeout)
    done.duration = std::min<microseconds>(done.duration, function_.timeout);
  done.spans.push_back(span("runtimeOverhead", closing_->answered, asked));
  emit(done);
}

bool Environment::close_invocation() {
  if (!closing_ || !closing_->runtime_asked || closing_->extensions_owe) return false;
  drain();
  const auto now = Clock::now();
  auto report = report_of(closing_->done);
  if (closing_->extensions_took_part) {
    report.duration = duration_cast<microseconds>(now - closing_->since);
    if (report.status == Status::Timeout)
      report.duration = std::min<microseconds>(report.duration, function_.timeout);
    report.spans.push_back(span("extensionOverhead", *closing_->runtime_asked, now));
  }
  closing_.reset();
  emit_report(std::move(report));
  return become_idle();
}

platform_event::Report Environment::report_of(const platform_event::RuntimeDone& done) const {
  platform_event::Report report{done.request_id, done.status, done.duration};
  report.error_type = done.error_type;
  report.tracing = done.tracing;
  report.spans = done.spans;
  return report;
}

void Environment::complete(platform_event::Report& report) {
  if (managed_) return;  // the duration alone is reported
  report.memory_size_mb = function_.memory_mb;
  report.max_memory_used_kb = peak_memory_kb_;
}

void Environment::emit_report(platform_event::Report report) {
  report.init_duration = std::exchange(init_duration_, std::nullopt);
  complete(report);
  emit(platform_event::End{report.request_id});
  emit(std::move(report));
  output_.write();
}

// Behind REPORT, where the line of that text stood in the log while Lambda wrote one.
void Environment::emit_fault(End end, std::string_view request_id) {
  if (end == End::Exited || end == End::OutOfMemory)
    emit(platform_event::Fault{fault_text(request_id)});
}

}  // namespace emulator
