// What the pollers of one mapping tell the world: counters, problems, and whether everything is
// done. Threads: any; pollers write, others take snapshots. Lifetime: the mapping's, longer than
// its pollers.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/esm/clock.h"
#include "emulator/kafka/record_source.h"

namespace emulator {

enum class MappingState { Creating, Enabled, Disabling, Disabled, Deleting };

struct MappingStatus {
  MappingState state = MappingState::Creating;
  std::string last_processing_result = "No records processed";  // AWS's texts, aws-behaviour §6.4
  std::optional<SourceProblem> problem;  // what keeps it from reading, if anything
  bool drained =
      false;  // nothing in flight; every assigned partition processed and committed up to its end
  std::uint64_t records_taken = 0;      // from Kafka
  std::uint64_t records_processed = 0;  // handled by a successful invocation
  std::uint64_t records_dropped = 0;    // given up: too large for one event
  std::uint64_t invocations = 0;
  std::uint64_t failed_invocations = 0;  // the function ran and failed
  std::uint64_t retries = 0;             // invocations with records that were sent before
  std::uint64_t commits = 0;
  std::uint64_t refused_commits = 0;  // tried again later
  int partitions_assigned = 0;
  int batches_in_flight = 0;
};

struct Counters {
  std::atomic<std::uint64_t> records_taken{0};
  std::atomic<std::uint64_t> records_processed{0};
  std::atomic<std::uint64_t> records_dropped{0};
  std::atomic<std::uint64_t> invocations{0};
  std::atomic<std::uint64_t> failed_invocations{0};
  std::atomic<std::uint64_t> retries{0};
  std::atomic<std::uint64_t> commits{0};
  std::atomic<std::uint64_t> refused_commits{0};
};

class Progress {
 public:
  // What one poller says of itself after each turn of its loop.
  struct PollerView {
    int partitions_assigned = 0;
    int batches_in_flight = 0;
    bool settled = false;  // nothing in its hands, all its partitions at their end and committed
    bool operator==(const PollerView&) const = default;
  };

  // `on_change`: called without a lock held, from any thread that reports, after a change that
  // others may wait for.
  Progress(std::size_t pollers, std::function<void()> on_change);

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
  std::vector<Seat> seats_;  // one a poller
  std::optional<TimePoint> assignment_changed_at_;
  bool drained_ = false;
};

// What the control plane shows for a problem of the source, AWS's own texts.
std::string_view processing_result(SourceProblem::Kind kind);

}  // namespace emulator
