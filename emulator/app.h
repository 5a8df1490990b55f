// The composition root: the only place that builds real objects, starts them in order and stops
// them in reverse. Used by main's thread alone; what runs is listed in README.md under threads.
#pragma once

#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/attach.h"
#include "emulator/catalog/deployer.h"
#include "emulator/catalog/dispatcher.h"
#include "emulator/catalog/event_queue.h"
#include "emulator/catalog/functions.h"
#include "emulator/catalog/hot_reload.h"
#include "emulator/catalog/layers.h"
#include "emulator/catalog/mappings.h"
#include "emulator/catalog/store.h"
#include "emulator/config/model.h"
#include "emulator/config/options.h"
#include "emulator/control/batches.h"
#include "emulator/control/code_links.h"
#include "emulator/control/control_plane.h"
#include "emulator/control/status.h"
#include "emulator/esm/adjustable_clock.h"
#include "emulator/esm/faults.h"
#include "emulator/events.h"
#include "emulator/function/recent_log.h"
#include "emulator/mapping_factory.h"
#include "emulator/package/package_store.h"

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
  std::filesystem::path destinations_directory() const;
  void run_event(const std::string& function, const std::string& qualifier,
                 InvocationRequest request, Invoker::Done done);
  std::unique_ptr<RecordSink> event_sink(const DestinationName& destination) const;
  void choose_kafka();
  void make_functions();
  void make_mappings();

  // app.cpp
  void open_control_plane();
  std::string attach_line() const;
  void produce_inputs();
  KafkaSecurity security_for(const std::string& topic, const std::string& brokers) const;
  void warm_up();
  void start_mappings();
  Ending wait();
  void finish_mappings(Ending ending);
  ExitCode conclude(Ending ending, const std::vector<Mappings::View>& before);

  void fail_on_broken_function();

  // app_status.cpp
  Status status() const;
  std::map<std::string, std::vector<PartitionStatus>> partitions_by_mapping() const;
  bool is_ready() const;
  std::vector<MappingBatches> batches() const;

  // constant after construction
  Application application_;
  ServeOptions options_;
  MainEvents& events_;
  std::string version_;
  SystemClock system_clock_;
  AdjustableClock clock_;               // the mappings'
  const std::unique_ptr<Store> store_;  // nullptr: without --state-dir
  FaultScript faults_;

  struct BrokenFunction {
    std::string text;
  };
  std::mutex mutex_;
  std::optional<BrokenFunction> broken_function_;  // guarded by mutex_; set by warm-up callbacks
  std::atomic<std::size_t> warming_up_{0};         // functions that have not been started yet
  std::atomic<bool> started_{false};               // all that run() starts

  // built in this order by run(), destroyed in reverse
  PackageStore packages_;
  const CodeLinks code_links_;
  LayerCatalog layers_{store_.get()};
  FunctionCatalog catalog_{store_.get()};
  RecentLogs recent_logs_;
  Dispatcher dispatcher_;
  EventQueue event_queue_;
  Deployer deployer_;
  std::optional<HotReload> hot_reload_;
  const KafkaAccess kafka_access_;
  MappingFactory mapping_factory_;
  Mappings mappings_;
  AttachHub attach_hub_;
  std::unique_ptr<ControlPlane> control_plane_;
};

}  // namespace emulator
