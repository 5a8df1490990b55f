// The composition root: the only place that builds real objects, starts them in order and stops
// them in reverse. Used by main's thread alone; what runs is listed in README.md under threads.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/config/options.h"
#include "emulator/control/control_plane.h"
#include "emulator/control/function_registry.h"
#include "emulator/esm/adjustable_clock.h"
#include "emulator/esm/faults.h"
#include "emulator/esm/mapping.h"
#include "emulator/esm/record_sink.h"
#include "emulator/events.h"
#include "emulator/kafka/embedded_cluster.h"

namespace emulator {

enum ExitCode : int {
  kExitDone = 0,
  kExitRecordsGivenUp = 1,
  kExitWrongUsage = 2,
  kExitNotFinished = 3,
  kExitUnreachable = 4,
  kExitInterrupted = 130,
};

class App {
 public:
  App(Application application, ServeOptions options, MainEvents& events, std::string version);
  ~App();
  App(const App&) = delete;
  App& operator=(const App&) = delete;

  // Runs until Ctrl-C or, with --until-drained, until every record is processed or the time is
  // over. Throws ConfigError and Unreachable before anything is processed.
  ExitCode run();

 private:
  enum class Ending { Interrupted, Drained, OutOfTime };

  // app_build.cpp
  void choose_kafka();
  void make_functions();
  void make_mappings();
  std::unique_ptr<EventSourceMapping> make_mapping(MappingConfig config,
                                                   const std::string& brokers);
  std::optional<OnFailure> make_destination(const MappingConfig& config,
                                            const std::string& function_arn,
                                            const std::string& brokers);

  // app.cpp
  void open_control_plane();
  void produce_inputs();
  void warm_up();
  void start_mappings();
  Ending wait();
  void finish_mappings(Ending ending);
  ExitCode conclude(Ending ending, const std::vector<MappingStatus>& before);

  void wake_mappings();
  void fail_on_broken_function();
  bool drained() const;
  Status status() const;

  // constant after construction
  Application application_;
  ServeOptions options_;
  MainEvents& events_;
  std::string version_;
  SystemClock system_clock_;
  AdjustableClock clock_;  // the mappings'
  FaultScript faults_;

  struct BrokenFunction {
    std::string text;
  };
  std::mutex mutex_;
  std::optional<BrokenFunction> broken_function_;  // guarded by mutex_; set by warm-up callbacks

  // built in this order by run(), destroyed in reverse
  std::unique_ptr<EmbeddedCluster> cluster_;
  std::vector<std::string> brokers_;  // of application_.mappings[i]
  FunctionRegistry functions_;
  std::vector<std::unique_ptr<RecordSink>> sinks_;
  std::vector<std::unique_ptr<EventSourceMapping>> mappings_;
  std::unique_ptr<ControlPlane> control_plane_;
};

}  // namespace emulator
