#include "emulator/app.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <iostream>
#include <thread>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/control/client.h"
#include "emulator/function/pool.h"
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
      clock_(system_clock_, options_.time_scale, [this] { wake_mappings(); }),
      faults_(options_.fault_lines, options_.fault_seed) {}

App::~App() {
  for (auto& mapping : mappings_) mapping->abandon();
  for (auto& mapping : mappings_) mapping->finish();
  for (auto& pool : functions_.all()) pool->stop();
  for (auto& sink : sinks_) sink->stop();
  if (control_plane_) control_plane_->stop();
}

ExitCode App::run() {
  for (const auto& warning : application_.warnings) log::warn("{}", warning);
  // Which brokers each mapping uses: refused here, before anything has joined a group.
  choose_kafka();
  // Pools know how to start their function's process; none runs yet.
  make_functions();
  make_mappings();
  // A taken port is found before the first record is read.
  open_control_plane();
  produce_inputs();
  // The first record should not wait for a runtime to start, and a handler that cannot be loaded is
  // said at once.
  warm_up();
  start_mappings();
  const Ending ending = wait();
  // Leaving the group ends assignments: whether a mapping was drained is asked before.
  std::vector<MappingStatus> before;
  for (const auto& mapping : mappings_) before.push_back(mapping->status());
  finish_mappings(ending);
  return conclude(ending, before);
}

void App::open_control_plane() {
  control_plane_ = std::make_unique<ControlPlane>(
      options_.host, options_.port, functions_, [this] { return status(); },
      [this](std::chrono::milliseconds by) {
        clock_.advance(by);
        return clock_.epoch_ms();
      });
  log::info("control plane on {}", control_plane_->url());
}

void App::produce_inputs() {
  if (options_.produce.empty()) return;
  const std::string brokers = status().kafka;
  if (brokers.empty())
    throw ConfigError("--produce: there is no Kafka to produce to: name it with --kafka");
  for (const auto& [topic, file] : options_.produce) {
    const auto count = produce_file(brokers, topic, file);
    log::info("produced {} to {} from {}", counted(count, "record"), topic, file.string());
  }
}

// Called by whoever moves the clock, a control plane's thread; the mappings are all made before.
void App::wake_mappings() {
  for (auto& mapping : mappings_) mapping->wake();
}

void App::warm_up() {
  for (const auto& pool : functions_.all()) {
    pool->warm_up(
        [this, pool = std::weak_ptr<Pool>(pool)](const std::optional<Pool::InitFailure>& failure) {
          const auto warmed = pool.lock();
          if (!failure || warmed == nullptr || !is_broken(failure->error_type)) return;
          const auto& function = warmed->function();
          const std::lock_guard lock(mutex_);
          if (broken_function_) return;
          broken_function_ = BrokenFunction{function.where + ": function " + function.name +
                                            " cannot start: " + failure->error_type + ": " +
                                            failure->message + " (handler '" + function.handler +
                                            "' in " + function.code_dir.string() + ")"};
          events_.notify();
        });
  }
}

void App::start_mappings() {
  for (auto& mapping : mappings_) {
    const auto& config = mapping->config();
    if (!config.enabled) {
      log::info("[{}] disabled by its configuration", config.name);
      continue;
    }
    log::info("[{}] polls {} for {} as group {}", config.name, config.topic, config.function_name,
              config.group());
    mapping->start();
  }
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
      if (drained()) return Ending::Drained;
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

bool App::drained() const {
  return std::all_of(mappings_.begin(), mappings_.end(), [](const auto& mapping) {
    return !mapping->config().enabled || mapping->status().drained;
  });
}

// Leaving the group waits for the batches in flight, which may be long; a thread does it, so that a
// second Ctrl-C is heard.
void App::finish_mappings(Ending ending) {
  const auto give_up = [this] {
    for (auto& mapping : mappings_) mapping->abandon();
    for (auto& pool : functions_.all()) pool->stop();
    for (auto& sink : sinks_) sink->stop();
  };
  int in_flight = 0;
  for (auto& mapping : mappings_) {
    mapping->request_finish();
    in_flight += mapping->status().batches_in_flight;
  }
  if (ending == Ending::OutOfTime) give_up();
  if (ending == Ending::Interrupted && in_flight > 0) {
    log::info("stopping: {} in flight will be finished and committed (Ctrl-C again: stop at once)",
              in_flight == 1 ? "one batch" : std::to_string(in_flight) + " batches");
  }
  std::atomic<bool> finished = false;
  std::thread finisher([&] {
    for (auto& mapping : mappings_) mapping->finish();
    finished = true;
    events_.notify();
  });
  while (!finished) {
    if (events_.wait(std::nullopt) == Event::Interrupted && !finished) {
      log::warn("stopping at once: what is in flight is not committed and comes again");
      give_up();
    }
  }
  finisher.join();
}

ExitCode App::conclude(Ending ending, const std::vector<MappingStatus>& before) {
  bool given_up = false;
  bool unreachable = false;
  for (std::size_t i = 0; i < mappings_.size(); ++i) {
    const auto& mapping = mappings_[i];
    auto status = mapping->status();
    status.drained = before[i].drained;
    status.problem = before[i].problem;
    given_up = given_up || status.counts.dropped + status.counts.delivered > 0;
    unreachable = unreachable || status.problem.has_value();
    if (options_.until_drained && mapping->config().enabled) {
      std::cout << summary(mapping->config(), status) << '\n' << std::flush;
    }
    if (ending == Ending::OutOfTime && !status.drained) {
      log::error("[{}] not drained after {} s{}", mapping->config().name,
                 std::chrono::duration_cast<std::chrono::seconds>(options_.timeout).count(),
                 status.problem ? ": " + status.problem->text : " (--timeout gives it longer)");
    }
  }
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

Status App::status() const {
  Status status;
  status.version = version_;
  if (cluster_) {
    status.cluster = Status::Cluster::Embedded;
    status.kafka = cluster_->bootstrap_servers();
  } else if (!brokers_.empty()) {
    status.cluster = Status::Cluster::Real;
    status.kafka = brokers_.front();
  } else if (!options_.kafka.empty()) {
    status.cluster = Status::Cluster::Real;
    status.kafka = options_.kafka;
  }
  status.functions = application_.functions;
  for (std::size_t i = 0; i < mappings_.size(); ++i) {
    status.mappings.push_back({mappings_[i]->config(), brokers_[i], mappings_[i]->status()});
  }
  return status;
}

}  // namespace emulator
