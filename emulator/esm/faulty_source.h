// A source of records that the fault script breaks: commit-fails refuses a commit; broker-down
// keeps records, events and commits back for a while, as brokers out of reach would. The client
// behind it is served all the while, so that the group does not give this member up.
//
// Threads: as RecordSource; several of a mapping's pollers share one script.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "emulator/esm/clock.h"
#include "emulator/esm/faults.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class FaultySource : public RecordSource {
 public:
  // `mapping_name`: for log lines. `clock`: how long brokers are down; a SystemClock, because what
  // stands for a network runs in real time. Script and clock outlive the source.
  FaultySource(std::unique_ptr<RecordSource> source, FaultScript& script, std::string mapping_name,
               std::string topic, const Clock& clock);

  SourceSecurity security() const override;
  void open(std::function<void()> on_activity) override;
  std::vector<SourceEvent> serve() override;
  void take(std::int32_t partition, std::size_t max_records, std::vector<Record>& out) override;
  bool at_end(std::int32_t partition) const override;
  std::int64_t end_offset(std::int32_t partition) const override;
  std::optional<std::int64_t> latest_end(std::int32_t partition) const override;
  int topic_partitions() const override;
  CommitResult commit(const std::vector<CommitOffset>& offsets) override;
  void close() override;

 private:
  const std::unique_ptr<RecordSource> source_;
  FaultScript& script_;
  const std::string mapping_name_;
  const std::string topic_;
  const Clock& clock_;

  bool down_ = false;
  std::vector<SourceEvent> kept_back_;  // while down
};

}  // namespace emulator
