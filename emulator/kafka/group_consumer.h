// The RecordSource on librdkafka: see consumer.h for what it is and who calls it. Split over
// group_consumer.cpp (records, commits, opening and closing) and group_rebalance.cpp (assignments
// and what goes wrong).
#pragma once

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/kafka/consumer.h"
#include "emulator/kafka/problems.h"
#include "emulator/kafka/shared_client.h"
#include "emulator/kafka/start_offsets.h"
#include "emulator/kafka/topic_probe.h"

namespace emulator {

class GroupConsumer final : public RecordSource {
 public:
  explicit GroupConsumer(ConsumerConfig config);
  ~GroupConsumer() override;
  GroupConsumer(const GroupConsumer&) = delete;
  GroupConsumer& operator=(const GroupConsumer&) = delete;

  SourceSecurity security() const override;
  void open(std::function<void()> on_activity) override;
  std::vector<SourceEvent> serve() override;
  void take(std::int32_t partition, std::size_t max_records, std::vector<Record>& out) override;
  bool at_end(std::int32_t partition) const override;
  std::int64_t end_offset(std::int32_t partition) const override;
  std::optional<std::int64_t> latest_end(std::int32_t partition) const override;
  int topic_partitions() const override { return probe_ ? probe_->partitions() : 0; }
  CommitResult commit(const std::vector<CommitOffset>& offsets) override;
  void close() override;

 private:
  using Clock = std::chrono::steady_clock;

  // One assignment of one partition; a new assignment is a new object.
  struct Assigned {
    QueueHandle queue;             // the partition's own, not forwarded to the main queue
    std::int64_t next_offset = 0;  // of the next record to be taken, if there is no gap
    bool at_end = false;
    std::int64_t end_offset = 0;
    bool drop_reported = false;
    const rd_kafka_topic_t* topic = nullptr;  // of the messages; lives while one of them does
    std::string_view topic_name;              // in `topic`
  };

  // group_consumer.cpp
  rd_kafka_t* client() const { return shared_->get(); }
  const Assigned* find(std::int32_t partition) const;
  void subscribe();
  void hand_over(rd_kafka_message_t* message, Assigned& assigned, std::vector<Record>& out);
  void on_gap(std::int32_t partition, std::int64_t offset, Assigned& assigned);
  void warn_of_dropped(std::int32_t partition, std::int64_t first, std::int64_t end);
  void disable_events();
  static void on_queue_event(rd_kafka_t* client, void* opaque);

  // group_rebalance.cpp
  static void on_rebalance(rd_kafka_t* client, rd_kafka_resp_err_t error,
                           rd_kafka_topic_partition_list_t* partitions, void* opaque);
  static void on_error(rd_kafka_t* client, int error, const char* reason, void* opaque);
  void assign(const rd_kafka_topic_partition_list_t& partitions);
  void begin_at(rd_kafka_topic_partition_list_t& partitions,
                const std::vector<PartitionFacts>& facts);
  void revoke(const rd_kafka_topic_partition_list_t& partitions);
  void give_to_client(const rd_kafka_topic_partition_list_t* partitions, rd_kafka_resp_err_t kind);
  void retry_lookup();
  void on_message_error(const rd_kafka_message_t& message);
  void report(rd_kafka_resp_err_t error, std::string_view detail);
  void recovered();
  void probe();

  const ConsumerConfig config_;
  const ProblemContext context_;
  const StartRule start_rule_;

  std::function<void()>
      on_activity_;  // set by open(), then only read; called from librdkafka's threads

  // Owned by the poller's thread.
  SharedClient* shared_ = nullptr;
  QueueHandle main_queue_;
  std::unique_ptr<TopicProbe> probe_;
  std::map<std::int32_t, Assigned> assigned_;
  std::map<std::int32_t, std::int64_t>
      begun_at_;           // starts without a committed offset, see decide_start()
  ListHandle unresolved_;  // given by the group, but where to begin could not be looked up yet
  Clock::time_point retry_lookup_at_{};
  std::vector<SourceEvent> events_;
  std::vector<rd_kafka_message_t*> taken_;  // reused by take()
  ProblemTracker problems_;
  std::string last_failure_;  // of a connection
  rd_kafka_resp_err_t last_failure_kind_ = RD_KAFKA_RESP_ERR__TRANSPORT;
  Clock::time_point problem_since_{};
  Clock::time_point asked_at_{};  // the probe under way
  Clock::time_point next_probe_{};
  bool answered_ = false;  // the brokers know the topic, as far as the last probe saw
  enum class Phase { New, Open, Closed } phase_ = Phase::New;
};

}  // namespace emulator
