// One event source mapping: its state, its counters and the pollers that work for it.
//
// Threads: any; each poller has one thread of its own (esm/poller.h).
// Lifetime: start() → finish() or abandon() → destruction. Each is idempotent; stopping before start is fine.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/clock.h"
#include "emulator/function/invoker.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

enum class MappingState { Creating, Enabled, Disabling, Disabled, Deleting };

struct RetryBackoff {
  std::chrono::milliseconds first{200};
  std::chrono::milliseconds max{10'000};
};

struct MappingStatus {
  MappingState state = MappingState::Creating;
  std::string last_processing_result = "No records processed";  // AWS's texts, aws-behaviour §6.4
  std::optional<SourceProblem> problem;      // what keeps it from reading, if anything
  bool drained = false;       // nothing in flight; every assigned partition processed and committed up to its end
  std::uint64_t records_taken = 0;      // from Kafka
  std::uint64_t records_processed = 0;  // handled by a successful invocation
  std::uint64_t records_dropped = 0;    // given up: too large for one event
  std::uint64_t invocations = 0;
  std::uint64_t failed_invocations = 0;
  std::uint64_t retries = 0;
  std::uint64_t commits = 0;
  int partitions_assigned = 0;
  int batches_in_flight = 0;
};

class EventSourceMapping {
 public:
  using SourceFactory = std::function<std::unique_ptr<RecordSource>()>;

  // `bootstrap_servers`: what the event says, the brokers really used, comma-joined. `on_change` is called from poller
  // threads after something in status() that others wait for may have changed (drained, problem); it must not block.
  EventSourceMapping(MappingConfig config, std::string bootstrap_servers, Invoker& invoker, SourceFactory make_source,
                     const Clock& clock, RetryBackoff backoff, std::function<void()> on_change);
  ~EventSourceMapping();

  void start();
  // Takes no more records, lets the batches in flight end (retries are given up), commits, leaves the group, joins.
  // request_finish() only asks for it, so that several mappings finish side by side.
  void request_finish();
  void finish();
  // Ends a finish() that waits for batches in flight: their results are not waited for and not committed.
  void abandon();

  const MappingConfig& config() const;
  MappingStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
