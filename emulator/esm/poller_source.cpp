// A poller and its source: made, listened to, given up. The path of the records is in poller.cpp.
#include <algorithm>
#include <exception>
#include <utility>
#include <variant>

#include "emulator/esm/poller.h"
#include "emulator/esm/problem_table.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

// After an exception of the source: a new one is made after a growing pause, reset by a minute
// without trouble.
constexpr RetryBackoff kRestartBackoff{milliseconds{1'000}, milliseconds{30'000}};
constexpr std::chrono::seconds kTroubleFree{60};

// How long a source that is given up waits for the batches under way, so that they need not be
// sent again.
constexpr std::chrono::seconds kLastAnswersWait{10};

// A member that the group gives no partition, and that hears of no problem for so long, is allowed
// to be one.
constexpr std::chrono::seconds kSilenceBelieved{5};

// While it pauses, a poller looks at its clock at least this often.
constexpr milliseconds kLookInterval{1'000};

}  // namespace

Poller::Poller(Parts parts)
    : parts_(std::move(parts)),
      name_(parts_.config.name),
      filter_(parts_.filter),
      batcher_(parts_.format, BatchLimits{static_cast<std::size_t>(parts_.config.batch_size),
                                          parts_.config.batch_window, kEventBytesMax}) {
  if (parts_.make_decoder) decoder_ = parts_.make_decoder([inbox = inbox_] { inbox->notify(); });
}

void Poller::run() {
  for (int failures = 1; !inbox_->finish_requested(); ++failures) {
    const TimePoint started = parts_.clock.now();
    std::optional<std::string> broken = "an exception of unknown type";
    try {
      open();
      while (!is_finished()) {
        turn();
        rest();
      }
      leave();
      return;
    } catch (const SourceProblemError&) {
      broken.reset();  // the problem is told
      doubted_ = true;
    } catch (const std::exception& error) {
      broken = error.what();
    } catch (...) {  // NOLINT(bugprone-empty-catch): `broken` says it already
    }
    forget_source();
    if (parts_.clock.now() - started >= kTroubleFree) failures = 1;
    const milliseconds pause = kRestartBackoff.pause(failures);
    if (broken) {
      log::error("[{}] polling stopped: {}; it starts again in {} ms", name_, *broken,
                 pause.count());
      parts_.progress.set_problem(parts_.index, {SourceProblem::Kind::Other, *broken});
    } else {
      log::info("[{}] a new connection is tried in {} ms", name_, pause.count());
    }
    pause_for(pause);
  }
}

void Poller::open() {
  try {
    source_ = parts_.make_source();
  } catch (const SourceProblemError& error) {
    report(error.problem());
    throw;
  }
  source_->open([inbox = inbox_] { inbox->notify(); });
}

void Poller::pause_for(milliseconds pause) {
  const TimePoint until = parts_.clock.now() + pause;
  while (!inbox_->finish_requested() && parts_.clock.now() < until) {
    const auto left = parts_.clock.real_time(until - parts_.clock.now());
    inbox_->wait(std::min<std::chrono::nanoseconds>(left, kLookInterval));
  }
}

void Poller::note(const SourceEvent& event) {
  std::visit([this](const auto& happened) { on_event(happened); }, event);
}

void Poller::on_event(const PartitionAssigned& event) {
  forget_partition(event.partition);
  has_no_partitions_ = false;
  source_has_problem_ = false;
  lanes_[event.partition] = Lane{ledger_.assign(event.partition, event.start_offset), {}, {}};
  parts_.progress.assignment_changed(parts_.clock.now());
  if (!doubted_) parts_.progress.clear_problem(parts_.index);
  believed_at_ = TimePoint::max();
  assignments_ += 1;
  tells_partitions_ = true;
  log::info("[{}] {}-{}: from offset {} ({})", name_, parts_.config.topic, event.partition,
            event.start_offset, event.reason);
}

void Poller::on_event(const NoPartitions&) {
  has_no_partitions_ = true;
  // What an earlier source reported, or ended by, is over: the group has answered.
  if (!source_has_problem_ && !doubted_) parts_.progress.clear_problem(parts_.index);
  believed_at_ = parts_.clock.now() + kSilenceBelieved;
  parts_.progress.assignment_changed(parts_.clock.now());
  log::info("[{}] the group has no partition of {} for this member", name_, parts_.config.topic);
}

void Poller::on_event(const PartitionRevoked& event) {
  has_no_partitions_ = false;
  forget_partition(event.partition);
  parts_.progress.assignment_changed(parts_.clock.now());
  assignments_ += 1;
  tells_partitions_ = true;
  log::info("[{}] {}-{}: revoked", name_, parts_.config.topic, event.partition);
}

void Poller::on_event(const SourceProblem& event) {
  source_has_problem_ = true;
  report(event);
  const bool stops = texts_of(event.kind).transition_reason != nullptr;
  if (!stops || stopped_by_) return;
  stopped_by_ = event;
  given_up_at_latest_ = parts_.clock.now() + kLastAnswersWait;
}

void Poller::on_event(const SourceRecovered&) {
  source_has_problem_ = false;
  if (doubted_) return;
  parts_.progress.clear_problem(parts_.index);
  log::info("[{}] reads again", name_);
}

void Poller::report(const SourceProblem& problem) {
  parts_.progress.counters.polling_errors += 1;
  parts_.progress.set_problem(parts_.index, problem);
  tell_error(error_message(problem, parts_.config), texts_of(problem.kind).error_code);
  log::warn("[{}] {}", name_, problem.text);
}

// One that has joined its group may still not be allowed to read.
void Poller::end_doubt(TimePoint now) {
  if (!doubted_ || source_has_problem_) return;
  const bool reads = std::any_of(lanes_.begin(), lanes_.end(), [this](const auto& lane) {
    return source_->latest_end(lane.first).has_value();
  });
  if (!reads && now < believed_at_) return;
  doubted_ = false;
  parts_.progress.clear_problem(parts_.index);
  log::info("[{}] reads again", name_);
}

// The batches under way may still commit, if the brokers let them; what the others have done is
// done again.
void Poller::give_up_source(TimePoint now) {
  const bool waits = !nothing_under_way() && now < given_up_at_latest_;
  if (waits || inbox_->finish_requested()) return;
  commit_not_before_ = {};
  commit(now);
  throw SourceProblemError(*stopped_by_);
}

// Its records in our hands are another member's now. A batch in flight keeps its partition held
// until it ends, so the partition never has two under way, even when it comes back at once.
void Poller::forget_partition(std::int32_t partition) {
  lanes_.erase(partition);
  batcher_.drop_partition(partition);
  ledger_.revoke(partition);
  forget_lost_parts();
}

void Poller::leave() {
  // librdkafka does not close while records of it live.
  give_up_waiting_records();
  for (const auto& [id, work] : works_) {
    for (const Part& part : work.parts) tell_given_up(part.batch);
  }
  works_.clear();
  commit_not_before_ = {};
  commit(parts_.clock.now());
  for (const CommitOffset& offset : ledger_.committable()) {
    log::warn("[{}] {}-{} could not be committed up to {}: its latest records will be read again",
              name_, parts_.config.topic, offset.partition, offset.next_offset);
  }
  source_->close();
  source_.reset();
  log::info("[{}] left the consumer group", name_);
}

// As if the group had taken everything away: what was not committed is read again.
void Poller::rejoin() {
  rejoins_ = false;
  forget_source();
  open();
}

// Nothing of the old source may be used or committed any more. What is under way goes on without
// its records and holds its partitions until it ends.
void Poller::forget_source() {
  give_up_waiting_records();
  lanes_.clear();
  has_no_partitions_ = false;
  source_has_problem_ = false;
  stopped_by_.reset();
  believed_at_ = TimePoint::max();
  ledger_.clear();
  successes_.clear();
  held_.clear();  // an exception may have lost a batch
  for (auto& [id, work] : works_) {
    work.parts.erase(work.parts.begin() + 1, work.parts.end());
    for (BatchSlice& slice : work.parts.front().batch.slices) {
      slice.records.clear();
      held_.insert(slice.partition);
    }
  }
  const TimePoint now = parts_.clock.now();
  parts_.progress.assignment_changed(now);
  parts_.progress.set_partitions(parts_.index, parts_.progress.asked(), {});
  Progress::PollerView view;
  view.batches_in_flight = static_cast<int>(works_.size());
  parts_.progress.set_view(parts_.index, view, now);
  if (source_ == nullptr) return;
  try {
    source_->close();
  } catch (const std::exception& error) {
    log::debug("[{}] closing after the problem failed too: {}", name_, error.what());
  }
  source_.reset();
}

}  // namespace emulator
