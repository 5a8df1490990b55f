#include "tests/simulation/broker.h"

#include <algorithm>
#include <set>
#include <stdexcept>
#include <utility>

namespace emulator::simulation {
namespace {

constexpr std::string_view kTopic = "orders";
constexpr std::string_view kPassing = R"({"keep":1})";
constexpr std::string_view kFiltered = R"({"keep":0})";

std::string_view oversize_value() {
  static const std::string value(5'000'000, 'v');  // in base64 more than an event may have
  return value;
}

}  // namespace

class Broker::Source : public RecordSource {
 public:
  Source(Broker& broker, MemberId member)
      : broker_(broker), member_(member), records_alive_(broker.records_alive_[member]) {}
  ~Source() override { close(); }

  void open(std::function<void()>) override { broker_.members_[member_]; }

  std::vector<SourceEvent> serve() override {
    break_at(0);
    Member& me = broker_.members_.at(member_);
    std::vector<SourceEvent> told;
    std::set<std::int32_t> blocked;
    std::deque<Event> later;
    for (const Event& event : std::exchange(me.events, {})) {
      Partition& partition = broker_.partitions_.at(static_cast<std::size_t>(event.partition));
      const bool waits = event.kind == Event::Kind::Assign && partition.owner;
      if (waits || blocked.count(event.partition) > 0) {
        blocked.insert(event.partition);
        later.push_back(event);
      } else if (event.kind == Event::Kind::Assign) {
        partition.owner = member_;
        const std::int64_t start = std::max<std::int64_t>(partition.committed, 0);
        positions_[event.partition] = start;
        told.push_back(PartitionAssigned{event.partition, start, "committed"});
      } else {
        if (partition.owner == member_) partition.owner.reset();
        if (positions_.erase(event.partition) > 0)
          told.push_back(PartitionRevoked{event.partition});
      }
    }
    me.events = std::move(later);
    me.fenced = false;
    const bool has_none = positions_.empty() && me.events.empty();
    if (has_none && !me.told_of_none) told.push_back(NoPartitions{});
    me.told_of_none = has_none;
    if (me.broken_at == kRefusedPlace) {
      me.broken_at.reset();
      told.push_back(SourceProblem{SourceProblem::Kind::TopicDenied, "no right to read"});
    }
    return told;
  }

  void take(std::int32_t number, std::size_t max_records, std::vector<Record>& out) override {
    break_at(1);
    const auto position = positions_.find(number);
    if (position == positions_.end()) return;
    const Partition& partition = broker_.partitions_.at(static_cast<std::size_t>(number));
    auto next = std::lower_bound(
        partition.log.begin(), partition.log.end(), position->second,
        [](const LogRecord* record, std::int64_t offset) { return record->offset < offset; });
    for (; next != partition.log.end() && max_records > 0; ++next, --max_records) {
      out.push_back(make_record(**next));
      position->second = (*next)->offset + 1;
    }
    if (next == partition.log.end()) position->second = partition.end;
  }

  bool at_end(std::int32_t number) const override {
    const auto position = positions_.find(number);
    return position != positions_.end() && position->second >= end_offset(number);
  }
  std::int64_t end_offset(std::int32_t number) const override {
    return broker_.partitions_.at(static_cast<std::size_t>(number)).end;
  }
  std::optional<std::int64_t> latest_end(std::int32_t number) const override {
    return end_offset(number);
  }
  int topic_partitions() const override { return broker_.partitions(); }

  CommitResult commit(const std::vector<CommitOffset>& offsets) override {
    break_at(2);
    if (broker_.members_.at(member_).fenced) return CommitResult::Refused;
    if (broker_.commits_to_refuse_ > 0) {
      broker_.commits_to_refuse_ -= 1;
      return CommitResult::Refused;
    }
    for (const CommitOffset& offset : offsets) {
      Partition& partition = broker_.partitions_.at(static_cast<std::size_t>(offset.partition));
      if (partition.owner == member_) partition.committed = offset.next_offset;
    }
    return CommitResult::Done;
  }

  void close() override {
    if (broker_.members_.erase(member_) == 0) return;
    if (records_alive_ > 0 && broker_.problem_.empty())
      broker_.problem_ = std::to_string(records_alive_) + " records live at the close";
    for (Partition& partition : broker_.partitions_) {
      if (partition.owner == member_) partition.owner.reset();
    }
    positions_.clear();
  }

 private:
  void break_at(int place) {
    std::optional<int>& broken_at = broker_.members_.at(member_).broken_at;
    if (broken_at != place) return;
    broken_at.reset();
    throw std::runtime_error("the source breaks");
  }

  Record make_record(const LogRecord& stored) {
    Record record;
    records_alive_ += 1;
    record.memory =
        Record::Memory(&records_alive_, [](void* alive) { *static_cast<int*>(alive) -= 1; });
    record.topic = kTopic;
    record.partition = stored.partition;
    record.offset = stored.offset;
    record.timestamp_ms = broker_.start_epoch_ms_ - stored.age_ms;
    record.value = stored.oversize ? oversize_value() : stored.passes ? kPassing : kFiltered;
    return record;
  }

  Broker& broker_;
  const MemberId member_;
  int& records_alive_;
  std::map<std::int32_t, std::int64_t> positions_;  // of what it was told that it has
};

Broker::Broker(const Plan& plan, std::int64_t start_epoch_ms)
    : plan_(plan),
      start_epoch_ms_(start_epoch_ms),
      partitions_(static_cast<std::size_t>(plan.settings.partitions)) {}

std::unique_ptr<RecordSource> Broker::make_source(MemberId member) {
  return std::make_unique<Source>(*this, member);
}

void Broker::produce(std::size_t records) {
  for (; records > 0 && produced_ < plan_.records.size(); --records) {
    const LogRecord& record = plan_.records[produced_++];
    Partition& partition = partitions_.at(static_cast<std::size_t>(record.partition));
    partition.log.push_back(&record);
    // Behind every fourth one lies an offset that no record has.
    partition.end = record.offset + (record.offset % 4 == 0 ? 2 : 1);
  }
}

void Broker::give(std::int32_t partition, MemberId member) {
  if (is_free(partition)) members_.at(member).events.push_back({Event::Kind::Assign, partition});
}

void Broker::revoke(std::int32_t partition) {
  const auto owner = partitions_.at(static_cast<std::size_t>(partition)).owner;
  if (owner) members_.at(*owner).events.push_back({Event::Kind::Revoke, partition});
}

void Broker::bounce(std::int32_t partition) {
  const auto owner = partitions_.at(static_cast<std::size_t>(partition)).owner;
  if (!owner || !members_.at(*owner).events.empty()) return;
  members_.at(*owner).events = {{Event::Kind::Revoke, partition}, {Event::Kind::Assign, partition}};
}

void Broker::steal(std::int32_t number, MemberId member) {
  Partition& partition = partitions_.at(static_cast<std::size_t>(number));
  if (!partition.owner || *partition.owner == member) return;
  Member& owner = members_.at(*partition.owner);
  if (!owner.events.empty()) return;
  owner.events.push_back({Event::Kind::Lost, number});
  owner.fenced = true;
  partition.owner.reset();
  members_.at(member).events.push_back({Event::Kind::Assign, number});
}

bool Broker::is_free(std::int32_t partition) const {
  if (partitions_.at(static_cast<std::size_t>(partition)).owner) return false;
  return std::none_of(members_.begin(), members_.end(), [partition](const auto& member) {
    const auto& events = member.second.events;
    return std::any_of(events.begin(), events.end(), [partition](const Event& event) {
      return event.kind == Event::Kind::Assign && event.partition == partition;
    });
  });
}

bool Broker::is_quiet() const {
  return std::all_of(members_.begin(), members_.end(),
                     [](const auto& member) { return member.second.events.empty(); });
}

std::int64_t Broker::committed(std::int32_t partition) const {
  return partitions_.at(static_cast<std::size_t>(partition)).committed;
}

}  // namespace emulator::simulation
