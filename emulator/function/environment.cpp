#include "emulator/function/environment.h"

#include <algorithm>
#include <exception>
#include <system_error>
#include <utility>
#include <variant>

#include "emulator/function/identifiers.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using runtime_api::InstanceKind;
using std::chrono::milliseconds;
using std::chrono::seconds;

// docs lambda-managed-instances-execution-environment.html: "The timeout is the maximum of 130
// seconds or the configured function timeout (up to 900 seconds)."
constexpr seconds kManagedInitMin{130};
constexpr seconds kManagedInitMax{900};

milliseconds init_limit(const FunctionConfig& function, milliseconds of_others) {
  if (!function.managed_instances) return of_others;
  return std::clamp(function.timeout, kManagedInitMin, kManagedInitMax);
}

InstanceKind kind_of(const FunctionConfig& function) {
  return function.managed_instances ? InstanceKind::Managed : InstanceKind::Default;
}

runtime_api::Extensions::Function description_of(const FunctionConfig& function) {
  return {function.name, function.version, function.handler, kAccountId};
}

runtime_api::Telemetry::LogFormat log_format_of(const FunctionConfig& function) {
  return function.logging.format == LogFormat::AsJson ? runtime_api::Telemetry::LogFormat::Json
                                                      : runtime_api::Telemetry::LogFormat::Text;
}

}  // namespace

platform_event::LogsDropped Environment::logs_dropped(const runtime_api::TelemetryDrop& drop) {
  return {drop.reason, drop.records, drop.bytes};
}

Environment::Environment(Settings settings, EnvironmentOwner& owner, std::optional<Work> bound,
                         WarmUpDone warm_up_done)
    : function_(settings.function),
      options_(settings.options),
      owner_(owner),
      repeats_init_(bound.has_value()),
      attached_(settings.attached),
      managed_(settings.function.managed_instances.has_value()),
      max_concurrency_(managed_ ? settings.function.managed_instances->max_concurrency : 1),
      init_limit_(init_limit(settings.function, settings.options.init_timeout)),
      arn_(settings.function.arn()),
      output_(settings.function, settings.options.logs),
      bound_(std::move(bound)),
      warm_up_done_(std::move(warm_up_done)),
      workers_settled_(attached_.has_value()),
      telemetry_(log_format_of(settings.function), telemetry_events()),
      extensions_(description_of(settings.function), extensions_events(),
                  kind_of(settings.function)),
      session_(open_session()) {
  active_.reserve(static_cast<std::size_t>(max_concurrency_));
  output_.observe_lines([this](std::string_view line) {
    telemetry_.line(runtime_api::TelemetryType::Function, std::chrono::system_clock::now(), line);
  });
}

runtime_api::SessionEvents Environment::session_events() {
  runtime_api::SessionEvents events;
  events.runtime_ready = [this] { on_ready(); };
  events.taken = [this](const runtime_api::Invocation& taken) { on_taken(taken); };
  events.answered = [this](const std::string& id, runtime_api::Answer answer) {
    on_answered(id, std::move(answer));
  };
  events.asked_again = [this] { on_asked(); };
  events.init_failed = [this](runtime_api::InitError error) { on_init_error(std::move(error)); };
  return events;
}

runtime_api::RuntimeSession& Environment::open_session() {
  if (managed_) return concurrent_.emplace(session_events(), max_concurrency_);
  return single_.emplace(session_events());
}

runtime_api::ExtensionsEvents Environment::extensions_events() {
  return {[this] { on_extensions_registered(); }, [this] { complete_init(); },
          [this] { on_extensions_done(); },
          [this](const runtime_api::ExtensionFailure& failure) { on_extension_failed(failure); }};
}

runtime_api::TelemetryEvents Environment::telemetry_events() {
  return {[this](const auto& name, const auto& subscription) { on_subscribed(name, subscription); },
          [this](const auto& name, const auto& drop) { on_dropped(name, drop); },
          [](const auto& drop) {
            return json_of(logs_dropped(drop), std::chrono::system_clock::now());
          }};
}

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
    if (managed_) {
      --granted_;
      free = (free || state_ == State::Busy) && !worn_ && concurrent_->room() > 0;
    }
    if (free) offer(std::move(work), function_.timeout);
  }
  free ? session_.hand_over() : owner_.take_back(std::move(work));
}

// Under mutex_.
void Environment::offer(Work work, milliseconds timeout) {
  thaw();
  const auto now = Clock::now();
  Active active;
  active.request_id = work.request.request_id;
  active.tracing = platform_event::tracing_of(work.request.trace_id);
  active.done = std::move(work.done);
  active.withdrawals = work.withdrawals;
  active.since = now;
  active.deadline = now + timeout;
  if (repeats_init_ && state_ == State::Starting) {
    active.started = true;
    active.since = launched_;
  }
  active_.push_back(std::move(active));
  state_ = State::Busy;

  runtime_api::Invocation invocation;
  invocation.request_id = std::move(work.request.request_id);
  invocation.payload = std::move(work.request.payload);
  invocation.client_context = std::move(work.request.client_context);
  invocation.trace_id =
      work.request.trace_id.empty() ? make_trace_id() : std::move(work.request.trace_id);
  invocation.invoked_function_arn =
      work.request.invoked_arn.empty() ? arn_ : std::move(work.request.invoked_arn);
  invocation.timeout = timeout;
  invocation.sink = std::move(work.request.sink);
  session_.offer(std::move(invocation));
}

// --- environment thread ---

void Environment::main() {
  platform::set_thread_name("env " + function_.name);
  const End failed = attached_ ? attach() : launch();
  if (failed != End::None) port_promise_.set_value(0);
  finish(failed == End::None ? supervise() : failed);
  owner_.ended(*this);
}

std::unique_ptr<runtime_api::RuntimeApi> Environment::open_runtime_api() {
  using runtime_api::RuntimeApi;
  const std::vector<runtime_api::MoreRoutes*> more{&extension_routes_, &telemetry_routes_};
  if (options_.runtime_api_port != 0) {
    try {
      return std::make_unique<RuntimeApi>(
          session_, more,
          RuntimeApi::Where{options_.runtime_api_address, options_.runtime_api_port, {}});
    } catch (const std::system_error&) {  // another environment has it
    }
  }
  return std::make_unique<RuntimeApi>(session_, more,
                                      RuntimeApi::Where{options_.runtime_api_address, 0, {}});
}

// docs lambda-runtime-environment.html: external extensions are started, and have registered,
// before the runtime.
Environment::End Environment::launch() {
  std::vector<ExtensionFile> files;
  try {
    plan_ = owner_.plan();
    files = find_extensions(function_, options_.environments.extensions);
  } catch (const ConfigError& error) {
    launch_failure_ = error.what();
    return End::LaunchFailed;
  }
  take_tmp();
  {
    const std::lock_guard lock(mutex_);
    launched_ = Clock::now();
    emit_init_start();
    if (bound_) {
      const auto& request = bound_->request;
      emit_start(
          {request.request_id, function_.version, platform_event::tracing_of(request.trace_id)});
    }
  }
  try {
    api_ = open_runtime_api();
    return files.empty() ? launch_runtime() : launch_extensions(files);
  } catch (const std::exception& error) {  // no descriptors or threads left
    launch_failure_ =
        std::string("cannot start ") + plan_->executable.string() + ": " + error.what();
    return End::LaunchFailed;
  }
}

// The process is there, and comes to the port. Its paths begin with the function's name.
Environment::End Environment::attach() {
  const std::lock_guard lock(mutex_);
  launched_ = Clock::now();
  emit_init_start();
  try {
    api_ = std::make_unique<runtime_api::RuntimeApi>(
        session_, std::vector<runtime_api::MoreRoutes*>{&extension_routes_, &telemetry_routes_},
        runtime_api::RuntimeApi::Where{"127.0.0.1", 0, "/" + function_.name});
    process_ = Process::attach(attached_->pid);
    port_promise_.set_value(api_->port());
    return End::None;
  } catch (const std::exception& error) {  // no descriptors or threads left
    launch_failure_ = std::string("cannot attach a process: ") + error.what();
    return End::LaunchFailed;
  }
}

Environment::End Environment::launch_extensions(const std::vector<ExtensionFile>& files) {
  std::vector<std::string> names;
  for (const auto& file : files) names.push_back(file.name);
  extensions_.expect(names);
  std::optional<ExtensionProcesses::LaunchFailed> failed;
  if (names.size() > runtime_api::kExtensionsMax) {
    failed = {names.back(), "TooManyExtensions", "Extension limit (10) reached"};
  } else {
    failed = extension_processes_.launch(files, *plan_, api_->host_and_port(),
                                         [this] { return begin_launch(); });
  }
  if (!failed) return End::None;
  if (failed->given_up) return End::Stop;
  extensions_.launch_failed(failed->name, failed->error_type);
  const std::lock_guard lock(mutex_);
  extension_failure_ = {"Extension.LaunchError", std::move(failed->message)};
  return End::ExtensionFailed;
}

// Its turn has come: with hundreds of environments that may be late. Init is counted from here.
bool Environment::begin_launch() {
  const std::lock_guard lock(mutex_);
  if (stop_requested_) return false;
  if (!std::exchange(launch_begun_, true)) launched_ = Clock::now();
  return true;
}

Environment::End Environment::launch_runtime() {
  auto launched = Process::launch(*plan_,
                                  {{"AWS_LAMBDA_RUNTIME_API", api_->host_and_port()},
                                   {"AWS_LAMBDA_LOG_STREAM_NAME", output_.stream_name()}},
                                  [this] { return begin_launch(); });
  if (auto* failure = std::get_if<LaunchFailure>(&launched)) {
    if (failure->given_up) return End::Stop;
    launch_failure_ = std::move(failure->message);
    return End::LaunchFailed;
  }
  const std::lock_guard lock(mutex_);
  process_ = std::move(std::get<std::unique_ptr<Process>>(launched));
  return End::None;
}

}  // namespace emulator
