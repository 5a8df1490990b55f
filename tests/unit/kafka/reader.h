// A test's poller: drives one RecordSource on the test's thread and keeps what it saw.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "emulator/kafka/consumer.h"
#include "emulator/kafka/embedded_cluster.h"
#include "emulator/kafka/producer.h"

namespace emulator::test {

inline constexpr std::chrono::seconds kLimit{30};  // generous: a test that needs it has failed

ConsumerConfig config_for(const EmbeddedCluster& cluster, const std::string& topic,
                          const std::string& group);

class Reader {
 public:
  explicit Reader(ConsumerConfig config);
  ~Reader();

  // Serves and takes (but from held partitions) until `done`, or the limit: then false.
  bool until(const std::function<bool()>& done, std::chrono::milliseconds limit = kLimit);
  // One round: waits shortly for activity, serves, takes.
  void turn();
  bool until_records(std::size_t count);
  bool until_assigned(std::size_t partitions);

  std::vector<std::string> values(std::int32_t partition) const;
  std::optional<PartitionAssigned> assigned(std::int32_t partition) const;
  std::size_t count(SourceProblem::Kind kind) const;
  const SourceProblem* problem(SourceProblem::Kind kind) const;
  std::size_t recovered() const;
  std::size_t activity() const;

  RecordSource& source() { return *source_; }

  std::vector<Record> records;  // in the order taken
  std::vector<SourceEvent> events;
  std::map<std::int32_t, PartitionAssigned> owned;
  std::map<std::int32_t, std::int64_t> positions;  // next offset, within the present assignment
  std::vector<std::int32_t> held;                  // partitions from which nothing is taken

 private:
  std::unique_ptr<RecordSource> source_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::size_t activity_ = 0;  // guarded by mutex_
  bool pending_ = false;      // guarded by mutex_
};

// Produces `first` to `first + count - 1` as text into one partition and waits until they are
// stored.
void produce_numbers(Producer& producer, const std::string& topic, std::int32_t partition,
                     int first, int count);

}  // namespace emulator::test
