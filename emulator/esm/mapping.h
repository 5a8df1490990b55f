// One event source mapping: its state, its counters and the pollers that work for it.
//
// Threads: any; each poller has one thread of its own (esm/poller.h).
// Lifetime: start() → finish() or abandon() → destruction. Each is idempotent; stopping before
// start is fine.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/config/model.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/delivery.h"
#include "emulator/esm/progress.h"
#include "emulator/function/invoker.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class EventSourceMapping {
 public:
  using SourceFactory = std::function<std::unique_ptr<RecordSource>()>;

  // `bootstrap_servers`: what the event says, the brokers really used, comma-joined. `on_change` is
  // called from poller threads after something in status() that others wait for may have changed
  // (drained, problem); it must not block.
  EventSourceMapping(MappingConfig config, std::string bootstrap_servers, Invoker& invoker,
                     SourceFactory make_source, const Clock& clock, RetryBackoff backoff,
                     std::function<void()> on_change);
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

  const MappingConfig& config() const;
  MappingStatus status() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
