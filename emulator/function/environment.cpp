#include "emulator/function/environment.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>
#include <variant>

#include "emulator/function/identifiers.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::duration_cast;
using std::chrono::microseconds;
using std::chrono::milliseconds;

// A runtime that has posted its init error goes on to print a trace and to exit by itself.
constexpr milliseconds kInitErrorExitGrace{500};
// An accepted answer is about to be delivered by the thread that received it; and a system without
// a descriptor for processes asks for the end at this interval.
constexpr milliseconds kRecheckInterval{10};
constexpr milliseconds kMemorySampleInterval{50};
// A runtime that dies whenever it should take an event would otherwise be restarted for ever on
// behalf of one invocation.
constexpr int kWithdrawalsMax = 3;

int poll_timeout(std::chrono::steady_clock::time_point wake,
                 std::chrono::steady_clock::time_point now) {
  constexpr milliseconds kMax{3'600'000};
  const auto left = std::chrono::ceil<milliseconds>(
      std::max(wake - now, std::chrono::steady_clock::duration::zero()));
  return static_cast<int>(std::min(left, kMax).count());
}

}  // namespace

Environment::Environment(Settings settings, EnvironmentOwner& owner, std::optional<Work> bound,
                         WarmUpDone warm_up_done)
    : function_(settings.function),
      plan_(settings.plan),
      options_(settings.options),
      owner_(owner),
      repeats_init_(bound.has_value()),
      arn_(settings.function.arn()),
      output_(settings.function.name),
      bound_(std::move(bound)),
      warm_up_done_(std::move(warm_up_done)),
      session_({[this] { on_ready(); },
                [this](const runtime_api::Invocation& taken) { on_taken(taken); },
                [this](const std::string& id, runtime_api::Answer answer) {
                  on_answered(id, std::move(answer));
                },
                [this](runtime_api::InitError error) { on_init_error(std::move(error)); }}) {}

Environment::~Environment() {
  join();
}

void Environment::start() {
  thread_ = std::thread([this] { main(); });
}

void Environment::join() {
  if (thread_.joinable()) thread_.join();
}

void Environment::request_stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_requested_ = true;
  }
  wakeup_.notify();
}

void Environment::run(Work work) {
  bool free = false;
  {
    const std::lock_guard lock(mutex_);
    free = state_ == State::Idle;
    if (free) offer(std::move(work), function_.timeout);
  }
  free ? session_.hand_over() : owner_.take_back(std::move(work));
}

void Environment::offer(Work work, milliseconds timeout) {
  const auto now = Clock::now();
  Active active;
  active.request_id = work.request.request_id;
  active.done = std::move(work.done);
  active.withdrawals = work.withdrawals;
  active.since = now;
  active.deadline = now + timeout;
  if (repeats_init_ && state_ == State::Starting) {
    active.started = true;
    active.since = launched_;
  }
  active_ = std::move(active);
  state_ = State::Busy;

  runtime_api::Invocation invocation;
  invocation.request_id = std::move(work.request.request_id);
  invocation.payload = std::move(work.request.payload);
  invocation.client_context = std::move(work.request.client_context);
  invocation.trace_id =
      work.request.trace_id.empty() ? make_trace_id() : std::move(work.request.trace_id);
  invocation.invoked_function_arn = arn_;
  invocation.timeout = timeout;
  session_.offer(std::move(invocation));
}

// --- environment thread ---

void Environment::main() {
  platform::set_thread_name("env " + function_.name);
  finish(launch() ? supervise() : End::LaunchFailed);
  owner_.ended(*this);
}

bool Environment::launch() {
  {
    const std::lock_guard lock(mutex_);
    launched_ = Clock::now();
    if (bound_) print_start(bound_->request.request_id);
  }
  try {
    api_ = std::make_unique<runtime_api::RuntimeApi>(session_);
    auto launched =
        Process::launch(plan_, {{"AWS_LAMBDA_RUNTIME_API", api_->host_and_port()},
                                {"AWS_LAMBDA_LOG_STREAM_NAME", make_log_stream_name()}});
    if (auto* failure = std::get_if<LaunchFailure>(&launched)) {
      launch_failure_ = std::move(failure->message);
      return false;
    }
    const std::lock_guard lock(mutex_);
    process_ = std::move(std::get<std::unique_ptr<Process>>(launched));
    return true;
  } catch (const std::exception& error) {  // no descriptors or threads left
    launch_failure_ =
        std::string("cannot start ") + plan_.executable.string() + ": " + error.what();
    return false;
  }
}

Environment::End Environment::supervise() {
  for (;;) {
    Clock::time_point wake;
    End end = End::None;
    {
      const std::lock_guard lock(mutex_);
      drain();
      end = look(Clock::now(), wake);
    }
    // An expired environment may have been given an invocation a moment ago; then it is not idle at
    // the next look.
    if (end == End::Expired && !owner_.retire_idle(*this)) {
      end = End::None;
      wake = Clock::now() + kRecheckInterval;
    }
    if (end != End::None) return end;
    wait(wake);
    if (process_->has_ended()) {
      const std::lock_guard lock(mutex_);
      if (stop_requested_) return End::Stop;
      return init_error_ ? End::InitError : End::Exited;
    }
  }
}

// Decides under the lock whether something is over, and else until when nothing can be. Once the
// runtime is ready, never later than one function timeout from now: an invocation that begins after
// this look has its deadline after the next one, so that offering and taking it need not wake this
// thread.
Environment::End Environment::look(Clock::time_point now, Clock::time_point& wake) {
  if (stop_requested_) return End::Stop;
  if (init_error_) {
    wake = init_error_at_ + kInitErrorExitGrace;
    return now >= wake ? End::InitError : End::None;
  }
  if (state_ == State::Starting) {
    wake = launched_ + (repeats_init_ ? milliseconds(function_.timeout) : options_.init_timeout);
    if (now < wake) return End::None;
    return repeats_init_ ? End::Timeout : End::InitTimeout;
  }
  if (state_ == State::Busy) {
    wake = std::min<Clock::time_point>(active_->deadline, now + options_.idle_timeout);
    if (now < active_->deadline) return End::None;
    if (!active_->taken) return active_->started ? End::Timeout : End::Stuck;
    if (session_.running_request_id()) return End::Timeout;
    wake = now + kRecheckInterval;
    return End::None;
  }
  const auto expiry = idle_since_ + options_.idle_timeout;
  if (now >= expiry) return End::Expired;
  wake = std::min<Clock::time_point>(expiry, now + function_.timeout);
  return End::None;
}

void Environment::wait(Clock::time_point wake) {
  std::array<pollfd, 3> fds{
      {{wakeup_.fd(), POLLIN, 0}, {process_->exit_fd(), POLLIN, 0}, {-1, POLLIN, 0}}};
  const auto now = Clock::now();
  if (process_->exit_fd() == -1) wake = std::min<Clock::time_point>(wake, now + kRecheckInterval);
  {
    const std::lock_guard lock(mutex_);
    if (output_open_) fds[2].fd = process_->output_fd();
  }
  ::poll(fds.data(), fds.size(), poll_timeout(wake, now));
  if ((fds[0].revents & POLLIN) != 0) wakeup_.drain();
}

void Environment::finish(End end) {
  bool before_ready = false;
  {
    const std::lock_guard lock(mutex_);
    before_ready = state_ == State::Starting;
    state_ = State::Ending;
  }
  // Killed before it is refused: a runtime that waits for its next event would print a stack trace
  // about the refusal.
  if (process_) process_->kill_group();
  session_.close();
  // Joins the HTTP threads: an answer that was accepted before close() has been delivered when this
  // returns.
  if (api_) api_->stop();

  ExitStatus exit;
  std::optional<Work> untaken;
  std::optional<Finished> finished;
  {
    const std::lock_guard lock(mutex_);
    if (process_) exit = process_->reap();
    drain();
    if (active_ && !active_->started && active_->withdrawals < kWithdrawalsMax)
      untaken = withdraw();
    finished = end_active(end, exit);
    if (!before_ready && end == End::Exited && !finished) {
      log::info("[{}] an idle environment ended ({}): the next invocation starts another",
                function_.name, exit.text());
    }
  }
  if (finished) finished->done(std::move(finished->outcome));
  if (untaken) owner_.take_back(*std::move(untaken));
  if (before_ready) finish_init(end, exit);
}

std::optional<Environment::Finished> Environment::end_active(End end, const ExitStatus& exit) {
  if (!active_) return std::nullopt;
  const std::string id = active_->request_id;
  Outcome outcome;
  if (end == End::Stop) {
    outcome.kind = Outcome::Kind::Cancelled;
    outcome.request_id = id;
    Finished finished{std::move(active_->done), std::move(outcome)};
    active_.reset();
    return finished;
  }
  outcome.kind = Outcome::Kind::FunctionError;
  if (end == End::Timeout) {
    const auto text = timeout_text(function_.timeout);
    warn(id, text + ": its environment is replaced");
    outcome.error_type = kTimeoutType;
    outcome.payload = failure_payload(kTimeoutType, id, text);
    return conclude(std::move(outcome), ReportStatus::Timeout);
  }
  const auto text = exit_text(exit);
  warn(id, text + ": its environment is replaced");
  outcome.error_type = kExitType;
  outcome.payload = failure_payload(kExitType, id, text);
  return conclude(std::move(outcome), ReportStatus::Error);
}

// --- under mutex_ ---

void Environment::print_start(const std::string& request_id) {
  output_.start_invocation();
  output_.lines({start_line(request_id)});
}

void Environment::drain() {
  if (process_ && output_open_) output_open_ = output_.drain(process_->output_fd());
}

Environment::Finished Environment::conclude(Outcome outcome, ReportStatus status) {
  drain();
  const auto now = Clock::now();
  if (!active_->started) {  // it ended between the runtime's taking and our START
    print_start(active_->request_id);
    active_->since = now;
  }
  auto duration = duration_cast<microseconds>(now - active_->since);
  if (status == ReportStatus::Timeout)
    duration = std::min<microseconds>(duration, function_.timeout);
  // Reading it costs more than an invocation may; the first one is always measured.
  if (process_ && (peak_memory_kb_ == 0 || now - memory_sampled_ >= kMemorySampleInterval)) {
    peak_memory_kb_ = std::max(peak_memory_kb_, process_->sample_peak_memory_kb());
    memory_sampled_ = now;
  }
  print_report(active_->request_id, duration, status, outcome.error_type);
  outcome.request_id = std::move(active_->request_id);
  outcome.log_tail = output_.tail();
  Finished finished{std::move(active_->done), std::move(outcome)};
  active_.reset();
  return finished;
}

void Environment::print_report(const std::string& request_id, microseconds duration,
                               ReportStatus status, std::string_view error_type) {
  Report report;
  report.request_id = request_id;
  report.duration = duration;
  report.init_duration = std::exchange(init_duration_, std::nullopt);
  report.memory_size_mb = function_.memory_mb;
  report.max_memory_used_kb = peak_memory_kb_;
  report.status = status;
  report.error_type = error_type;
  output_.lines({end_line(request_id), report_line(report)});
}

std::optional<Work> Environment::withdraw() {
  auto invocation = session_.withdraw();
  if (!invocation) return std::nullopt;
  Work work;
  work.request.request_id = std::move(invocation->request_id);
  work.request.payload = std::move(invocation->payload);
  work.request.client_context = std::move(invocation->client_context);
  work.request.trace_id = std::move(invocation->trace_id);
  work.done = std::move(active_->done);
  work.withdrawals = active_->withdrawals + 1;
  active_.reset();
  return work;
}

void Environment::warn(std::string_view request_id, std::string_view what) const {
  log::warn("[{}] request {}: {}", function_.name, request_id, what);
}

}  // namespace emulator
