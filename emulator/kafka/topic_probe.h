// Asks the brokers, without blocking, whether they answer and know a topic. The answer tells a
// waiting client that its brokers are back or its topic appeared: librdkafka itself reports only
// failures. Never creates the topic. One thread; ends before its client.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {

class TopicProbe {
 public:
  // Asks `broker`, else the controller. `event` is called with `opaque` from librdkafka's threads
  // when an answer is there.
  TopicProbe(rd_kafka_t* client, std::string topic, std::optional<std::int32_t> broker,
             void (*event)(rd_kafka_t*, void*), void* opaque);
  ~TopicProbe();
  TopicProbe(const TopicProbe&) = delete;
  TopicProbe& operator=(const TopicProbe&) = delete;

  void ask(std::chrono::milliseconds timeout);
  bool asking() const { return asking_; }
  // The answer, if it has come: NO_ERROR, UNKNOWN_TOPIC_OR_PART, _TIMED_OUT …
  std::optional<rd_kafka_resp_err_t> answer();
  // Of the topic, as the latest good answer had it; 0: none came yet.
  int partitions() const { return partitions_; }

 private:
  rd_kafka_t* client_;
  const std::string topic_;
  const std::optional<std::int32_t> broker_;
  QueueHandle queue_;
  bool asking_ = false;
  int partitions_ = 0;
};

}  // namespace emulator
