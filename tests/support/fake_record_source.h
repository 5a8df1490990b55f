// A Kafka of one topic, for tests: partitions with records, a group that assigns and revokes on
// command, commits that can be refused. The broker outlives the sources that pollers open on it, so
// that a restarted poller finds its commits.
//
// Threads: levers and looks from the test, everything else from the poller's thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "emulator/kafka/record_source.h"
#include "tests/support/records.h"

namespace emulator::test {

class FakeBroker {
 public:
  // ---- levers ----
  void append(const std::string& notation, std::size_t value_bytes = 2) {
    RecordText like;
    like.value = std::string(value_bytes, 'v');
    append(notation, like);
  }
  // `like`: what the records have in common; they have a value.
  void append(const std::string& notation, const RecordText& like) {
    auto records = make_records(notation, like);
    std::lock_guard lock(mutex_);
    for (Record& record : records) {
      Partition& partition = partitions_[record.partition];
      partition.end = std::max(partition.end, record.offset + 1);
      partition.log.push_back({std::string(record.topic), record.offset,
                               std::string(record.value.value()), record.timestamp_ms});
    }
  }
  // Offsets up to `end` that no record has: transaction markers, compaction.
  void extend_end(std::int32_t partition, std::int64_t end) {
    std::lock_guard lock(mutex_);
    partitions_[partition].end = end;
  }
  // The group gives or takes the partition at the source's next serve(). Reading starts at the
  // committed offset, else `start`.
  void assign(std::int32_t partition, std::int64_t start = 0) {
    std::lock_guard lock(mutex_);
    Partition& known = partitions_[partition];
    const bool has_commit = known.committed >= 0;
    known.next = has_commit ? known.committed : start;
    known.end = std::max(known.end, known.next);
    known.owned = true;
    events_.push_back(
        PartitionAssigned{partition, known.next, has_commit ? "committed" : "TRIM_HORIZON"});
  }
  void revoke(std::int32_t partition) {
    std::lock_guard lock(mutex_);
    partitions_[partition].owned = false;
    events_.emplace_back(PartitionRevoked{partition});
  }
  void report(SourceEvent event) {
    std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
  }
  void fail_next_commits(int count) {
    std::lock_guard lock(mutex_);
    commits_to_refuse_ = count;
  }
  // The next serve() throws.
  void break_once(std::string what) {
    std::lock_guard lock(mutex_);
    exception_ = std::move(what);
  }
  // Sources are refused with this problem until nullopt is given.
  void refuse_sources(std::optional<SourceProblem> problem) {
    std::lock_guard lock(mutex_);
    refusal_ = std::move(problem);
  }
  // Partitions have no known end, as if no fetch were answered.
  void answer_fetches(bool answers) {
    std::lock_guard lock(mutex_);
    answers_fetches_ = answers;
  }
  void fail_next_opens(int count) {
    std::lock_guard lock(mutex_);
    opens_to_fail_ = count;
  }

  // ---- looks ----
  std::map<std::int32_t, std::int64_t> committed() const {
    std::lock_guard lock(mutex_);
    std::map<std::int32_t, std::int64_t> offsets;
    for (const auto& [number, partition] : partitions_) {
      if (partition.committed >= 0) offsets[number] = partition.committed;
    }
    return offsets;
  }
  int refused_commits() const {
    std::lock_guard lock(mutex_);
    return refused_commits_;
  }
  int open_sources() const {
    std::lock_guard lock(mutex_);
    return open_sources_;
  }
  int sources_made() const {
    std::lock_guard lock(mutex_);
    return sources_made_;
  }
  // librdkafka hangs when it is closed while records of it live.
  bool closed_with_records_alive() const {
    std::lock_guard lock(mutex_);
    return closed_with_records_alive_;
  }

  void wake() {
    std::function<void()> wake;
    {
      std::lock_guard lock(mutex_);
      wake = wake_;
    }
    if (wake) wake();
  }
  // Wakes the poller and waits until it has done whole turns since then: after it, everything that
  // follows from what the test did has happened. Throws after 20 s.
  void settle() {
    // An outcome, what it leads to, its answer; twice where one waits for the other; some to spare.
    constexpr std::uint64_t kTurns = 8;
    std::unique_lock lock(mutex_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    const std::uint64_t target = serves_ + kTurns;
    while (serves_ < target) {
      if (std::chrono::steady_clock::now() > until)
        throw std::runtime_error("the poller does not turn");
      lock.unlock();
      wake();
      lock.lock();
      served_.wait_for(lock, std::chrono::milliseconds(1));
    }
  }

  // ---- for mappings and pollers ----
  std::unique_ptr<RecordSource> make_source() {
    {
      std::lock_guard lock(mutex_);
      if (refusal_) {
        throw SourceProblemError(*refusal_);
      }
    }
    return std::make_unique<Source>(*this);
  }

 private:
  struct Stored {
    std::string topic;
    std::int64_t offset;
    std::string value;
    std::int64_t timestamp_ms;
  };
  struct Partition {
    std::vector<Stored> log;
    std::int64_t end = 0;
    std::int64_t next = 0;  // to hand out
    std::int64_t committed = -1;
    bool owned = false;
  };

  class Source : public RecordSource {
   public:
    explicit Source(FakeBroker& broker) : broker_(broker) {
      std::lock_guard lock(broker_.mutex_);
      broker_.sources_made_ += 1;
    }
    ~Source() override { close(); }

    void open(std::function<void()> on_activity) override {
      std::lock_guard lock(broker_.mutex_);
      if (broker_.opens_to_fail_ > 0) {
        broker_.opens_to_fail_ -= 1;
        throw std::runtime_error("the source does not open");
      }
      broker_.wake_ = std::move(on_activity);
      broker_.open_sources_ += 1;
      open_ = true;
    }

    std::vector<SourceEvent> serve() override {
      std::lock_guard lock(broker_.mutex_);
      broker_.serves_ += 1;
      broker_.served_.notify_all();
      if (!broker_.exception_.empty())
        throw std::runtime_error(std::exchange(broker_.exception_, ""));
      return std::exchange(broker_.events_, {});
    }

    void take(std::int32_t number, std::size_t max_records, std::vector<Record>& out) override {
      std::lock_guard lock(broker_.mutex_);
      Partition& partition = broker_.partitions_[number];
      for (const Stored& stored : partition.log) {
        if (max_records == 0) return;
        if (stored.offset < partition.next) continue;
        out.push_back(counted_record(number, stored));
        partition.next = stored.offset + 1;
        max_records -= 1;
      }
      partition.next = std::max(partition.next, partition.end);
    }

    bool at_end(std::int32_t number) const override {
      std::lock_guard lock(broker_.mutex_);
      const auto found = broker_.partitions_.find(number);
      return found != broker_.partitions_.end() && found->second.next >= found->second.end;
    }
    std::int64_t end_offset(std::int32_t number) const override {
      std::lock_guard lock(broker_.mutex_);
      return broker_.partitions_.at(number).end;
    }

    std::optional<std::int64_t> latest_end(std::int32_t number) const override {
      std::lock_guard lock(broker_.mutex_);
      if (!broker_.answers_fetches_) return std::nullopt;
      return broker_.partitions_.at(number).end;
    }
    int topic_partitions() const override {
      std::lock_guard lock(broker_.mutex_);
      return static_cast<int>(broker_.partitions_.size());
    }

    CommitResult commit(const std::vector<CommitOffset>& offsets) override {
      std::lock_guard lock(broker_.mutex_);
      if (broker_.commits_to_refuse_ > 0) {
        broker_.commits_to_refuse_ -= 1;
        broker_.refused_commits_ += 1;
        return CommitResult::Refused;
      }
      for (const CommitOffset& offset : offsets) {
        Partition& partition = broker_.partitions_[offset.partition];
        if (partition.owned) partition.committed = offset.next_offset;
      }
      return CommitResult::Done;
    }

    void close() override {
      std::lock_guard lock(broker_.mutex_);
      if (!std::exchange(open_, false)) return;
      if (*alive_ > 0) broker_.closed_with_records_alive_ = true;
      broker_.open_sources_ -= 1;
      broker_.wake_ = nullptr;
      for (auto& [number, partition] : broker_.partitions_) partition.owned = false;
    }

   private:
    // Counts itself while it lives.
    Record counted_record(std::int32_t partition, const Stored& stored) {
      struct Owned {
        std::shared_ptr<int> alive;
        std::string topic;
        std::string value;
      };
      auto* owned = new Owned{alive_, stored.topic, stored.value};
      *alive_ += 1;
      Record record;
      record.memory = Record::Memory(owned, [](void* object) {
        auto* kept = static_cast<Owned*>(object);
        *kept->alive -= 1;
        delete kept;
      });
      record.topic = owned->topic;
      record.partition = partition;
      record.offset = stored.offset;
      record.timestamp_ms = stored.timestamp_ms;
      record.value = owned->value;
      return record;
    }

    FakeBroker& broker_;
    bool open_ = false;
    std::shared_ptr<int> alive_ = std::make_shared<int>(0);  // the poller's thread only
  };

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable served_;
  std::map<std::int32_t, Partition> partitions_;
  std::vector<SourceEvent> events_;
  std::function<void()> wake_;
  std::uint64_t serves_ = 0;
  int commits_to_refuse_ = 0;
  int refused_commits_ = 0;
  int opens_to_fail_ = 0;
  int open_sources_ = 0;
  int sources_made_ = 0;
  bool closed_with_records_alive_ = false;
  std::string exception_;
  std::optional<SourceProblem> refusal_;
  bool answers_fetches_ = true;
};

}  // namespace emulator::test
