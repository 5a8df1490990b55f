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

  if (takes_no_more()) {
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

  // Records may wait for it, which people want to know.
  look_at_registry();

  // Only now, while the handlers run: a commit waits for the brokers.
  commit(now);

  // What the source before was given up for shows until this one reads.
  end_doubt(now);

  // --until-drained, the scaling of pollers and the status pages watch this.
  report_progress(now);

  // Refused by its brokers, it is of no more use.
  if (stopped_by_) give_up_source(now);
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
      if (record->is_undecodable()) {
        // Its turn comes when no batch holds the records before it.
        if (!batcher_.holds(partition)) discard_undecodable(lane, record, now);
        lane.taken.erase(lane.taken.begin(), record);
        return;
      }
      const Fit fit = batcher_.add(*record, lane.epoch, now);
      if (fit == Fit::NextBatch) break;
      if (fit == Fit::Never) {
        if (!batcher_.holds(partition)) discard_oversize(std::move(*record++), lane.epoch, now);
        lane.taken.erase(lane.taken.begin(), record);
        return;
      }
    }
    lane.taken.erase(lane.taken.begin(), record);
  }
}

// Takes the partition's next records, decodes them, and lets those through that the filter passes.
// False: there are none now.
bool Poller::refill(std::int32_t partition, Lane& lane, std::size_t wanted) {
  if (taken_this_turn_ >= kTakenPerTurnMax) return false;
  if (decoder_ == nullptr) {
    if (!read(partition, lane.taken, wanted)) return false;
  } else {
    if (lane.encoded.empty() && !read(partition, lane.encoded, wanted)) return false;
    if (!decode(lane)) return false;
  }
  if (!parts_.config.filter_patterns.empty()) filter(partition, lane.taken);
  return true;
}

bool Poller::read(std::int32_t partition, std::vector<Record>& records, std::size_t wanted) {
  source_->take(partition, wanted, records);
  if (records.empty()) return false;
  taken_this_turn_ += records.size();
  first_partition_ = partition + 1;
  ledger_.taken(partition, records.size(), records.back().offset);
  parts_.progress.counters.polled += records.size();
  return true;
}

// Of what cannot be decoded a filter can say nothing.
void Poller::filter(std::int32_t partition, std::vector<Record>& records) {
  const std::size_t filtered = std::erase_if(records, [this](const Record& record) {
    return !record.is_undecodable() && !filter_.passes(record);
  });
  if (filtered == 0) return;
  ledger_.filtered(partition, filtered);
  parts_.progress.counters.filtered_out += filtered;
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
  auto partitions = look_at_partitions(now);
  view.lag = lag_;
  parts_.progress.set_view(parts_.index, view, now);
  if (partitions)
    parts_.progress.set_partitions(parts_.index, latest_look_, std::move(*partitions));
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
  return inbox_->abandon_requested() || nothing_under_way();
}

bool Poller::nothing_under_way() const {
  return std::all_of(works_.begin(), works_.end(),
                     [](const auto& work) { return work.second.stage == Work::Stage::Waiting; });
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
