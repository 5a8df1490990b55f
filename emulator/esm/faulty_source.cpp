#include "emulator/esm/faulty_source.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

#include "emulator/observe/log.h"

namespace emulator {

FaultySource::FaultySource(std::unique_ptr<RecordSource> source, FaultScript& script,
                           std::string mapping_name, std::string topic, const Clock& clock)
    : source_(std::move(source)),
      script_(script),
      mapping_name_(std::move(mapping_name)),
      topic_(std::move(topic)),
      clock_(clock) {}

SourceSecurity FaultySource::security() const {
  return source_->security();
}

void FaultySource::open(std::function<void()> on_activity) {
  source_->open(std::move(on_activity));
}

std::vector<SourceEvent> FaultySource::serve() {
  std::vector<SourceEvent> events = source_->serve();
  const bool was_down = down_;
  const auto outage = script_.at_poll(topic_, clock_.now());
  down_ = outage.has_value();

  if (down_) std::move(events.begin(), events.end(), std::back_inserter(kept_back_));
  if (down_ && !was_down) {
    const std::string text = "injected fault: broker-down, the brokers of topic " + topic_ +
                             " are out of reach for " + std::to_string(outage->count()) + " ms";
    log::warn("[{}] {}", mapping_name_, text);
    return {SourceProblem{SourceProblem::Kind::Unreachable, text}};
  }
  if (down_) return {};
  if (was_down) {
    log::info("[{}] injected fault: broker-down is over", mapping_name_);
    // What the client found out meanwhile comes behind it: a problem of its own stays one.
    std::move(events.begin(), events.end(), std::back_inserter(kept_back_));
    events = std::exchange(kept_back_, {});
    events.insert(events.begin(), SourceRecovered{});
  }
  return events;
}

void FaultySource::take(std::int32_t partition, std::size_t max_records, std::vector<Record>& out) {
  if (!down_) source_->take(partition, max_records, out);
}

// Nobody knows what the brokers have got meanwhile, so nothing is drained.
bool FaultySource::at_end(std::int32_t partition) const {
  return !down_ && source_->at_end(partition);
}

std::int64_t FaultySource::end_offset(std::int32_t partition) const {
  return source_->end_offset(partition);
}

std::optional<std::int64_t> FaultySource::latest_end(std::int32_t partition) const {
  return source_->latest_end(partition);
}

int FaultySource::topic_partitions() const {
  return source_->topic_partitions();
}

CommitResult FaultySource::commit(const std::vector<CommitOffset>& offsets) {
  if (down_) return CommitResult::Refused;
  if (!script_.at_commit(topic_)) return source_->commit(offsets);
  log::warn("[{}] injected fault: commit-fails", mapping_name_);
  return CommitResult::Refused;
}

void FaultySource::close() {
  source_->close();
}

}  // namespace emulator
