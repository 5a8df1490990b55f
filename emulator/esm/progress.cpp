#include "emulator/esm/progress.h"

#include <algorithm>
#include <utility>

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
          counters.delivery_errors, counters.commit_errors,  counters.processed,
          counters.invocations,     counters.retries,        counters.throttles,
          counters.commits};
}

}  // namespace

// Texts: docs.aws.amazon.com/lambda/latest/dg/with-kafka-troubleshoot.html and what users report. A
// missing topic looks like a connection error on AWS ("Timeout expired while fetching topic
// metadata").
std::string_view processing_result(SourceProblem::Kind kind) {
  switch (kind) {
    case SourceProblem::Kind::Authentication:
      return "PROBLEM: SASL authentication failed.";
    case SourceProblem::Kind::Authorization:
      return "PROBLEM: Cluster failed to authorize Lambda.";
    case SourceProblem::Kind::Other:
      return "PROBLEM: Lambda internal error. Please contact Lambda customer support.";
    case SourceProblem::Kind::Unreachable:
    case SourceProblem::Kind::TopicMissing:
      break;
  }
  return "PROBLEM: Connection error. Please check your event source connection configuration.";
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

void Progress::set_problem(std::size_t poller, SourceProblem problem) {
  {
    std::lock_guard lock(mutex_);
    last_processing_result_ = processing_result(problem.kind);
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

void Progress::assignment_changed(TimePoint now) {
  std::lock_guard lock(mutex_);
  assignment_changed_at_ = now;
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
  }
  status.topic_partitions = std::max(status.topic_partitions, status.partitions_assigned);
  return status;
}

}  // namespace emulator
