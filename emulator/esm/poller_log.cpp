// What a poller tells people about its batches: one line each, at info when it went well, at warn
// when it did not.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/esm/poller.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

// The start of a payload, fit for a log line.
std::string excerpt(std::string_view payload) {
  constexpr std::size_t kExcerptBytesMax = 300;
  std::string text(payload.substr(0, kExcerptBytesMax));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c >= 0 && c < ' '; }, ' ');
  return payload.size() > kExcerptBytesMax ? text + "..." : text;
}

std::string failure_text(const Outcome& outcome) {
  switch (outcome.kind) {
    case Outcome::Kind::Throttled:
      return outcome.error_type.empty() ? "was throttled" : "was throttled: " + outcome.error_type;
    case Outcome::Kind::ServiceError:
      return "could not be run: " + outcome.error_type + " " + excerpt(outcome.payload);
    case Outcome::Kind::Cancelled:
      return "was cancelled";
    case Outcome::Kind::Success:
      return "has failed records, says the function";
    case Outcome::Kind::FunctionError:
      break;
  }
  return "failed: " + outcome.error_type + " " + excerpt(outcome.payload);
}

std::string records(std::size_t count) {
  return counted(count, "record");
}

// What follows from it: "attempt 2, tried again in 400 ms".
std::string next_text(const Outcome& outcome, const Decision& decision, TimePoint now) {
  const auto pause = [&](const Part& part) {
    return fmt::format("tried again in {} ms", duration_cast<milliseconds>(part.due - now).count());
  };
  switch (decision.kind) {
    case Decision::Kind::Retry: {
      const Part& part = decision.left.front();
      if (!outcome.ran()) return pause(part);
      return fmt::format("attempt {}, {}", part.batch.history.failed, pause(part));
    }
    case Decision::Kind::ItemsFailed:
      return fmt::format(
          "{} done, {} from the lowest failed offset on {}", records(decision.done.record_count),
          records(decision.left.front().batch.record_count), pause(decision.left.front()));
    case Decision::Kind::Split:
      return fmt::format(
          "split into {} and {}, {}", records(decision.left.front().batch.record_count),
          records(decision.left.back().batch.record_count), pause(decision.left.front()));
    case Decision::Kind::GivenUp:
      return fmt::format(
          "{} given up after {}", records(decision.left.front().batch.record_count),
          counted(static_cast<std::uint64_t>(decision.left.front().discard->invoke_count),
                  "invocation"));
    case Decision::Kind::Processed:
    case Decision::Kind::Undecided:
      break;
  }
  return "its records stay uncommitted";
}

}  // namespace

// ---- the mapping's own log events ----

bool Poller::writes_system_log(SystemLogEvent event) const {
  return is_logged(event, parts_.config.system_log_level);
}

void Poller::write_system_log(std::string_view line) const {
  log::info("[{}] {}", name_, line);
}

SystemLogOrigin Poller::origin() const {
  return {parts_.config, parts_.index, parts_.clock.epoch_ms()};
}

void Poller::tell_partitions() const {
  if (!writes_system_log(SystemLogEvent::PollerStatus)) return;
  KafkaConnection connection;
  connection.broker_endpoints = parts_.bootstrap_servers;
  SourceSecurity security = source_->security();
  connection.security_protocol = std::move(security.protocol);
  connection.sasl_mechanism = std::move(security.mechanism);
  connection.total_partitions = source_->topic_partitions();
  for (const auto& [partition, lane] : lanes_) connection.assigned_partitions.push_back(partition);
  connection.assignment_generation = assignments_;
  write_system_log(poller_status_event(origin(), connection));
}

void Poller::tell_offsets(TimePoint now) {
  tell_offsets_at_ = now + kKafkaStatusInterval;
  if (!writes_system_log(SystemLogEvent::KafkaStatus)) return;
  for (const auto& [partition, lane] : lanes_) {
    write_system_log(kafka_status_event(origin(), offsets_of(partition)));
  }
}

void Poller::tell_error(std::string_view message, std::string_view code) const {
  if (!writes_system_log(SystemLogEvent::EsmProcessing)) return;
  write_system_log(esm_processing_event(origin(), message, code));
}

// ---- for people ----

void Poller::tell_success(const Work& work, const Decision& decision) {
  if (!decision.remark.empty())
    log::warn("[{}] {}, request {}", name_, decision.remark, work.request_id);
  if (!spdlog::should_log(spdlog::level::info)) return;
  const auto took = duration_cast<milliseconds>(parts_.clock.now() - work.started);
  const Batch& batch = decision.done;
  std::string what = fmt::format("batch of {} ({}): ok in {} ms", batch.record_count,
                                 describe(batch, parts_.config.topic), took.count());
  if (batch.history.failed > 0) {
    what += " after " + counted(static_cast<std::uint64_t>(batch.history.failed), "failed attempt");
  }
  successes_.push_back({std::move(what), work.request_id});
}

void Poller::tell_committed(std::string_view committed) {
  for (const Success& success : successes_) {
    log::info("[{}] {}, {}, request {}", name_, success.what, committed, success.request_id);
  }
  successes_.clear();
}

void Poller::tell_failure(const Work& work, std::string_view what, const Outcome& outcome,
                          const Decision& decision, TimePoint now) {
  std::size_t records = decision.done.record_count;
  for (const Part& part : decision.left) records += part.batch.record_count;
  std::string text = failure_text(outcome);
  if (!decision.remark.empty()) text += " (" + decision.remark + ")";
  const std::string next =
      takes_no_more() ? "its records stay uncommitted" : next_text(outcome, decision, now);
  log::warn("[{}] batch of {} ({}) {}; {}, request {}", name_, records, what, text, next,
            work.request_id);
}

void Poller::tell_given_up(const Batch& batch) const {
  log::info("[{}] stops: batch of {} ({}) stays uncommitted and will be read again", name_,
            batch.record_count, describe(batch, parts_.config.topic));
}

void Poller::tell_oversize(const Record& record) const {
  log::warn(
      "[{}] {}-{}@{} fits no event: it would have {} bytes, more than the {} that an event may "
      "have; nothing but a smaller record helps",
      name_, parts_.config.topic, record.partition, record.offset,
      parts_.format.envelope_bytes() + parts_.format.group_bytes(record.partition) +
          parts_.format.record_bytes(record),
      kEventBytesMax);
}

void Poller::tell_undecodable(const Batch& batch) const {
  const DecodedRecord::Failure& first = *batch.slices.front().records.front().decoded->failure;
  tell_error(first.text, kDecodeErrorCode);
  log::warn("[{}] {} ({}) cannot be decoded: {}", name_, records(batch.record_count),
            describe(batch, parts_.config.topic), first.text);
}

void Poller::tell_dropped(const Batch& batch, const Discard& discard, std::string_view why) const {
  log::error("[{}] {} ({}) dropped for good, {}: {}", name_, records(batch.record_count),
             describe(batch, parts_.config.topic), to_string(discard.condition), why);
}

void Poller::tell_delivered(const Batch& batch, const Discard& discard) const {
  log::warn("[{}] {} ({}) sent to {}, {}", name_, records(batch.record_count),
            describe(batch, parts_.config.topic), parts_.on_failure->sink.describe(),
            to_string(discard.condition));
}

void Poller::tell_fault(const Work& work, std::string_view what) const {
  log::warn("[{}] injected fault: {}, request {}", name_, what, work.request_id);
}

}  // namespace emulator
