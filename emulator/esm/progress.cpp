#include "emulator/esm/progress.h"

#include <utility>

namespace emulator {
namespace {

// How long an assignment must stand before a poller for which the group has no partition counts as
// done: a member that joins or dies gives everybody new shares, and a topic that is missing shows
// as an empty share before its error arrives.
constexpr std::chrono::seconds kAssignmentSettles{10};

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

Progress::Progress(std::size_t pollers, std::function<void()> on_change)
    : on_change_(std::move(on_change)), seats_(pollers) {}

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
    seats_[poller].problem = std::move(problem);
  }
  on_change_();
}

// The result stays until the next good batch, as on AWS.
void Progress::clear_problem(std::size_t poller) {
  {
    std::lock_guard lock(mutex_);
    if (!seats_[poller].problem) return;
    seats_[poller].problem.reset();
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
    PollerView& known = seats_[poller].view;
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
  for (const Seat& seat : seats_) {
    if (seat.view.partitions_assigned == 0 && !assignment_is_final) return false;
    if (!seat.view.settled) return false;
    // What was known of the log's end may be outdated, and records may have been produced since.
    if (seat.problem) return false;
  }
  return true;
}

MappingStatus Progress::snapshot() const {
  MappingStatus status;
  status.records_taken = counters.records_taken;
  status.records_processed = counters.records_processed;
  status.records_dropped = counters.records_dropped;
  status.invocations = counters.invocations;
  status.failed_invocations = counters.failed_invocations;
  status.retries = counters.retries;
  status.commits = counters.commits;
  status.refused_commits = counters.refused_commits;

  std::lock_guard lock(mutex_);
  status.state = state_;
  status.last_processing_result = last_processing_result_;
  status.drained = drained_ || seats_.empty();          // a disabled mapping has nothing to do
  if (state_ == MappingState::Disabled) return status;  // what it was last is no longer so
  for (const Seat& seat : seats_) {
    status.partitions_assigned += seat.view.partitions_assigned;
    status.batches_in_flight += seat.view.batches_in_flight;
    if (seat.problem && !status.problem) status.problem = seat.problem;
  }
  return status;
}

}  // namespace emulator
