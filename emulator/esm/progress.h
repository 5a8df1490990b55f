// What the pollers of one mapping tell the world: counters, problems, and whether everything is
// done. Threads: any; pollers write, others take snapshots. Lifetime: the mapping's, longer than
// its pollers.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/esm/batch_log.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/system_log.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

enum class MappingState { Creating, Enabling, Enabled, Updating, Disabling, Disabled, Deleting };

// What a mapping has done so far; `Count` is a number, or an atomic one while pollers add to it.
// The comments name AWS's metrics:
// docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html, event source mapping metrics.
template <class Count>
struct BasicCounts {
  Count polled{0};           // PolledEventCount
  Count filtered_out{0};     // FilteredOutEventCount
  Count invoked{0};          // InvokedEventCount: again for each retry
  Count failed_invoke{0};    // FailedInvokeEventCount: records of failed invocations
  Count dropped{0};          // DroppedEventCount: given up and delivered to no destination
  Count delivered{0};        // OnFailureDestinationDeliveredEventCount
  Count committed{0};        // CommittedEventCount: by how much offsets advanced
  Count polling_errors{0};   // PollingErrorCount
  Count invoke_errors{0};    // InvokeErrorCount: batches, not records
  Count delivery_errors{0};  // OnFailureDestinationDeliveryErrorCount
  Count commit_errors{0};    // CommitErrorCount
  Count registry_errors{0};  // SchemaRegistryErrorCount: failed calls and records not decoded
  // Beyond AWS's:
  Count processed{0};    // records that a successful invocation handled
  Count invocations{0};  // batches handed to the function
  Count retries{0};      // invocations with records that were sent before
  Count throttles{0};    // of them, those that the function refused
  Count commits{0};
};
using Counts = BasicCounts<std::uint64_t>;
using Counters = BasicCounts<std::atomic<std::uint64_t>>;

Counts operator+(const Counts& a, const Counts& b);

struct MappingStatus {
  MappingState state = MappingState::Creating;
  std::string last_processing_result = "No records processed";  // AWS's texts
  std::optional<SourceProblem> problem;  // what keeps it from reading, if anything
  bool joined = false;  // the group has answered: with partitions, or that others have them
  bool function_can_start = true;  // as the latest invocation found it
  bool drained =
      false;  // nothing in flight; every assigned partition processed and committed up to its end
  Counts counts;
  int pollers = 0;
  int topic_partitions = 0;  // as far as any poller knows
  int partitions_assigned = 0;
  int batches_in_flight = 0;
  std::int64_t sum_lag = 0;  // SumOffsetLag, MaxOffsetLag: records behind the log's end
  std::int64_t max_lag = 0;
};

// Where one partition of a mapping stands.
struct PartitionStatus {
  // The batch whose end it waits for.
  struct Holder {
    BatchState state = BatchState::Running;             // or Waiting, or Failed: at the destination
    std::optional<std::chrono::nanoseconds> real_wait;  // of one that waits; nullopt: for no time
  };
  PartitionOffsets offsets;
  std::optional<std::int64_t> lag;  // records that are not committed; nullopt: no end known yet
  std::optional<Holder> held_by;
};

class Progress {
 public:
  struct Lag {
    std::int64_t sum = 0;
    std::int64_t max = 0;
    bool operator==(const Lag&) const = default;
  };
  // What one poller says of itself after each turn of its loop.
  struct PollerView {
    int partitions_assigned = 0;
    int topic_partitions = 0;  // as far as it knows
    int batches_in_flight = 0;
    Lag lag;
    bool settled = false;  // nothing in its hands, all its partitions at their end and committed
    bool operator==(const PollerView&) const = default;
  };

  // `on_change`: called without a lock held, from any thread that reports, after a change that
  // others may wait for.
  explicit Progress(std::function<void()> on_change);

  // A poller reports only between these two.
  void add_poller(std::size_t poller);
  void remove_poller(std::size_t poller, TimePoint now);

  Counters counters;

  void set_state(MappingState state);
  void set_result(std::string_view last_processing_result);
  void set_function_can_start(bool can_start);
  void set_problem(std::size_t poller, SourceProblem problem);
  void clear_problem(std::size_t poller);
  // Beside the source's own; nullopt: it is over.
  void set_registry_problem(std::size_t poller, std::optional<SourceProblem> problem);
  void assignment_changed(TimePoint now);
  void set_view(std::size_t poller, PollerView view, TimePoint now);

  // Whoever wants to know of the partitions asks, wakes the pollers, and reads what they answer.
  // Pollers look at their partitions now and then by themselves too, which is what is read when one
  // of them does not answer in time.
  std::uint64_t ask() { return ++asked_; }
  std::uint64_t asked() const { return asked_.load(std::memory_order_relaxed); }
  void set_partitions(std::size_t poller, std::uint64_t asked,
                      std::vector<PartitionStatus> partitions);
  // By number. Waits for the answers to ask().
  std::vector<PartitionStatus> partitions(std::uint64_t asked,
                                          std::chrono::steady_clock::time_point until) const;

  MappingStatus snapshot() const;

 private:
  struct Seat {
    PollerView view;
    std::optional<SourceProblem> problem;
    std::optional<SourceProblem> registry_problem;
    std::vector<PartitionStatus> partitions;
    std::uint64_t answered = 0;  // ask() that they answer
  };
  bool compute_drained(TimePoint now) const;  // with mutex_ held

  const std::function<void()> on_change_;
  std::atomic<std::uint64_t> asked_{0};

  mutable std::mutex mutex_;  // guards everything below
  MappingState state_ = MappingState::Creating;
  std::string last_processing_result_ = "No records processed";
  std::map<std::size_t, Seat> seats_;  // one a poller
  bool function_can_start_ = true;
  std::optional<TimePoint> assignment_changed_at_;
  bool drained_ = false;
  mutable std::condition_variable answered_;
};

}  // namespace emulator
