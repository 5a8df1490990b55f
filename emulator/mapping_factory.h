// Makes what works for a mapping out of real parts: its brokers, consumer, destination and
// function. Part of the composition root.
//
// Threads: any. Lifetime: made before the first mapping, ends after the last one.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "emulator/catalog/mapping_run.h"
#include "emulator/config/model.h"
#include "emulator/config/options.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/faults.h"
#include "emulator/kafka/embedded_cluster.h"
#include "emulator/kafka_access.h"
#include "emulator/registries.h"

namespace emulator {

class MappingFactory : public MappingStarter {
 public:
  struct Parts {
    const ServeOptions& options;
    const KafkaAccess& access;
    std::filesystem::path files_directory;  // of destinations that have no endpoint
    FaultScript& faults;
    const Clock& mapping_clock;
    const Clock& system_clock;
    // Of a function's name and qualifier. Throws ConfigError.
    std::function<std::shared_ptr<Invoker>(const MappingConfig&)> invoker;
  };
  explicit MappingFactory(Parts parts);

  void check(const MappingConfig& config) const override;
  std::unique_ptr<MappingRun> make(const MappingConfig& config, std::shared_ptr<BatchLog> batches,
                                   std::function<void()> on_change) override;

  // The brokers that the mapping is to use; embedded ones have its topics after that. Throws
  // ConfigError.
  std::string prepare_brokers(const MappingConfig& config);
  // Topics of the embedded brokers, if these are what the program produces to.
  void prepare_topics(const std::vector<std::string>& topics);
  // nullopt: there are none yet.
  std::optional<std::string> embedded_brokers() const;
  // How these brokers are entered for the mapping. Throws SourceProblemError.
  KafkaSecurity security(const MappingConfig& config, const std::string& brokers) const;

 private:
  RegistryParts registry_parts() const;
  std::string choose(const MappingConfig& config) const;
  KafkaAccess::Cluster cluster_at(const std::string& brokers) const;
  std::string embed(const std::vector<std::string>& topics);
  std::function<std::unique_ptr<RecordSource>()> source_maker(const MappingConfig& config,
                                                              const std::string& brokers);
  std::unique_ptr<RecordSink> make_destination(const MappingConfig& config,
                                               const std::string& brokers);

  const Parts parts_;
  const std::string fresh_group_;  // ends each group's name with --from-start; empty without it

  mutable std::mutex mutex_;  // guards what follows
  std::unique_ptr<EmbeddedCluster> cluster_;
  std::set<std::string> topics_;  // of the cluster
};

}  // namespace emulator
