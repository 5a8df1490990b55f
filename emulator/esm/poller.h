// The data plane of a mapping: one consumer of its group, from the broker to the function and back
// to the commit. poller.cpp shows the whole path of a record in one function; every decision in it
// is a pure class of its own.
//
// Threads: run() is the poller's thread and owns everything here but the inbox, which others reach
// it through. Lifetime: run() returns when a requested finish is done; then it may be destroyed,
// whether or not invocations that were abandoned still answer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/batcher.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/delivery.h"
#include "emulator/esm/inbox.h"
#include "emulator/esm/kafka_event.h"
#include "emulator/esm/ledger.h"
#include "emulator/esm/progress.h"
#include "emulator/function/invoker.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

class Poller {
 public:
  // References must outlive the poller; several pollers of a mapping share them.
  struct Parts {
    std::size_t index = 0;  // among the mapping's pollers
    const MappingConfig& config;
    const EventFormat& format;
    Invoker& invoker;
    std::function<std::unique_ptr<RecordSource>()> make_source;  // called on the poller's thread
    const Clock& clock;
    RetryBackoff backoff;
    Progress& progress;
  };
  explicit Poller(Parts parts);

  void run();

  // Any thread, idempotent; before run() too.
  void request_finish() { inbox_->request_finish(); }
  void request_abandon() { inbox_->request_abandon(); }

 private:
  // An assigned partition.
  struct Lane {
    Epoch epoch = 0;
    std::vector<Record> taken;  // in no batch yet: the latest one had no room for them
  };
  struct Invocation {
    Batch batch;
    std::string request_id;
    TimePoint started;
  };
  struct WaitingBatch {
    Batch batch;
    TimePoint due;
  };
  struct Success {  // logged once it is known whether its offsets were committed
    std::string what;
    std::string request_id;
  };

  // poller.cpp
  void pipeline();
  bool is_finished() const;

  void conclude(Completion completion, TimePoint now);
  void apply(const Processed& decided, Invocation& ended);
  void apply(const Retry& decided, Invocation& ended);
  void apply(const Undecided& decided, Invocation& ended);
  void keep_waiting(Batch batch, TimePoint due);

  void retry_due_batches(TimePoint now);
  void take_records(TimePoint now);
  void take_from(std::int32_t partition, Lane& lane, TimePoint now);
  void drop(const Record& record);
  bool invoke_if_ready(TimePoint now);
  void invoke(Batch batch);

  void commit(TimePoint now);
  void report_progress(TimePoint now);
  void rest(TimePoint now);

  void give_up_waiting_records();
  bool has_place() const;
  std::size_t held_bytes() const;  // of the events of batches in flight or waiting
  void release_partitions(const Batch& batch);
  void forget_lost_slices(Batch& batch);

  // poller_source.cpp
  void note(const SourceEvent& event);
  void on_event(const PartitionAssigned& event);
  void on_event(const PartitionRevoked& event);
  void on_event(const NoPartitions& event);
  void on_event(const SourceProblem& event);
  void on_event(const SourceRecovered& event);
  void forget_partition(std::int32_t partition);
  void leave_group();
  void forget_source();
  void pause_for(std::chrono::milliseconds pause);

  // poller_log.cpp
  void tell_given_up(const Batch& batch) const;
  Success make_success(const Invocation& ended) const;
  void tell_successes(std::string_view committed);
  void tell_failure(const Invocation& ended, const Outcome& outcome, const Decision& decision,
                    TimePoint now);

  const Parts parts_;
  const std::string name_;  // for log lines
  const std::shared_ptr<Inbox> inbox_ = std::make_shared<Inbox>();

  // Owned by the poller's thread.
  std::unique_ptr<RecordSource> source_;
  std::map<std::int32_t, Lane> lanes_;
  bool has_no_partitions_ = false;    // the group said so; no lanes alone may mean "not yet"
  std::int32_t first_partition_ = 0;  // where the next look for records starts
  Batcher batcher_;
  Ledger ledger_;
  std::unordered_map<std::uint64_t, Invocation> in_flight_;
  std::vector<WaitingBatch> waiting_;      // for their retry
  std::unordered_set<std::int32_t> held_;  // partitions of batches in flight or waiting
  std::uint64_t latest_batch_id_ = 0;
  std::vector<Success> successes_;
  TimePoint commit_not_before_{};
};

}  // namespace emulator
