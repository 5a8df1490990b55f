// What the benchmark's two Kafka programs share: settings, handles, and the time that each value
// begins with.
#pragma once

#include <librdkafka/rdkafka.h>

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/bench/raw_http.h"

namespace bench {

struct KafkaDeleter {
  void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const {
    rd_kafka_metadata_destroy(metadata);
  }
};
using KafkaHandle = std::unique_ptr<rd_kafka_t, KafkaDeleter>;

using Settings = std::vector<std::pair<std::string, std::string>>;

inline KafkaHandle make_kafka(rd_kafka_type_t type, const Settings& settings) {
  std::array<char, 512> error{};
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings) {
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error.data(), error.size()) !=
        RD_KAFKA_CONF_OK)
      die(error.data());
  }
  KafkaHandle handle(rd_kafka_new(type, conf, error.data(), error.size()));
  if (!handle) die(error.data());
  return handle;
}

inline int partition_count(rd_kafka_t* handle, const std::string& topic) {
  rd_kafka_topic_t* object = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
  const rd_kafka_metadata_t* raw = nullptr;
  const auto failed = rd_kafka_metadata(handle, 0, object, &raw, 10'000);
  rd_kafka_topic_destroy(object);
  if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
    die(std::string("metadata: ") + rd_kafka_err2str(failed));
  const std::unique_ptr<const rd_kafka_metadata_t, KafkaDeleter> metadata(raw);
  return metadata->topic_cnt == 1 ? metadata->topics[0].partition_cnt : 0;
}

}  // namespace bench
