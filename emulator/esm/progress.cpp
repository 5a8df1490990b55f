#include "emulator/esm/progress.h"

#include <algorithm>
#include <utility>

#include "emulator/esm/problem_table.h"

namespace emulator {
namespace {

// How long an assignment must stand before a poller for which the group has no partition counts as
// done: a member that joins or dies gives everybody new shares, and a topic that is missing shows
// as an empty share before its error arrives.
constexpr std::chrono::seconds kAssignmentSettles{10};

Counts snapshot_of(const Counters& counters) {
  return {counters.polled,          counters.filtered_out,   counters.invoked,
          counters.failed_invoke,   counters.dropped,        counters.delivered,
          counters.committed,       counters.polling_errors, counters.invoke_errors,
          counters.delivery_errors, counters.commit_errors,  counters.registry_errors,
          counters.processed,       counters.invocations,    counters.retries,
          counters.throttles,       counters.commits};
}

}  // namespace

Counts operator+(const Counts& a, const Counts& b) {
  return {a.polled + b.polled,
          a.filtered_out + b.filtered_out,
          a.invoked + b.invoked,
          a.failed_invoke + b.failed_invoke,
          a.dropped + b.dropped,
          a.delivered + b.delivered,
          a.committed + b.committed,
          a.polling_errors + b.polling_errors,
          a.invoke_errors + b.invoke_errors,
          a.delivery_errors + b.delivery_errors,
          a.commit_errors + b.commit_errors,
          a.registry_errors + b.registry_errors,
          a.processed + b.processed,
          a.invocations + b.invocations,
          a.retries + b.retries,
          a.throttles + b.throttles,
          a.commits + b.commits};
}

Progress::Progress(std::function<void()> on_change) : on_change_(std::move(on_change)) {}

void Progress::add_poller(std::size_t poller) {
  std::lock_guard lock(mutex_);
  seats_.try_emplace(poller);
}

void Progress::remove_poller(std::size_t poller, TimePoint now) {
  {
    std::lock_guard lock(mutex_);
    seats_.erase(poller);
    answered_.notify_all();
    drained_ = compute_drained(now);
  }
  on_change_();
}

void Progress::set_state(MappingState state) {
  std::lock_guard lock(mutex_);
  state_ = state;
}

void Progress::set_result(std::string_view last_processing_result) {
  {
    std::lock_guard lock(mutex_);
    if (last_processing_result_ == last_processing_result) return;
    last_processing_result_ = last_processing_result;
  }
  on_change_();
}

void Progress::set_function_can_start(bool can_start) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(function_can_start_, can_start) == can_start) return;
  }
  on_change_();
}

void Progress::set_problem(std::size_t poller, SourceProblem problem) {
  {
    std::lock_guard lock(mutex_);
    last_processing_result_ = texts_of(problem.kind).processing_result;
    seats_.at(poller).problem = std::move(problem);
  }
  on_change_();
}

// The result stays until the next good batch, as on AWS.
void Progress::clear_problem(std::size_t poller) {
  {
    std::lock_guard lock(mutex_);
    std::optional<SourceProblem>& known = seats_.at(poller).problem;
    if (!known) return;
    known.reset();
  }
  on_change_();
}

void Progress::set_registry_problem(std::size_t poller, std::optional<SourceProblem> problem) {
  {
    std::lock_guard lock(mutex_);
    if (problem) last_processing_result_ = texts_of(problem->kind).processing_result;
    seats_.at(poller).registry_problem = std::move(problem);
  }
  on_change_();
}

void Progress::assignment_changed(TimePoint now) {
  {
    std::lock_guard lock(mutex_);
    if (std::exchange(assignment_changed_at_, now)) return;
  }
  on_change_();
}

void Progress::set_view(std::size_t poller, PollerView view, TimePoint now) {
  {
    std::lock_guard lock(mutex_);
    PollerView& known = seats_.at(poller).view;
    const bool assignment_differs = known.partitions_assigned != view.partitions_assigned;
    known = view;
    const bool drained = compute_drained(now);
    if (std::exchange(drained_, drained) == drained && !assignment_differs) return;
  }
  on_change_();
}

void Progress::set_partitions(std::size_t poller, std::uint64_t asked,
                              std::vector<PartitionStatus> partitions) {
  std::lock_guard lock(mutex_);
  Seat& seat = seats_.at(poller);
  seat.partitions = std::move(partitions);
  seat.answered = asked;
  answered_.notify_all();
}

std::vector<PartitionStatus> Progress::partitions(
    std::uint64_t asked, std::chrono::steady_clock::time_point until) const {
  std::vector<PartitionStatus> partitions;
  {
    std::unique_lock lock(mutex_);
    answered_.wait_until(lock, until, [&] {
      return state_ == MappingState::Disabled ||
             std::all_of(seats_.begin(), seats_.end(),
                         [&](const auto& seat) { return seat.second.answered >= asked; });
    });
    if (state_ == MappingState::Disabled) return {};  // what it was last is no longer so
    for (const auto& [poller, seat] : seats_)
      partitions.insert(partitions.end(), seat.partitions.begin(), seat.partitions.end());
  }
  std::sort(partitions.begin(), partitions.end(),
            [](const auto& a, const auto& b) { return a.offsets.partition < b.offsets.partition; });
  return partitions;
}

bool Progress::compute_drained(TimePoint now) const {
  // Without any assignment so far nobody knows what there is to do.
  if (!assignment_changed_at_) return false;
  const bool assignment_is_final = now - *assignment_changed_at_ >= kAssignmentSettles;
  for (const auto& [poller, seat] : seats_) {
    if (seat.view.partitions_assigned == 0 && !assignment_is_final) return false;
    if (!seat.view.settled) return false;
    // What was known of the log's end may be outdated, and records may have been produced since.
    if (seat.problem) return false;
  }
  return true;
}

MappingStatus Progress::snapshot() const {
  MappingStatus status;
  status.counts = snapshot_of(counters);

  std::lock_guard lock(mutex_);
  status.state = state_;
  status.last_processing_result = last_processing_result_;
  status.function_can_start = function_can_start_;
  status.joined = assignment_changed_at_.has_value();
  // One that was never enabled has nothing to do.
  status.drained = drained_ || (seats_.empty() && state_ == MappingState::Disabled);
  if (state_ == MappingState::Disabled) return status;  // what it was last is no longer so
  status.pollers = static_cast<int>(seats_.size());
  for (const auto& [poller, seat] : seats_) {
    status.topic_partitions = std::max(status.topic_partitions, seat.view.topic_partitions);
    status.partitions_assigned += seat.view.partitions_assigned;
    status.batches_in_flight += seat.view.batches_in_flight;
    status.sum_lag += seat.view.lag.sum;
    status.max_lag = std::max(status.max_lag, seat.view.lag.max);
    if (seat.problem && !status.problem) status.problem = seat.problem;
    if (seat.registry_problem && !status.problem) status.problem = seat.registry_problem;
  }
  status.topic_partitions = std::max(status.topic_partitions, status.partitions_assigned);
  // A batch that was under way may end well meanwhile; that does not hide what is wrong now.
  if (status.problem)
    status.last_processing_result = texts_of(status.problem->kind).processing_result;
  return status;
}

}  // namespace emulator
