// What a poller shows to those who look: where its partitions stand, and what became of its
// batches.
#include <algorithm>
#include <chrono>
#include <utility>

#include "emulator/esm/poller.h"

namespace emulator {
namespace {

// How often it looks by itself; whoever asks makes it look at once.
constexpr std::chrono::milliseconds kLookInterval{1'000};

bool has_partition(const Part& part, std::int32_t partition) {
  return std::any_of(part.batch.slices.begin(), part.batch.slices.end(),
                     [partition](const auto& slice) { return slice.partition == partition; });
}

// A failure without a type of its own has that of the API's error or the response's member.
std::string_view error_type_of(const Outcome& outcome) {
  if (!outcome.error_type.empty()) return outcome.error_type;
  switch (outcome.kind) {
    case Outcome::Kind::Success:
      return "BatchItemFailures";
    case Outcome::Kind::Throttled:
      return "TooManyRequestsException";
    case Outcome::Kind::Cancelled:
      return "Cancelled";
    case Outcome::Kind::FunctionError:
    case Outcome::Kind::ServiceError:
      break;
  }
  return "ServiceException";
}

}  // namespace

// ---- partitions ----

// nullopt: it is too early for a look.
std::optional<std::vector<PartitionStatus>> Poller::look_at_partitions(TimePoint now) {
  const std::uint64_t asked = parts_.progress.asked();
  if (now < look_at_partitions_ && asked == latest_look_) return std::nullopt;
  look_at_partitions_ = now + kLookInterval;
  latest_look_ = asked;
  lag_ = {};
  std::vector<PartitionStatus> partitions;
  partitions.reserve(lanes_.size());
  for (const auto& [partition, lane] : lanes_) {
    PartitionStatus status{offsets_of(partition), std::nullopt, holder_of(partition, now)};
    if (const auto& end = status.offsets.end) {
      status.lag = std::max<std::int64_t>(0, *end - ledger_.committed_offset(partition));
      lag_.sum += *status.lag;
      lag_.max = std::max(lag_.max, *status.lag);
    }
    partitions.push_back(std::move(status));
  }
  return partitions;
}

PartitionOffsets Poller::offsets_of(std::int32_t partition) const {
  PartitionOffsets offsets;
  offsets.partition = partition;
  offsets.end = source_->latest_end(partition);
  offsets.consumed = ledger_.next_to_take(partition) - 1;
  offsets.processed = ledger_.next_to_commit(partition) - 1;
  offsets.committed = ledger_.committed_offset(partition);
  return offsets;
}

std::optional<PartitionStatus::Holder> Poller::holder_of(std::int32_t partition,
                                                         TimePoint now) const {
  if (held_.count(partition) == 0) return std::nullopt;
  for (const auto& [id, work] : works_) {
    const bool holds = std::any_of(work.parts.begin(), work.parts.end(), [&](const Part& part) {
      return has_partition(part, partition);
    });
    if (!holds) continue;
    if (work.stage == Work::Stage::AtFunction)
      return PartitionStatus::Holder{BatchState::Running, std::nullopt};
    if (work.stage == Work::Stage::AtDestination)
      return PartitionStatus::Holder{BatchState::Failed, std::nullopt};
    return PartitionStatus::Holder{BatchState::Waiting, real_wait(work.parts.front(), now)};
  }
  return std::nullopt;
}

// nullopt: until the poller stops.
std::optional<std::chrono::nanoseconds> Poller::real_wait(const Part& part, TimePoint now) const {
  if (part.due == TimePoint::max()) return std::nullopt;
  return parts_.clock.real_time(std::max(part.due - now, TimePoint::duration::zero()));
}

// ---- batches ----

// What is left of a batch goes on under its name if it is all of it, and as batches of its own if
// it is not.
void Poller::note_decision(BatchLog::Ticket ticket, const Outcome& outcome, Decision& decision,
                           TimePoint now) {
  BatchLog& log = parts_.batches;
  if (decision.kind == Decision::Kind::Processed) return log.ended(ticket, BatchState::Succeeded);
  log.error(ticket, error_type_of(outcome));
  if (decision.left.size() == 1 && decision.done.record_count == 0) {
    decision.left.front().ticket = std::move(ticket);
  } else if (!decision.left.empty()) {
    for (Part& part : decision.left) part.ticket = log.split(ticket, part.batch);
    log.ended(ticket, BatchState::Split);
  }
  for (const Part& part : decision.left) log.waits(part.ticket, real_wait(part, now));
}

}  // namespace emulator
