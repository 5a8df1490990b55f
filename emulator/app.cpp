#include "emulator/app.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <thread>
#include <utility>

#include "emulator/catalog/sqlite_store.h"
#include "emulator/config/function_name.h"
#include "emulator/config/temporary_home.h"
#include "emulator/config/text.h"
#include "emulator/control/account.h"
#include "emulator/control/admission.h"
#include "emulator/control/advance_time.h"
#include "emulator/control/aliases.h"
#include "emulator/control/batches.h"
#include "emulator/control/client.h"
#include "emulator/control/concurrency.h"
#include "emulator/control/event_invoke_config.h"
#include "emulator/control/event_source_mappings.h"
#include "emulator/control/function_url.h"
#include "emulator/control/function_url_config.h"
#include "emulator/control/functions.h"
#include "emulator/control/invoke.h"
#include "emulator/control/invoke_streaming.h"
#include "emulator/control/kept_configs.h"
#include "emulator/control/layers.h"
#include "emulator/control/logs.h"
#include "emulator/control/other_operations.h"
#include "emulator/control/permissions.h"
#include "emulator/control/status.h"
#include "emulator/control/tags.h"
#include "emulator/control/versions.h"
#include "emulator/function/platform.h"
#include "emulator/function/pool.h"
#include "emulator/function/runtimes.h"
#include "emulator/observe/log.h"
#include "emulator/produce.h"
#include "emulator/summary.h"

namespace emulator {
namespace {

// Init errors that no retry mends: the configuration names a handler that is not there or does not
// compile. The runtime clients' own names for them.
constexpr std::array<std::string_view, 6> kBrokenFunctionTypes{
    "Runtime.HandlerNotFound",      "Runtime.NoSuchHandler",       "Runtime.ImportModuleError",
    "Runtime.MalformedHandlerName", "Runtime.UserCodeSyntaxError", "Runtime.InvalidEntrypoint"};

// timeout(1), npm and other parents pass on what the terminal or they themselves have sent to the
// whole group already: signals so close together are one, and nobody's wish to stop at once.
constexpr std::chrono::milliseconds kOneSignal{300};

bool is_broken(std::string_view error_type) {
  return std::find(kBrokenFunctionTypes.begin(), kBrokenFunctionTypes.end(), error_type) !=
         kBrokenFunctionTypes.end();
}

}  // namespace

App::App(Application application, ServeOptions options, MainEvents& events, std::string version)
    : application_(std::move(application)),
      options_(std::move(options)),
      events_(events),
      version_(std::move(version)),
      clock_(system_clock_, options_.time_scale,
             [this] {
               mappings_.wake();
               event_queue_.wake();
             }),
      store_(options_.state_dir.empty() ? nullptr : open_sqlite_store(options_.state_dir)),
      faults_(options_.fault_lines, options_.fault_seed),
      packages_(options_.state_dir.empty() ? std::nullopt : std::optional(options_.state_dir)),
      dispatcher_(catalog_,
                  {options_.max_concurrency,
                   [downloads = options_.offline ? Downloads::Forbidden : Downloads::Allowed,
                    strictness = options_.strictness](const FunctionConfig& function) {
                     return plan_launch(function, downloads, strictness);
                   },
                   options_.environments, &recent_logs_}),
      event_queue_(
          catalog_, clock_,
          [this](const auto& function, const auto& qualifier, auto request, auto done) {
            run_event(function, qualifier, std::move(request), std::move(done));
          },
          [this](const DestinationName& destination) { return event_sink(destination); },
          {.running_max = static_cast<std::size_t>(options_.max_concurrency)}),
      deployer_(catalog_,
                [this](const FunctionVersion& deployed) {
                  if (hot_reload_) hot_reload_->ensure_watched(deployed.config.name);
                  dispatcher_.prepare(deployed);
                }),
      kafka_access_(options_.access),
      mapping_factory_(
          {options_, kafka_access_, destinations_directory(), faults_, clock_, system_clock_,
           [this](const MappingConfig& config) {
             return dispatcher_.invoker(config.function_name, config.function_qualifier);
           }}),
      mappings_(mapping_factory_, {store_.get(), [this] { events_.notify(); }}),
      attach_hub_([this](const std::string& function, std::optional<pid_t> process) {
        return dispatcher_.attach(function, process);
      }) {}

App::~App() {
  mappings_.request_finish();
  mappings_.abandon();
  mappings_.finish();
  deployer_.stop();
  event_queue_.stop();
  dispatcher_.stop();
  if (control_plane_) control_plane_->stop();
}

ExitCode App::run() {
  platform::raise_descriptor_limit();
  for (const auto& warning : application_.warnings) log::warn("{}", warning);
  if (const auto swept = sweep_temporary_homes(); swept > 0)
    log::info("removed {} that a klambda left which was killed",
              counted(swept, "temporary folder"));
  // Which brokers each mapping uses: refused here, before anything has joined a group.
  choose_kafka();
  // Each is known with how its process is started; none runs yet.
  make_functions();
  make_mappings();
  // The first record should not wait for a runtime to start, and a handler that cannot be loaded is
  // said at once. Before anybody can invoke: an invocation would start an environment of its own.
  warm_up();
  // A taken port is found before the first record is read.
  open_control_plane();
  produce_inputs();
  start_mappings();
  started_ = true;
  const Ending ending = wait();
  // Leaving the group ends assignments: whether a mapping was drained is asked before.
  const auto before = mappings_.all();
  finish_mappings(ending);
  return conclude(ending, before);
}

void App::open_control_plane() {
  Router router;
  add_functions(router, {catalog_, packages_, layers_, code_links_});
  add_layers(router, layers_, packages_, code_links_);
  add_code_links(router, code_links_, packages_);
  add_invoke(router, dispatcher_, event_queue_);
  add_invoke_streaming(router, dispatcher_);
  add_versions(router, catalog_);
  add_aliases(router, catalog_);
  add_concurrency(router, catalog_);
  add_event_invoke_config(router, catalog_);
  add_function_url_config(router, catalog_);
  add_permissions(router, catalog_);
  add_kept_configs(router, catalog_);
  add_account(router, catalog_);
  add_tags(router, {function_tags(catalog_), mapping_tags(mappings_)});
  add_status(router, [this] { return status(); });
  add_health(router, [this] { return is_ready(); });
  add_batches(router, [this] { return batches(); });
  add_logs(router, [this](const std::string& function) {
    return catalog_.find(function) == nullptr ? nullptr : recent_logs_.of(function);
  });
  add_advance_time(router, [this](std::chrono::milliseconds by) {
    clock_.advance(by);
    return clock_.epoch_ms();
  });
  add_event_source_mappings(router, {mappings_, mapping_factory_, catalog_, options_.strictness});
  add_other_operations(router);
  std::optional<AwsCredentials> required_key;
  if (const auto& key = options_.require_auth)
    required_key = AwsCredentials{key->access_key_id, key->secret_access_key, {}};
  add_function_url(router, dispatcher_, require_signature(required_key));
  // Runtime clients sign nothing.
  ControlPlane::Divert attach;
  if (!required_key)
    attach = [this](int socket, const auto& stopping) {
      return attach_hub_.serve(socket, stopping);
    };
  control_plane_ = std::make_unique<ControlPlane>(options_.host, options_.port, std::move(router),
                                                  required_key, std::move(attach));
  log::info("control plane on {}", control_plane_->url());
  // Nobody debugs in a run that goes towards its end.
  if (!required_key && !options_.until_drained) log::info("{}", attach_line());
  for (const auto& function : application_.functions) {
    if (function.url)
      log::info("[{}] URL: {}{}", function.name, control_plane_->url(),
                function_url_path(function.name));
  }
}

// How a process of the user's own comes to serve a function.
std::string App::attach_line() const {
  const auto& functions = application_.functions;
  const auto url = control_plane_->url();
  return "a process of your own (IDE, debugger) attaches with AWS_LAMBDA_RUNTIME_API=" +
         url.substr(url.find("//") + 2) + "/" +
         (functions.size() == 1 ? functions.front().name : "FUNCTION");
}

void App::produce_inputs() {
  if (options_.produce.empty()) return;
  const std::string brokers = status().kafka;
  if (brokers.empty())
    throw ConfigError("--produce: there is no Kafka to produce to: name it with --kafka");
  for (const auto& [topic, file] : options_.produce) {
    const auto count = produce_file(brokers, security_for(topic, brokers), topic, file);
    log::info("produced {} to {} from {}", counted(count, "record"), topic, file.string());
  }
}

// Records come in as those of the mapping that reads them go out, else as those of the first one.
KafkaSecurity App::security_for(const std::string& topic, const std::string& brokers) const {
  const auto& mappings = application_.mappings;
  if (mappings.empty()) return {};
  const auto reader = std::find_if(mappings.begin(), mappings.end(),
                                   [&](const auto& mapping) { return mapping.topic == topic; });
  return mapping_factory_.security(reader == mappings.end() ? mappings.front() : *reader, brokers);
}

void App::warm_up() {
  warming_up_ = application_.functions.size();
  for (const auto& function : application_.functions) {
    dispatcher_.warm_up(dispatcher_.resolve(function.name, {}),
                        [this, &function](const std::optional<Pool::InitFailure>& failure) {
                          --warming_up_;
                          if (!failure || !is_broken(failure->error_type)) return;
                          const std::lock_guard lock(mutex_);
                          if (broken_function_) return;
                          broken_function_ =
                              BrokenFunction{function.where + ": function " + function.name +
                                             " cannot start: " + failure->error_type + ": " +
                                             failure->message + " (handler '" + function.handler +
                                             "' in " + function.code_dir.string() + ")"};
                          events_.notify();
                        });
  }
}

void App::start_mappings() {
  mappings_.start();
  if (application_.mappings.empty()) {
    for (const auto& function : application_.functions) {
      log::info("[{}] answers invocations only: no topic triggers it (klambda invoke {})",
                function.name, function.name);
    }
  }
}

App::Ending App::wait() {
  const auto deadline = system_clock_.now() + options_.timeout;
  for (;;) {
    fail_on_broken_function();
    std::optional<std::chrono::milliseconds> remaining;
    if (options_.until_drained) {
      if (mappings_.drained()) return Ending::Drained;
      const auto now = system_clock_.now();
      if (now >= deadline) return Ending::OutOfTime;
      remaining = std::chrono::ceil<std::chrono::milliseconds>(deadline - now);
    }
    if (events_.wait(remaining) == Event::Interrupted) return Ending::Interrupted;
  }
}

void App::fail_on_broken_function() {
  const std::lock_guard lock(mutex_);
  if (broken_function_) throw ConfigError(broken_function_->text);
}

// Leaving the group waits for the batches in flight, which may be long; a thread does it, so that a
// second Ctrl-C is heard.
void App::finish_mappings(Ending ending) {
  const auto give_up = [this] {
    mappings_.abandon();
    event_queue_.stop();
    dispatcher_.stop();
  };
  const auto begun = std::chrono::steady_clock::now();
  mappings_.request_finish();
  int in_flight = 0;
  for (const auto& view : mappings_.all()) in_flight += view.status.batches_in_flight;
  if (ending == Ending::OutOfTime) give_up();
  if (ending == Ending::Interrupted && in_flight > 0) {
    log::info("stopping: {} in flight will be finished and committed (Ctrl-C again: stop at once)",
              in_flight == 1 ? "one batch" : std::to_string(in_flight) + " batches");
  }
  std::atomic<bool> finished = false;
  std::thread finisher([&] {
    mappings_.finish();
    finished = true;
    events_.notify();
  });
  while (!finished) {
    if (events_.wait(std::nullopt) != Event::Interrupted || finished) continue;
    if (std::chrono::steady_clock::now() - begun >= kOneSignal) {
      log::warn("stopping at once: what is in flight is not committed and comes again");
      give_up();
    }
  }
  finisher.join();
}

ExitCode App::conclude(Ending ending, const std::vector<Mappings::View>& before) {
  bool given_up = false;
  bool unreachable = false;
  for (const auto& earlier : before) {
    const auto& config = earlier.mapping->config;
    const auto last = mappings_.find(config.uuid);
    auto status = last ? last->status : earlier.status;
    status.drained = earlier.status.drained;
    status.problem = earlier.status.problem;
    given_up = given_up || status.counts.dropped + status.counts.delivered > 0;
    unreachable = unreachable || status.problem.has_value();
    if (options_.until_drained && config.enabled) {
      std::cout << summary(config, status) << '\n' << std::flush;
    }
    if (ending == Ending::OutOfTime && config.enabled && !status.drained) {
      log::error("[{}] not drained after {} s{}", config.name,
                 std::chrono::duration_cast<std::chrono::seconds>(options_.timeout).count(),
                 status.problem ? ": " + status.problem->text : " (--timeout gives it longer)");
    }
  }
  for (const auto& fault : faults_.never_struck())
    log::warn("{}: \"{}\" never struck in this run", fault.where, fault.text);
  switch (ending) {
    case Ending::Interrupted:
      return kExitInterrupted;
    case Ending::OutOfTime:
      return unreachable ? kExitUnreachable : kExitNotFinished;
    case Ending::Drained:
      break;
  }
  return given_up ? kExitRecordsGivenUp : kExitDone;
}

}  // namespace emulator
