// What App tells those who look: status, health and batches under /_klambda/.
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "emulator/app.h"

namespace emulator {
namespace {

// How long a page waits for pollers that are busy; what they said last is shown then.
constexpr std::chrono::milliseconds kLookWaitMax{250};

}  // namespace

// All are asked before any is waited for.
std::map<std::string, std::vector<PartitionStatus>> App::partitions_by_mapping() const {
  const auto views = mappings_.all();
  std::vector<std::uint64_t> asked;
  for (const auto& view : views) asked.push_back(view.running ? view.running->ask_partitions() : 0);
  const auto until = std::chrono::steady_clock::now() + kLookWaitMax;
  std::map<std::string, std::vector<PartitionStatus>> partitions;
  for (std::size_t i = 0; i < views.size(); ++i) {
    if (const auto& running = views[i].running)
      partitions[views[i].mapping->uuid()] = running->partitions(asked[i], until);
  }
  return partitions;
}

Status App::status() const {
  Status status;
  status.version = version_;
  // First: the mappings' lag is as new as their partitions' then.
  auto partitions = partitions_by_mapping();
  const auto views = mappings_.all();
  if (const auto embedded = mapping_factory_.embedded_brokers()) {
    status.cluster = Status::Cluster::Embedded;
    status.kafka = *embedded;
  } else if (!options_.kafka.empty()) {
    status.cluster = Status::Cluster::Real;
    status.kafka = options_.kafka;
  } else if (!views.empty()) {
    status.cluster = Status::Cluster::Real;
    status.kafka = views.front().bootstrap_servers;
  }
  status.ready = is_ready();
  for (auto& function : catalog_.all()) {
    const auto activity = dispatcher_.activity(function->name());
    status.functions.push_back({std::move(function), activity});
  }
  for (const auto& view : views) {
    Status::MappingView shown{view.mapping->config, view.bootstrap_servers, view.status,
                              view.state_transition_reason,
                              std::move(partitions[view.mapping->uuid()])};
    shown.config.consumer_group_id = view.group;
    status.mappings.push_back(std::move(shown));
  }
  return status;
}

bool App::is_ready() const {
  return started_ && warming_up_ == 0 && mappings_.settled();
}

std::vector<MappingBatches> App::batches() const {
  std::vector<MappingBatches> batches;
  for (const auto& view : mappings_.all()) {
    const auto& config = view.mapping->config;
    batches.push_back({config.name, config.uuid, config.function_name, config.topic,
                       view.batches ? view.batches->entries() : std::vector<BatchLog::Entry>()});
  }
  return batches;
}

}  // namespace emulator
