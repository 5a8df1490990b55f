// A batch on its way: to the function, again, to the destination, until every record of it is
// disposed of. The path of the records into it is in poller.cpp.
#include <algorithm>
#include <cassert>
#include <set>
#include <utility>
#include <variant>

#include "emulator/config/uuid.h"
#include "emulator/esm/batch_edit.h"
#include "emulator/esm/poller.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr std::string_view kResultOk = "OK";
constexpr std::string_view kResultFailed = "PROBLEM: Function call failed";

// How often a destination is tried before its records count as lost: a partition must not wait for
// it for ever. (That AWS retries before it drops them is an inference.)
constexpr int kSendsMax = 5;

// The lowest offset of the partition that is in these parts.
std::optional<std::int64_t> lowest_left(const std::deque<Part>& parts, std::int32_t partition) {
  std::optional<std::int64_t> lowest;
  for (const Part& part : parts) {
    for (const BatchSlice& slice : part.batch.slices) {
      if (slice.partition != partition || slice.records.empty()) continue;
      if (!lowest || slice.first_offset() < *lowest) lowest = slice.first_offset();
    }
  }
  return lowest;
}

bool has_partition(const std::deque<Part>& parts, std::int32_t partition) {
  return std::any_of(parts.begin(), parts.end(), [partition](const Part& part) {
    return std::any_of(part.batch.slices.begin(), part.batch.slices.end(),
                       [partition](const auto& slice) { return slice.partition == partition; });
  });
}

// Of a batch that has lost partitions: whoever has them now decides on their records.
void forget_lost_documents(const Batch& batch, std::vector<FailureMessage>& messages) {
  std::erase_if(messages, [&batch](const FailureMessage& message) {
    return message.record &&
           std::none_of(batch.slices.begin(), batch.slices.end(), [&](const BatchSlice& slice) {
             return slice.partition == message.record->partition;
           });
  });
}

// Takes out of a batch what these documents are about: single records, or all of it.
Batch take_undelivered(Batch& batch, const std::vector<FailureMessage>& messages,
                       const EventFormat& format) {
  std::set<RecordPlace> places;
  for (const FailureMessage& message : messages) {
    if (!message.record) return std::exchange(batch, {});
    places.insert(*message.record);
  }
  return take_out(
      batch,
      [&](const Record& record) {
        return places.count({record.partition, record.offset}) > 0;
      },
      format);
}

}  // namespace

void Poller::begin(Part part) {
  Work work;
  for (const BatchSlice& slice : part.batch.slices) {
    held_.insert(slice.partition);
    work.ends[slice.partition] = slice.last_offset() + 1;
  }
  work.parts.push_back(std::move(part));
  works_.emplace(++latest_work_id_, std::move(work));
}

// AWS: "may go unprocessed" (with-kafka.html), and with a destination the condition
// MaximumPayloadSizeExceeded; that the offset is passed without one is an inference.
void Poller::discard_oversize(Record record, Epoch epoch, TimePoint now) {
  tell_oversize(record);
  Part part{{}, Discard{}, now};
  part.discard->condition = DiscardCondition::MaximumPayloadSizeExceeded;
  append(part.batch, std::move(record), epoch, parts_.format);
  begin(std::move(part));
}

// ---- sending ----

void Poller::send_due(TimePoint now) {
  std::vector<std::pair<TimePoint, std::uint64_t>> due;
  for (const auto& [id, work] : works_) {
    if (work.stage == Work::Stage::Waiting && work.parts.front().due <= now)
      due.emplace_back(work.parts.front().due, id);
  }
  std::sort(due.begin(), due.end());
  for (const auto& [time, id] : due) {
    const auto found = works_.find(id);
    send(id, found->second, now);
    if (found->second.parts.empty()) works_.erase(found);
  }
}

// Does with the parts of a work what can be done at once, in their order.
void Poller::send(std::uint64_t id, Work& work, TimePoint now) {
  while (!work.parts.empty() && work.stage == Work::Stage::Waiting &&
         work.parts.front().due <= now) {
    if (!work.parts.front().discard && parts_.config.maximum_record_age_s != kUnlimited) {
      // "Instead of being sent": before the first attempt and before each retry.
      Batch& batch = work.parts.front().batch;
      Discard expired{DiscardCondition::RecordAgeExceeded, batch.history.invocations,
                      work.request_id, std::nullopt};
      Batch old = take_expired(batch, std::chrono::seconds(parts_.config.maximum_record_age_s),
                               parts_.clock.epoch_ms(), parts_.format);
      BatchLog::Ticket ticket;
      if (batch.record_count == 0) {
        ticket = std::move(work.parts.front().ticket);
        work.parts.pop_front();
      }
      if (old.record_count > 0) {
        work.parts.push_front({std::move(old), std::move(expired), now});
        work.parts.front().ticket = std::move(ticket);
      }
    }
    if (work.parts.front().discard) {
      discard(id, work);
    } else if (has_place()) {
      invoke(id, work);
    } else {
      return;
    }
  }
}

void Poller::invoke(std::uint64_t id, Work& work) {
  const Batch& batch = work.parts.front().batch;
  // A retry is a new invocation with an id of its own, as any poller's call is (inference).
  InvocationRequest request;
  request.request_id = random_uuid();
  log::debug("[{}] batch of {} ({}): {} bytes, request {}", name_, batch.record_count,
             describe(batch, parts_.config.topic), batch.event_bytes, request.request_id);
  parts_.batches.sent(work.parts.front().ticket, batch, request.request_id);
  work.request_id = request.request_id;
  work.started = parts_.clock.now();
  work.stage = Work::Stage::AtFunction;
  work.fault = parts_.faults.at_invoke(parts_.config.topic, batch);
  auto& counters = parts_.progress.counters;
  counters.invocations += 1;
  counters.invoked += batch.record_count;
  if (batch.history.invocations > 0 || batch.history.refused > 0) counters.retries += 1;
  auto post = [inbox = inbox_, id](Outcome outcome) { inbox->post({id, std::move(outcome)}); };
  if (work.fault == InvokeFault::Throttle) {
    tell_fault(work, "throttle: the function is not called");
    Outcome throttled;
    throttled.kind = Outcome::Kind::Throttled;
    throttled.request_id = request.request_id;
    post(std::move(throttled));
    return;
  }
  request.payload = std::make_shared<const std::string>(parts_.format.write(batch));
  assert(request.payload->size() == batch.event_bytes);
  parts_.invoker.invoke(std::move(request), std::move(post));
}

void Poller::discard(std::uint64_t id, Work& work) {
  Part& part = work.parts.front();
  parts_.batches.given_up(part.ticket, part.batch, to_string(part.discard->condition));
  if (parts_.on_failure == nullptr) {
    tell_dropped(part.batch, *part.discard, "the mapping has no destination for them");
    parts_.progress.counters.dropped += part.batch.record_count;
    Part dropped = std::move(work.parts.front());
    work.parts.pop_front();
    parts_.batches.ended(dropped.ticket, BatchState::Dropped);
    settle(work, dropped.batch);
    return;
  }
  const OnFailure& to = *parts_.on_failure;
  auto messages = std::exchange(part.undelivered, {});
  if (part.failed_sends == 0) {
    messages =
        failure_messages(to.destination, parts_.config, to.function_arn, parts_.bootstrap_servers,
                         parts_.format, part.batch, *part.discard, parts_.clock.epoch_ms());
  }
  work.stage = Work::Stage::AtDestination;
  to.sink.send(std::move(messages), [inbox = inbox_, id](Undelivered undelivered) {
    inbox->post({id, std::move(undelivered)});
  });
}

// ---- what becomes of it ----

void Poller::conclude(Completion completion, TimePoint now) {
  const auto found = works_.find(completion.work_id);
  assert(found != works_.end());
  Work& work = found->second;
  work.stage = Work::Stage::Waiting;
  Part sent = std::move(work.parts.front());
  work.parts.pop_front();
  std::visit([&](auto& answer) { on_answer(work, std::move(sent), std::move(answer), now); },
             completion.answer);
  if (work.parts.empty()) works_.erase(found);
}

void Poller::on_answer(Work& work, Part sent, Outcome outcome, TimePoint now) {
  if (!owns_any(sent.batch)) return forget_lost_slices(work, sent.batch);
  outcome = strike(work, std::move(outcome));
  if (outcome.kind == Outcome::Kind::Success && work.fault == InvokeFault::Duplicate) {
    tell_fault(work, "duplicate: the batch succeeded and is delivered again");
    forget_lost_slices(work, sent.batch);
    sent.due = now;
    parts_.batches.waits(sent.ticket, real_wait(sent, now));
    work.parts.push_front(std::move(sent));
    return;
  }
  const std::string what = describe(sent.batch, parts_.config.topic);
  const std::size_t record_count = sent.batch.record_count;
  Decision decision =
      decide(std::move(sent.batch), outcome, parts_.config.topic, parts_.rules, parts_.format, now);
  // The answer tells of all that the event held. A partition that was revoked meanwhile is another
  // member's: nothing of it counts here.
  forget_lost_slices(work, decision.done);
  for (Part& part : decision.left) forget_lost_slices(work, part.batch);
  std::erase_if(decision.left, [](const Part& part) { return part.batch.slices.empty(); });
  auto& counters = parts_.progress.counters;
  counters.processed += decision.done.record_count;
  if (outcome.ran()) parts_.progress.set_function_can_start(true);
  if (decision.kind == Decision::Kind::Processed) {
    parts_.progress.set_result(kResultOk);
    tell_success(work, decision);
  } else {
    if (outcome.ran()) {
      counters.invoke_errors += 1;
      counters.failed_invoke += record_count;
    }
    if (outcome.kind == Outcome::Kind::Throttled) counters.throttles += 1;
    if (outcome.kind == Outcome::Kind::ServiceError) parts_.progress.set_function_can_start(false);
    // Also for a function that was deleted (users report it). A throttle is no failure.
    if (outcome.kind != Outcome::Kind::Throttled && outcome.kind != Outcome::Kind::Cancelled)
      parts_.progress.set_result(kResultFailed);
    tell_failure(work, what, outcome, decision, now);
  }
  note_decision(std::move(sent.ticket), outcome, decision, now);
  for (auto part = decision.left.rbegin(); part != decision.left.rend(); ++part)
    work.parts.push_front(std::move(*part));
  settle(work, decision.done);
  if (work.fault == InvokeFault::Rebalance && outcome.kind == Outcome::Kind::Success) {
    tell_fault(work, "rebalance: the group takes the partitions away before the commit");
    rejoins_ = true;
  }
}

void Poller::on_answer(Work& work, Part sent, Undelivered undelivered, TimePoint now) {
  forget_lost_slices(work, sent.batch);
  if (sent.batch.slices.empty()) return;
  auto& messages = undelivered.messages;
  forget_lost_documents(sent.batch, messages);
  auto& counters = parts_.progress.counters;
  if (!messages.empty()) {
    counters.delivery_errors += 1;
    tell_error(undelivered.problem, "OnFailureDestinationDeliveryError");
    sent.failed_sends += 1;
    if (sent.failed_sends < kSendsMax) {
      const auto pause = parts_.rules.backoff.pause(sent.failed_sends);
      log::warn(
          "[{}] {}: {} of its records' documents were not delivered: {}; tried again in {} "
          "ms",
          name_, parts_.on_failure->sink.describe(), messages.size(), undelivered.problem,
          pause.count());
      sent.due = now + pause;
      sent.undelivered = std::move(messages);
      work.parts.push_front(std::move(sent));
      return;
    }
    const Batch lost = take_undelivered(sent.batch, messages, parts_.format);
    counters.dropped += lost.record_count;
    tell_dropped(lost, *sent.discard,
                 parts_.on_failure->sink.describe() + " failed " + std::to_string(kSendsMax) +
                     " times: " + undelivered.problem);
    settle(work, lost);
  }
  parts_.batches.ended(sent.ticket, messages.empty() ? BatchState::Delivered : BatchState::Dropped);
  if (sent.batch.record_count == 0) return;
  counters.delivered += sent.batch.record_count;
  tell_delivered(sent.batch, *sent.discard);
  settle(work, sent.batch);
}

// The answer that the fault script puts in the place of the real one. An invocation that did not
// run cannot be struck.
Outcome Poller::strike(Work& work, Outcome outcome) {
  if (!outcome.ran() || (work.fault != InvokeFault::Timeout && work.fault != InvokeFault::Crash))
    return outcome;
  const bool timeout = work.fault == InvokeFault::Timeout;
  tell_fault(work, timeout ? "timeout: the function ran, its answer counts as a timeout"
                           : "crash: the function ran, its answer counts as a crash");
  outcome.kind = Outcome::Kind::FunctionError;
  outcome.error_type = timeout ? "Sandbox.Timedout" : "Runtime.ExitError";
  outcome.payload = R"({"errorType":")" + outcome.error_type +
                    R"(","errorMessage":"injected by the fault script"})";
  return outcome;
}

// ---- small things ----

// These records are disposed of: their offsets may be passed, and partitions of which nothing is
// left go on.
void Poller::settle(Work& work, const Batch& disposed) {
  for (const BatchSlice& slice : disposed.slices) {
    const auto left = lowest_left(work.parts, slice.partition);
    const std::int64_t next = left ? *left : work.ends.at(slice.partition);
    ledger_.disposed(slice.partition, slice.epoch, slice.records.size(), next);
    if (!left) held_.erase(slice.partition);
  }
}

bool Poller::owns_any(const Batch& batch) const {
  return std::any_of(batch.slices.begin(), batch.slices.end(), [this](const BatchSlice& slice) {
    return ledger_.owns(slice.partition, slice.epoch);
  });
}

// Takes what is another member's now out of one of the work's batches, and lets go of a partition
// of which the work has nothing else.
void Poller::forget_lost_slices(const Work& work, Batch& batch) {
  for (std::size_t i = batch.slices.size(); i-- > 0;) {
    const std::int32_t partition = batch.slices[i].partition;
    if (ledger_.owns(partition, batch.slices[i].epoch)) continue;
    remove_slice(batch, i);
    if (!has_partition(work.parts, partition)) held_.erase(partition);
  }
}

// After a rebalance. A part that is under way is left alone: it keeps its partitions held until it
// ends, even when they come back at once.
void Poller::forget_lost_parts() {
  for (auto work = works_.begin(); work != works_.end();) {
    auto& [id, found] = *work;
    const std::size_t under_way = found.stage == Work::Stage::Waiting ? 0 : 1;
    for (std::size_t i = found.parts.size(); i-- > under_way;) {
      forget_lost_slices(found, found.parts[i].batch);
      if (found.parts[i].batch.slices.empty())
        found.parts.erase(found.parts.begin() + static_cast<std::ptrdiff_t>(i));
      else
        forget_lost_documents(found.parts[i].batch, found.parts[i].undelivered);
    }
    work = found.parts.empty() ? works_.erase(work) : std::next(work);
  }
}

void Poller::give_up_waiting_records() {
  batcher_.clear();
  for (auto& [partition, lane] : lanes_) {
    lane.taken.clear();
    lane.encoded.clear();
  }
  for (auto work = works_.begin(); work != works_.end();) {
    if (work->second.stage != Work::Stage::Waiting) {
      ++work;
      continue;
    }
    for (const Part& part : work->second.parts) {
      tell_given_up(part.batch);
      for (const BatchSlice& slice : part.batch.slices) held_.erase(slice.partition);
    }
    work = works_.erase(work);
  }
}

}  // namespace emulator
