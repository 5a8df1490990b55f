// What the pollers of one mapping tell the world: counters, problems, and whether everything is
// done. Threads: any; pollers write, others take snapshots. Lifetime: the mapping's, longer than
// its pollers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/esm/clock.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

enum class MappingState { Creating, Enabled, Disabling, Disabled, Deleting };

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
  // Beyond AWS's:
  Count processed{0};    // records that a successful invocation handled
  Count invocations{0};  // batches handed to the function
  Count retries{0};      // invocations with records that were sent before
  Count throttles{0};    // of them, those that the function refused
  Count commits{0};
};
using Counts = BasicCounts<std::uint64_t>;
using Counters = BasicCounts<std::atomic<std::uint64_t>>;

struct MappingStatus {
  MappingState state = MappingState::Creating;
  std::string last_processing_result = "No records processed";  // AWS's texts
  std::optional<SourceProblem> problem;  // what keeps it from reading, if anything
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
  void set_problem(std::size_t poller, SourceProblem problem);
  void clear_problem(std::size_t poller);
  void assignment_changed(TimePoint now);
  void set_view(std::size_t poller, PollerView view, TimePoint now);

  MappingStatus snapshot() const;

 private:
  struct Seat {
    PollerView view;
    std::optional<SourceProblem> problem;
  };
  bool compute_drained(TimePoint now) const;  // with mutex_ held

  const std::function<void()> on_change_;

  mutable std::mutex mutex_;  // guards everything below
  MappingState state_ = MappingState::Creating;
  std::string last_processing_result_ = "No records processed";
  std::map<std::size_t, Seat> seats_;  // one a poller
  std::optional<TimePoint> assignment_changed_at_;
  bool drained_ = false;
};

// What the control plane shows for a problem of the source, AWS's own texts.
std::string_view processing_result(SourceProblem::Kind kind);

}  // namespace emulator
