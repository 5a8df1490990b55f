#include "tests/unit/kafka/reader.h"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <variant>

namespace emulator::test {

ConsumerConfig config_for(const EmbeddedCluster& cluster, const std::string& topic,
                          const std::string& group) {
  ConsumerConfig config;
  config.name = "Function/Event";
  config.bootstrap_servers = cluster.bootstrap_servers();
  config.topic = topic;
  config.group = group;
  config.cluster = ConsumerConfig::Cluster::Embedded;
  return config;
}

Reader::Reader(ConsumerConfig config) : source_(make_consumer(std::move(config))) {
  source_->open([this] {
    const std::lock_guard lock(mutex_);
    ++activity_;
    pending_ = true;
    changed_.notify_one();
  });
}

Reader::~Reader() {
  records.clear();
  source_->close();
}

void Reader::turn() {
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return pending_; });
    pending_ = false;
  }
  for (SourceEvent& event : source_->serve()) {
    if (const auto* assigned_now = std::get_if<PartitionAssigned>(&event)) {
      owned[assigned_now->partition] = *assigned_now;
      positions[assigned_now->partition] = assigned_now->start_offset;
    }
    if (const auto* revoked = std::get_if<PartitionRevoked>(&event))
      owned.erase(revoked->partition);
    events.push_back(std::move(event));
  }
  for (const auto& [partition, start] : owned) {
    if (std::find(held.begin(), held.end(), partition) != held.end()) continue;
    const std::size_t before = records.size();
    source_->take(partition, 10'000, records);
    if (records.size() > before) positions[partition] = records.back().offset + 1;
  }
}

bool Reader::until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    turn();
  }
  return true;
}

bool Reader::until_records(std::size_t count) {
  return until([&] { return records.size() >= count; });
}

bool Reader::until_assigned(std::size_t partitions) {
  return until([&] { return owned.size() == partitions; });
}

std::vector<std::string> Reader::values(std::int32_t partition) const {
  std::vector<std::string> result;
  for (const Record& record : records)
    if (record.partition == partition) result.emplace_back(record.value.value_or("(null)"));
  return result;
}

std::optional<PartitionAssigned> Reader::assigned(std::int32_t partition) const {
  const auto found = owned.find(partition);
  if (found == owned.end()) return std::nullopt;
  return found->second;
}

const SourceProblem* Reader::problem(SourceProblem::Kind kind) const {
  for (const SourceEvent& event : events)
    if (const auto* found = std::get_if<SourceProblem>(&event);
        found != nullptr && found->kind == kind)
      return found;
  return nullptr;
}

std::size_t Reader::count(SourceProblem::Kind kind) const {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& event) {
        const auto* found = std::get_if<SourceProblem>(&event);
        return found != nullptr && found->kind == kind;
      }));
}

std::size_t Reader::recovered() const {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(),
      [](const auto& event) { return std::holds_alternative<SourceRecovered>(event); }));
}

std::size_t Reader::activity() const {
  const std::lock_guard lock(mutex_);
  return activity_;
}

void produce_numbers(Producer& producer, const std::string& topic, std::int32_t partition,
                     int first, int count) {
  for (int i = first; i < first + count; ++i) {
    const std::string value = std::to_string(i);
    NewRecord record;
    record.value = value;
    record.partition = partition;
    producer.produce(topic, record);
  }
  if (const auto problem = producer.flush(kLimit)) throw std::runtime_error(*problem);
}

}  // namespace emulator::test
