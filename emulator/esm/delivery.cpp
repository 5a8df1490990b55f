#include "emulator/esm/delivery.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "emulator/esm/batch_edit.h"
#include "emulator/esm/partial_response.h"

namespace emulator {
namespace {

using Reported = std::map<std::int32_t, std::set<std::int64_t>>;

// Whether the function said of this record that it failed.
bool is_reported(const Reported& reported, const Record& record) {
  const auto offsets = reported.find(record.partition);
  return offsets != reported.end() && offsets->second.count(record.offset) > 0;
}

// Whether it lies below everything that failed in its partition: "Lambda retries just those items",
// read as: each partition resumes at its lowest reported offset (inference: what keeps a
// partition's order; some libraries report only the first failure and skip what follows it).
bool is_below_reported(const Reported& reported, const Record& record) {
  const auto offsets = reported.find(record.partition);
  return offsets == reported.end() || record.offset < *offsets->second.begin();
}

class Deciding {
 public:
  Deciding(const Outcome& outcome, const DeliveryRules& rules, const EventFormat& format,
           TimePoint now)
      : outcome_(outcome), rules_(rules), format_(format), now_(now) {}

  Decision processed(Batch batch) {
    decision_.kind = Decision::Kind::Processed;
    decision_.done = std::move(batch);
    return std::move(decision_);
  }

  // The function answered, and this is what its answer says of single records.
  Decision answered(Batch batch, std::string_view topic) {
    auto read = read_item_failures(outcome_.payload, batch, topic, rules_.strictness);
    if (auto* invalid = std::get_if<InvalidItemFailures>(&read)) {
      decision_.remark = std::move(invalid->reason);
      return failed(std::move(batch), {});
    }
    auto& failures = std::get<ItemFailures>(read);
    decision_.remark = std::move(failures.warning);
    if (failures.reported.empty()) return processed(std::move(batch));
    decision_.kind = Decision::Kind::ItemsFailed;
    decision_.done = take_out(
        batch, [&](const Record& record) { return is_below_reported(failures.reported, record); },
        format_);
    return failed(std::move(batch), failures.reported);
  }

  // `reported`: the records that failed; empty: the whole batch did.
  Decision failed(Batch batch, const Reported& reported) {
    batch.history.invocations += 1;
    batch.history.refused = 0;
    // A split uses up no attempt (documented for Kinesis, an inference for Kafka). With a partial
    // response the batch is split at the reported record; what is below it is done already.
    if (rules_.bisects) {
      const TimePoint due = now_ + rules_.backoff.pause(1);
      if (decision_.done.record_count > 0) return send_again(std::move(batch), due);
      if (batch.record_count > 1) return split(std::move(batch), due);
    }
    batch.history.failed += 1;
    if (rules_.retry_limit && batch.history.failed > *rules_.retry_limit)
      return give_up(std::move(batch), reported);
    if (reported.empty()) decision_.kind = Decision::Kind::Retry;
    const auto pause = rules_.backoff.pause(batch.history.failed);
    return send_again(std::move(batch), now_ + pause);
  }

  // The function did not run, so this is no attempt ("throttles ... do not count",
  // kafka-retry-configurations.html speaks of function errors only).
  Decision refused(Batch batch) {
    decision_.kind = Decision::Kind::Retry;
    batch.history.refused += 1;
    const auto pause = rules_.backoff.pause(batch.history.refused);
    return send_again(std::move(batch), now_ + pause);
  }

  // Going on behind a batch of which nothing is known would skip it.
  Decision undecided(Batch batch) {
    decision_.kind = Decision::Kind::Undecided;
    return send_again(std::move(batch), TimePoint::max());
  }

 private:
  Decision split(Batch batch, TimePoint due) {
    decision_.kind = Decision::Kind::Split;
    std::size_t place = 0;
    const std::size_t half = batch.record_count / 2;
    Batch first = take_out(
        batch, [&](const Record&) { return place++ < half; }, format_);
    decision_.left.push_back({std::move(first), std::nullopt, due});
    return send_again(std::move(batch), due);
  }

  // The last part of a decision.
  Decision send_again(Batch batch, TimePoint due) {
    decision_.left.push_back({std::move(batch), std::nullopt, due});
    return std::move(decision_);
  }

  // Only what was reported is given up; records above it of which the function said nothing get
  // attempts of their own, so that none is lost unseen.
  Decision give_up(Batch batch, const Reported& reported) {
    Discard discard;
    discard.condition = DiscardCondition::RetryAttemptsExhausted;
    discard.invoke_count = batch.history.invocations;
    discard.request_id = outcome_.request_id;
    discard.function_error = outcome_.kind == Outcome::Kind::FunctionError;
    decision_.kind = Decision::Kind::GivenUp;
    if (reported.empty()) {
      decision_.left.push_back({std::move(batch), std::move(discard), now_});
      return std::move(decision_);
    }
    Batch given_up = take_out(
        batch, [&](const Record& record) { return is_reported(reported, record); }, format_);
    decision_.left.push_back({std::move(given_up), std::move(discard), now_});
    if (batch.record_count == 0) return std::move(decision_);
    batch.history = {};
    return send_again(std::move(batch), now_);
  }

  const Outcome& outcome_;
  const DeliveryRules& rules_;
  const EventFormat& format_;
  const TimePoint now_;
  Decision decision_;
};

}  // namespace

std::chrono::milliseconds RetryBackoff::pause(int failures) const {
  auto pause = first;
  for (int i = 1; i < failures && pause < max; ++i) pause *= 2;
  return std::min(pause, max);
}

Decision decide(Batch batch, const Outcome& outcome, std::string_view topic,
                const DeliveryRules& rules, const EventFormat& format, TimePoint now) {
  Deciding deciding(outcome, rules, format, now);
  switch (outcome.kind) {
    case Outcome::Kind::Success:
      // Without FunctionResponseTypes the answer is ignored.
      if (!rules.reads_item_failures) return deciding.processed(std::move(batch));
      return deciding.answered(std::move(batch), topic);
    case Outcome::Kind::FunctionError:
      return deciding.failed(std::move(batch), {});
    case Outcome::Kind::Throttled:
    case Outcome::Kind::ServiceError:
      return deciding.refused(std::move(batch));
    case Outcome::Kind::Cancelled:
      break;
  }
  return deciding.undecided(std::move(batch));
}

Batch take_expired(Batch& batch, std::chrono::milliseconds age_max, std::int64_t now_epoch_ms,
                   const EventFormat& format) {
  const std::int64_t oldest_ms = now_epoch_ms - age_max.count();
  const auto is_expired = [oldest_ms](const Record& record) {
    return record.timestamp_type != TimestampType::NoTimestamp && record.timestamp_ms < oldest_ms;
  };
  const bool any = std::any_of(batch.slices.begin(), batch.slices.end(), [&](const auto& slice) {
    return std::any_of(slice.records.begin(), slice.records.end(), is_expired);
  });
  if (!any) return {};
  return take_out(batch, is_expired, format);
}

}  // namespace emulator
