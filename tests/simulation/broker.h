// A Kafka of one topic and one consumer group, as lean as a simulation of a hundred thousand runs
// wants it: records are views of constant text, and nothing happens but in calls. The group gives
// and takes partitions when a member serves, so no partition is given before its owner let go of
// it, but for one that was stolen: its owner counts as dead and learns of it late.
//
// Threads: one. Lifetime: longer than its sources.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "emulator/kafka/record_source.h"
#include "tests/simulation/plan.h"

namespace emulator::simulation {

using MemberId = int;  // a new one for each source

class Broker {
 public:
  Broker(const Plan& plan, std::int64_t start_epoch_ms);

  std::unique_ptr<RecordSource> make_source(MemberId member);

  // ---- levers ----
  void produce(std::size_t records);
  void produce_all() { produce(plan_.records.size()); }
  void give(std::int32_t partition, MemberId member);
  void revoke(std::int32_t partition);
  void bounce(std::int32_t partition);
  void steal(std::int32_t partition, MemberId member);
  void refuse_commits(int count) { commits_to_refuse_ += count; }
  void break_source(MemberId member, int place) { members_.at(member).broken_at = place; }

  // ---- looks ----
  int partitions() const { return static_cast<int>(partitions_.size()); }
  // Nobody owns it and nobody is about to.
  bool is_free(std::int32_t partition) const;
  bool is_member(MemberId member) const { return members_.count(member) > 0; }
  // Every event of the group was heard.
  bool is_quiet() const;
  std::int64_t committed(std::int32_t partition) const;  // -1: nothing
  // Of a source that was closed while records of it lived, on which librdkafka hangs.
  const std::string& problem() const { return problem_; }

 private:
  class Source;
  struct Event {
    enum class Kind { Assign, Revoke, Lost };
    Kind kind;
    std::int32_t partition;
  };
  struct Partition {
    std::vector<const LogRecord*> log;
    std::int64_t end = 0;
    std::int64_t committed = -1;
    std::optional<MemberId> owner;
  };
  struct Member {
    std::deque<Event> events;
    bool fenced = false;
    bool told_of_none = false;
    std::optional<int> broken_at;
  };

  const Plan& plan_;
  const std::int64_t start_epoch_ms_;
  std::size_t produced_ = 0;
  std::vector<Partition> partitions_;
  std::map<MemberId, Member> members_;
  std::map<MemberId, int> records_alive_;  // kept when a source has gone
  int commits_to_refuse_ = 0;
  std::string problem_;
};

}  // namespace emulator::simulation
