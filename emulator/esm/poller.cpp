#include "emulator/esm/poller.h"

#include <algorithm>
#include <utility>

#include "emulator/esm/scaling.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

// Bounds the memory of batches whose retries wait, at most one a partition: above it no new records
// are taken.
constexpr std::size_t kHeldBytesMax = 256 * 1024 * 1024;

// Records looked at in one turn: a stretch that the filter drops must not keep the poller from its
// commits and rebalances.
constexpr std::size_t kTakenPerTurnMax = 20'000;

// The Kafka client wants to be served even when nothing happens (max.poll.interval.ms, client
// statistics). Real time.
constexpr milliseconds kServeIntervalMax{1'000};

constexpr milliseconds kCommitRetryPause{100};

constexpr milliseconds kLagInterval{1'000};

}  // namespace

// The path of a record, from Kafka to the function and back to the committed offset. One turn is
// one look at everything that may have happened; nothing in it blocks but the commit.
void Poller::turn() {
  const TimePoint now = parts_.clock.now();
  taken_this_turn_ = 0;

  // Rebalances come first: everything below may only touch partitions that are ours.
  for (const SourceEvent& event : source_->serve()) note(event);

  // Answers next: they free partitions and places for the batches below.
  for (Completion& completion : inbox_->drain()) conclude(std::move(completion), now);
  if (rejoins_) rejoin();

  if (inbox_->finish_requested()) {
    // Whatever has not been sent yet stays uncommitted and will be read again.
    give_up_waiting_records();
  } else {
    // What failed is older than any new record and holds its partitions back, so it goes before
    // them: to the function again, or to the destination.
    send_due(now);

    // One batch forms at a time, out of partitions that have no batch under way; that keeps each
    // partition in order.
    do {
      take_records(now);
    } while (invoke_if_ready(now));
  }

  // Only now, while the handlers run: a commit waits for the brokers.
  commit(now);

  // --until-drained, the scaling of pollers and the status pages watch this.
  report_progress(now);
}

// ---- from Kafka into a batch ----

// Starts behind the partition that gave the last records, so that a busy one does not keep the
// others waiting.
void Poller::take_records(TimePoint now) {
  if (held_bytes() > kHeldBytesMax) return;
  auto lane = lanes_.lower_bound(first_partition_);
  for (std::size_t looked_at = 0; looked_at < lanes_.size(); ++looked_at, ++lane) {
    if (batcher_.wanted() == 0) return;
    if (lane == lanes_.end()) lane = lanes_.begin();
    if (held_.count(lane->first) == 0) take_from(lane->first, lane->second, now);
  }
}

void Poller::take_from(std::int32_t partition, Lane& lane, TimePoint now) {
  while (const std::size_t wanted = batcher_.wanted()) {
    if (lane.taken.empty() && !refill(partition, lane, wanted)) return;
    auto record = lane.taken.begin();
    for (; record != lane.taken.end(); ++record) {
      const Fit fit = batcher_.add(*record, lane.epoch, now);
      if (fit == Fit::NextBatch) break;
      if (fit == Fit::Never) {
        // Its turn comes when no batch holds the records before it.
        if (!batcher_.holds(partition)) discard_oversize(std::move(*record++), lane.epoch, now);
        lane.taken.erase(lane.taken.begin(), record);
        return;
      }
    }
    lane.taken.erase(lane.taken.begin(), record);
  }
}

// Takes the partition's next records and lets those through that the filter passes. False: there
// are none now.
bool Poller::refill(std::int32_t partition, Lane& lane, std::size_t wanted) {
  if (taken_this_turn_ >= kTakenPerTurnMax) return false;
  source_->take(partition, wanted, lane.taken);
  if (lane.taken.empty()) return false;
  const std::size_t taken = lane.taken.size();
  taken_this_turn_ += taken;
  first_partition_ = partition + 1;
  ledger_.taken(partition, taken, lane.taken.back().offset);
  parts_.progress.counters.polled += taken;
  if (parts_.config.filter_patterns.empty()) return true;
  std::erase_if(lane.taken, [this](const Record& record) { return !filter_.passes(record); });
  if (const std::size_t filtered = taken - lane.taken.size(); filtered > 0) {
    ledger_.filtered(partition, filtered);
    parts_.progress.counters.filtered_out += filtered;
  }
  return true;
}

bool Poller::invoke_if_ready(TimePoint now) {
  if (!has_place() || !batcher_.is_ready(now)) return false;
  begin({batcher_.take(), std::nullopt, now});
  send_due(now);
  return true;
}

// ---- commit, report, rest ----

void Poller::commit(TimePoint now) {
  const std::vector<CommitOffset> offsets = ledger_.committable();
  if (offsets.empty() || now < commit_not_before_) {
    tell_committed(offsets.empty() ? "not committed (its partitions were revoked)"
                                   : "commit waits");
    return;
  }
  if (source_->commit(offsets) == CommitResult::Done) {
    parts_.progress.counters.committed += static_cast<std::uint64_t>(ledger_.committed(offsets));
    parts_.progress.counters.commits += 1;
    for (const CommitOffset& offset : offsets) {
      log::debug("[{}] {}-{} committed up to {}", name_, parts_.config.topic, offset.partition,
                 offset.next_offset);
    }
    tell_committed("committed");
    return;
  }
  parts_.progress.counters.commit_errors += 1;
  commit_not_before_ = now + kCommitRetryPause;
  tell_error("a commit was refused", kCommitErrorCode);
  tell_committed("commit refused");
  log::warn("[{}] a commit was refused (first {}-{} up to {}); tried again in {} ms", name_,
            parts_.config.topic, offsets.front().partition, offsets.front().next_offset,
            kCommitRetryPause.count());
}

void Poller::report_progress(TimePoint now) {
  Progress::PollerView view;
  view.partitions_assigned = static_cast<int>(lanes_.size());
  view.topic_partitions = source_->topic_partitions();
  view.batches_in_flight = in_flight();
  view.settled = (has_no_partitions_ || !lanes_.empty()) && works_.empty() && batcher_.empty() &&
                 std::all_of(lanes_.begin(), lanes_.end(), [this](const auto& lane) {
                   return ledger_.is_settled(lane.first) && source_->at_end(lane.first);
                 });
  if (now >= look_at_lag_) {
    look_at_lag_ = now + kLagInterval;
    lag_ = {};
    for (const auto& [partition, lane] : lanes_) {
      const auto end = source_->latest_end(partition);
      if (!end) continue;
      const auto lag = std::max<std::int64_t>(0, *end - ledger_.committed_offset(partition));
      lag_.sum += lag;
      lag_.max = std::max(lag_.max, lag);
    }
  }
  view.lag = lag_;
  parts_.progress.set_view(parts_.index, view, now);
  if (std::exchange(tells_partitions_, false)) tell_partitions();
  if (now >= tell_offsets_at_) tell_offsets(now);
}

void Poller::rest() {
  const TimePoint now = parts_.clock.now();
  if (is_finished() || taken_this_turn_ >= kTakenPerTurnMax) return;
  TimePoint until = TimePoint::max();
  const bool has_place = this->has_place();
  if (const auto ready_at = batcher_.ready_at(); ready_at && has_place)
    until = std::min(until, *ready_at);
  for (const auto& [id, work] : works_) {
    if (work.stage != Work::Stage::Waiting) continue;
    if (work.parts.front().discard || has_place) until = std::min(until, work.parts.front().due);
  }
  if (!ledger_.committable().empty()) until = std::min(until, commit_not_before_);
  std::chrono::nanoseconds real = kServeIntervalMax;
  if (until != TimePoint::max()) {
    real = std::min(real, parts_.clock.real_time(until - now));
  }
  inbox_->wait(real);
}

// ---- small things ----

bool Poller::is_finished() const {
  if (!inbox_->finish_requested()) return false;
  return inbox_->abandon_requested() || std::all_of(works_.begin(), works_.end(), [](auto& work) {
           return work.second.stage == Work::Stage::Waiting;
         });
}

int Poller::in_flight() const {
  return static_cast<int>(std::count_if(works_.begin(), works_.end(), [](const auto& work) {
    return work.second.stage == Work::Stage::AtFunction;
  }));
}

bool Poller::has_place() const {
  const int function_max = std::max(1, parts_.invoker.max_concurrency());
  // Of different partitions, the only reading that agrees with the order that AWS promises.
  return in_flight() < std::min(kInvocationsPerPollerMax, function_max);
}

std::size_t Poller::held_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, work] : works_) {
    for (const Part& part : work.parts) bytes += part.batch.event_bytes;
  }
  return bytes;
}

}  // namespace emulator
