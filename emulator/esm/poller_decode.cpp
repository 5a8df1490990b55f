// Records whose key or value a schema tells: decoded before the filter, held back while their
// schema is not there, given up when they fit none. The path of the records is in poller.cpp.
#include <algorithm>
#include <iterator>
#include <utility>

#include "emulator/esm/batch_edit.h"
#include "emulator/esm/poller.h"
#include "emulator/esm/problem_table.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

DiscardCondition condition_of(DecodedRecord::Failure::Kind kind) {
  return kind == DecodedRecord::Failure::Kind::SchemaNotFound
             ? DiscardCondition::SchemaNotFound
             : DiscardCondition::DeserializationError;
}

}  // namespace

// Moves the partition's records on until one waits for its schema: it holds back those behind it,
// which keeps their order. False: the first one waits.
bool Poller::decode(Lane& lane) {
  auto record = lane.encoded.begin();
  while (record != lane.encoded.end() && decoder_->decode(*record) == RecordDecoder::Result::Done)
    ++record;
  lane.taken.insert(lane.taken.end(), std::make_move_iterator(lane.encoded.begin()),
                    std::make_move_iterator(record));
  lane.encoded.erase(lane.encoded.begin(), record);
  return !lane.taken.empty();
}

// The record and those right behind it that failed the same way: to the destination, or dropped
// (services-consume-kafka-events.html). That they go together, and as the producer wrote them, is
// an inference.
void Poller::discard_undecodable(Lane& lane, std::vector<Record>::iterator& record, TimePoint now) {
  const auto kind = record->decoded->failure->kind;
  Part part{{}, Discard{}, now};
  part.discard->condition = condition_of(kind);
  while (record != lane.taken.end() && record->is_undecodable() &&
         record->decoded->failure->kind == kind &&
         (part.batch.record_count == 0 ||
          part.batch.event_bytes + parts_.format.record_bytes(*record) < kEventBytesMax)) {
    append(part.batch, std::move(*record++), lane.epoch, parts_.format);
  }
  parts_.progress.counters.registry_errors += part.batch.record_count;
  tell_undecodable(part.batch);
  begin(std::move(part));
}

// A registry in trouble is shown, as a broker would be; its records wait until it is over.
void Poller::look_at_registry() {
  if (decoder_ == nullptr) return;
  auto trouble = decoder_->trouble();
  const std::uint64_t failures = trouble ? trouble->failures : 0;
  if (failures == registry_failures_) return;
  if (!trouble) {
    log::info("[{}] the schema registry answers again", name_);
    parts_.progress.set_registry_problem(parts_.index, std::nullopt);
  } else {
    parts_.progress.counters.registry_errors += 1;
    const SourceProblem& problem = trouble->problem;
    tell_error(problem.text, texts_of(problem.kind).error_code);
    log::warn("[{}] {}", name_, problem.text);
    parts_.progress.set_registry_problem(parts_.index, std::move(trouble->problem));
  }
  registry_failures_ = failures;
}

}  // namespace emulator
