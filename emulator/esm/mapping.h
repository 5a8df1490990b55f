// One event source mapping: its state, its counters and the pollers that work for it, as many as
// its scaling mode wants.
//
// Threads: any; each poller has one thread of its own (esm/poller.h), and where their number may
// change one more looks at the lag now and then.
// Lifetime: start() → finish() or abandon() → destruction. Each is idempotent; stopping before
// start is fine.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/delivery.h"
#include "emulator/esm/faults.h"
#include "emulator/esm/poller.h"
#include "emulator/esm/progress.h"
#include "emulator/esm/record_decoder.h"
#include "emulator/function/invoker.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class EventSourceMapping {
 public:
  // References outlive the mapping.
  struct Parts {
    MappingConfig config;
    std::string bootstrap_servers;  // what the event says: the brokers really used, comma-joined
    Invoker& invoker;
    std::function<std::unique_ptr<RecordSource>()> make_source;
    std::optional<OnFailure> on_failure;
    FaultScript& faults;
    const Clock& clock;
    RetryBackoff backoff;
    Strictness strictness = Strictness::Lenient;
    // Called from poller threads after something in status() that others wait for may have changed
    // (drained, problem); it must not block.
    std::function<void()> on_change;
    std::shared_ptr<BatchLog> batches = std::make_shared<BatchLog>();
    MakeDecoder make_decoder{};  // empty: records are delivered as they are
  };

  // Throws FilterPatternError.
  explicit EventSourceMapping(Parts parts);
  ~EventSourceMapping();

  void start();
  // Takes no more records, lets the batches in flight end (retries are given up), commits, leaves
  // the group, joins. request_finish() only asks for it, so that several mappings finish side by
  // side.
  void request_finish();
  void finish();
  // Ends a finish() that waits for batches in flight: their results are not waited for and not
  // committed.
  void abandon();
  // The clock was moved: whoever waits for a time looks at it again.
  void wake();

  const MappingConfig& config() const;
  MappingStatus status() const;
  // Asks the pollers where their partitions stand; then waits for what they answer, which takes as
  // long as a commit under way at most `until`. Several mappings are asked before any is waited
  // for.
  std::uint64_t ask_partitions();
  std::vector<PartitionStatus> partitions(std::uint64_t asked,
                                          std::chrono::steady_clock::time_point until) const;
  const BatchLog& batches() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
