// What a poller tells people about its batches: one line each, at info when it went well, at warn
// when it did not.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

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
      return "was throttled: no environment is free and the function's queue is full";
    case Outcome::Kind::ServiceError:
      return "could not be run: " + outcome.error_type + " " + excerpt(outcome.payload);
    case Outcome::Kind::Cancelled:
      return "was cancelled";
    case Outcome::Kind::FunctionError:
    case Outcome::Kind::Success:
      break;
  }
  return "failed: " + outcome.error_type + " " + excerpt(outcome.payload);
}

}  // namespace

Poller::Success Poller::make_success(const Invocation& ended) const {
  const auto took = duration_cast<milliseconds>(parts_.clock.now() - ended.started);
  const Batch& batch = ended.batch;
  std::string what = fmt::format("batch of {} ({}): ok in {} ms", batch.record_count,
                                 describe(batch, parts_.config.topic), took.count());
  if (batch.history.failed > 0) {
    what += fmt::format(" after {} failed attempt{}", batch.history.failed,
                        batch.history.failed == 1 ? "" : "s");
  }
  return {std::move(what), ended.request_id};
}

void Poller::tell_successes(std::string_view committed) {
  for (const Success& success : successes_) {
    log::info("[{}] {}, {}, request {}", name_, success.what, committed, success.request_id);
  }
  successes_.clear();
}

void Poller::tell_failure(const Invocation& ended, const Outcome& outcome, const Decision& decision,
                          TimePoint now) {
  if (outcome.kind == Outcome::Kind::Success) return;
  if (outcome.kind == Outcome::Kind::FunctionError) {
    parts_.progress.counters.failed_invocations += 1;
  }
  if (outcome.kind == Outcome::Kind::FunctionError || outcome.kind == Outcome::Kind::ServiceError) {
    parts_.progress.set_result(
        "PROBLEM: Function call failed");  // also for a deleted function, §6.4
  }
  std::string next = "its records stay uncommitted";
  if (const auto* retry = std::get_if<Retry>(&decision);
      retry != nullptr && !inbox_->finish_requested()) {
    const auto pause = duration_cast<milliseconds>(retry->at - now);
    next = fmt::format("tried again in {} ms", pause.count());
    if (outcome.kind == Outcome::Kind::FunctionError) {
      next = fmt::format("attempt {}, {}", retry->history.failed, next);
    }
  }
  log::warn("[{}] batch of {} ({}) {}; {}, request {}", name_, ended.batch.record_count,
            describe(ended.batch, parts_.config.topic), failure_text(outcome), next,
            ended.request_id);
}

void Poller::tell_given_up(const Batch& batch) const {
  log::info("[{}] stops: batch of {} ({}) stays uncommitted and will be read again", name_,
            batch.record_count, describe(batch, parts_.config.topic));
}

}  // namespace emulator
