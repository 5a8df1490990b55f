#include "emulator/esm/poller.h"

#include <algorithm>
#include <cassert>
#include <utility>
#include <variant>

#include "emulator/config/uuid.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

// "Up to 5 concurrent invocations" a poller
// (docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html, provisioned mode). They are of
// different partitions, the only reading that agrees with the order that AWS promises.
constexpr std::size_t kInFlightMax = 5;

// Bounds the memory of batches whose retries wait, at most one a partition: above it no new records
// are taken.
constexpr std::size_t kHeldBytesMax = 256 * 1024 * 1024;

// The Kafka client wants to be served even when nothing happens (max.poll.interval.ms, client
// statistics).
constexpr milliseconds kServeIntervalMax{1'000};

constexpr milliseconds kCommitRetryPause{100};

constexpr std::string_view kResultOk = "OK";

}  // namespace

// The path of a record, from Kafka to the function and back to the committed offset. One turn is
// one look at everything that may have happened; nothing in it blocks but the commit.
void Poller::pipeline() {
  while (!is_finished()) {
    const TimePoint now = parts_.clock.now();

    // Rebalances come first: everything below may only touch partitions that are ours.
    for (const SourceEvent& event : source_->serve()) note(event);

    // Outcomes next: they free partitions and places for the batches below.
    for (Completion& completion : inbox_->drain()) conclude(std::move(completion), now);

    if (inbox_->finish_requested()) {
      // Whatever has not been sent yet stays uncommitted and will be read again.
      give_up_waiting_records();
    } else {
      // A failed batch is older than any new record and holds its partitions back, so it goes
      // before them.
      retry_due_batches(now);

      // One batch forms at a time, out of partitions that have no batch under way; that keeps each
      // partition in order.
      do {
        take_records(now);
      } while (invoke_if_ready(now));
    }

    // Only now, while the handlers run: a commit waits for the brokers.
    commit(now);

    // --until-drained and the status pages watch this.
    report_progress(now);

    // Until there is a record, an outcome, a wish to stop, or something falls due.
    rest(now);
  }
}

// ---- what becomes of an invocation ----

void Poller::conclude(Completion completion, TimePoint now) {
  auto found = in_flight_.extract(completion.batch_id);
  assert(!found.empty());
  Invocation& ended = found.mapped();
  const Decision decision =
      decide(completion.outcome.kind, ended.batch.history, parts_.backoff, now);
  tell_failure(ended, completion.outcome, decision, now);
  std::visit([&](const auto& decided) { apply(decided, ended); }, decision);
}

void Poller::apply(const Processed&, Invocation& ended) {
  parts_.progress.counters.records_processed += ended.batch.record_count;
  parts_.progress.set_result(kResultOk);
  if (spdlog::should_log(spdlog::level::info)) successes_.push_back(make_success(ended));
  forget_lost_slices(ended.batch);
  for (const BatchSlice& slice : ended.batch.slices) {
    ledger_.processed(slice.partition, slice.epoch, slice.records.size(), slice.last_offset());
  }
  release_partitions(ended.batch);
}

void Poller::apply(const Retry& retry, Invocation& ended) {
  ended.batch.history = retry.history;
  keep_waiting(std::move(ended.batch), retry.at);
}

// Its partitions stay held: going on behind a batch of which nothing is known would skip it.
void Poller::apply(const Undecided&, Invocation& ended) {
  keep_waiting(std::move(ended.batch), TimePoint::max());
}

void Poller::keep_waiting(Batch batch, TimePoint due) {
  forget_lost_slices(batch);
  if (!batch.slices.empty()) waiting_.push_back({std::move(batch), due});
}

// ---- from Kafka to the function ----

void Poller::retry_due_batches(TimePoint now) {
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [](const auto& one, const auto& other) { return one.due < other.due; });
  while (has_place() && !waiting_.empty() && waiting_.front().due <= now) {
    Batch batch = std::move(waiting_.front().batch);
    waiting_.erase(waiting_.begin());
    parts_.progress.counters.retries += 1;
    invoke(std::move(batch));
  }
}

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
    if (lane.taken.empty()) {
      source_->take(partition, wanted, lane.taken);
      if (lane.taken.empty()) return;
      ledger_.taken(partition, lane.taken.size(), lane.taken.back().offset);
      parts_.progress.counters.records_taken += lane.taken.size();
      first_partition_ = partition + 1;
    }
    auto record = lane.taken.begin();
    for (; record != lane.taken.end(); ++record) {
      const Fit fit = batcher_.add(*record, lane.epoch, now);
      if (fit == Fit::NextBatch) break;
      if (fit == Fit::Never) drop(*record);
    }
    lane.taken.erase(lane.taken.begin(), record);
  }
}

// AWS: "may go unprocessed" (with-kafka.html); that its offset is passed is an inference.
void Poller::drop(const Record& record) {
  log::warn(
      "[{}] {}-{}@{} is skipped: its event would have {} bytes, more than the {} that an event may "
      "have; nothing but a smaller record helps",
      name_, parts_.config.topic, record.partition, record.offset,
      parts_.format.envelope_bytes() + parts_.format.group_bytes(record.partition) +
          parts_.format.record_bytes(record),
      kEventBytesMax);
  ledger_.dropped(record.partition);
  parts_.progress.counters.records_dropped += 1;
}

bool Poller::invoke_if_ready(TimePoint now) {
  if (!has_place() || !batcher_.is_ready(now)) return false;
  invoke(batcher_.take());
  return true;
}

void Poller::invoke(Batch batch) {
  for (const BatchSlice& slice : batch.slices) held_.insert(slice.partition);

  // A retry is a new invocation with an id of its own, as any poller's call is (inference).
  InvocationRequest request;
  request.request_id = random_uuid();
  request.payload = std::make_shared<const std::string>(parts_.format.write(batch));
  assert(request.payload->size() == batch.event_bytes);
  log::debug("[{}] batch of {} ({}): {} bytes, request {}", name_, batch.record_count,
             describe(batch, parts_.config.topic), batch.event_bytes, request.request_id);

  parts_.progress.counters.invocations += 1;
  const std::uint64_t id = ++latest_batch_id_;
  in_flight_[id] = {std::move(batch), request.request_id, parts_.clock.now()};
  parts_.invoker.invoke(std::move(request), [inbox = inbox_, id](Outcome outcome) {
    inbox->post({id, std::move(outcome)});
  });
}

// ---- commit, report, rest ----

void Poller::commit(TimePoint now) {
  const std::vector<CommitOffset> offsets = ledger_.committable();
  if (offsets.empty() || now < commit_not_before_) {
    tell_successes(offsets.empty() ? "not committed (its partitions were revoked)"
                                   : "commit waits");
    return;
  }
  if (source_->commit(offsets) == CommitResult::Done) {
    ledger_.committed(offsets);
    parts_.progress.counters.commits += 1;
    for (const CommitOffset& offset : offsets) {
      log::debug("[{}] {}-{} committed up to {}", name_, parts_.config.topic, offset.partition,
                 offset.next_offset);
    }
    tell_successes("committed");
    return;
  }
  parts_.progress.counters.refused_commits += 1;
  commit_not_before_ = now + kCommitRetryPause;
  tell_successes("commit refused");
  log::warn("[{}] a commit was refused (first {}-{} up to {}); tried again in {} ms", name_,
            parts_.config.topic, offsets.front().partition, offsets.front().next_offset,
            kCommitRetryPause.count());
}

void Poller::report_progress(TimePoint now) {
  Progress::PollerView view;
  view.partitions_assigned = static_cast<int>(lanes_.size());
  view.batches_in_flight = static_cast<int>(in_flight_.size());
  view.settled = (has_no_partitions_ || !lanes_.empty()) && in_flight_.empty() &&
                 waiting_.empty() && batcher_.empty() &&
                 std::all_of(lanes_.begin(), lanes_.end(), [this](const auto& lane) {
                   return ledger_.is_settled(lane.first) && source_->at_end(lane.first);
                 });
  parts_.progress.set_view(parts_.index, view, now);
}

void Poller::rest(TimePoint now) {
  if (is_finished()) return;
  TimePoint until = now + kServeIntervalMax;
  if (has_place()) {
    if (const auto ready_at = batcher_.ready_at()) until = std::min(until, *ready_at);
    for (const WaitingBatch& waiting : waiting_) until = std::min(until, waiting.due);
  }
  if (!ledger_.committable().empty()) until = std::min(until, commit_not_before_);
  inbox_->wait(until - parts_.clock.now());
}

// ---- small things ----

bool Poller::is_finished() const {
  return inbox_->finish_requested() && (in_flight_.empty() || inbox_->abandon_requested());
}

void Poller::give_up_waiting_records() {
  batcher_.clear();
  for (auto& [partition, lane] : lanes_) lane.taken.clear();
  for (const WaitingBatch& waiting : waiting_) {
    tell_given_up(waiting.batch);
    release_partitions(waiting.batch);
  }
  waiting_.clear();
}

bool Poller::has_place() const {
  const auto function_max = static_cast<std::size_t>(std::max(1, parts_.invoker.max_concurrency()));
  return in_flight_.size() < std::min(kInFlightMax, function_max);
}

std::size_t Poller::held_bytes() const {
  std::size_t bytes = 0;
  for (const auto& [id, invocation] : in_flight_) bytes += invocation.batch.event_bytes;
  for (const WaitingBatch& waiting : waiting_) bytes += waiting.batch.event_bytes;
  return bytes;
}

void Poller::release_partitions(const Batch& batch) {
  for (const BatchSlice& slice : batch.slices) held_.erase(slice.partition);
}

void Poller::forget_lost_slices(Batch& batch) {
  for (std::size_t i = batch.slices.size(); i-- > 0;) {
    const BatchSlice& slice = batch.slices[i];
    if (ledger_.owns(slice.partition, slice.epoch)) continue;
    held_.erase(slice.partition);
    remove_slice(batch, i);
  }
}

}  // namespace emulator
