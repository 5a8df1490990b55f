// What works for a mapping while it is enabled, and who makes it: the interface between the
// catalog and the composition root. Real: mapping_factory.h. Fake: tests/support/fake_mappings.h.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "emulator/config/model.h"
#include "emulator/esm/batch_log.h"
#include "emulator/esm/mapping.h"
#include "emulator/esm/record_sink.h"
#include "emulator/function/invoker.h"

namespace emulator {

// From joining the group to leaving it. In the order in which its parts need one another.
struct MappingRun {
  std::string bootstrap_servers;  // those really used
  std::shared_ptr<Invoker> invoker;
  std::unique_ptr<RecordSink> sink;  // of the on-failure destination; null: there is none
  std::shared_ptr<EventSourceMapping> mapping;

  // Neither what the function has nor what the destination has is waited for.
  void abandon() {
    mapping->abandon();
    if (sink) sink->stop();
  }
};

// Threads: any, at the same time too. Lifetime: longer than what it makes.
class MappingStarter {
 public:
  virtual ~MappingStarter() = default;

  // Refuses a mapping that must never run, with a ConfigError. Quick.
  virtual void check(const MappingConfig& config) const = 0;
  // A run that is not started yet; takes as long as a look at its destination does. Throws
  // ConfigError for what somebody must mend before it can run.
  virtual std::unique_ptr<MappingRun> make(const MappingConfig& config,
                                           std::shared_ptr<BatchLog> batches,
                                           std::function<void()> on_change) = 0;
};

}  // namespace emulator
