// unique_ptr for every librdkafka object: one that is not destroyed makes rd_kafka_destroy() wait
// for ever. Included only by the .cpp files of emulator/kafka/ and by headers that these alone
// include.
#pragma once

#include <librdkafka/rdkafka.h>

#include <memory>

namespace emulator {

template <auto Destroy>
struct DestroyBy {
  template <class T>
  void operator()(T* object) const noexcept {
    Destroy(object);
  }
};

template <class T, auto Destroy>
using RdHandle = std::unique_ptr<T, DestroyBy<Destroy>>;

using ClientHandle = RdHandle<rd_kafka_t, rd_kafka_destroy>;
using ConfigurationHandle = RdHandle<rd_kafka_conf_t, rd_kafka_conf_destroy>;
using TopicConfigurationHandle = RdHandle<rd_kafka_topic_conf_t, rd_kafka_topic_conf_destroy>;
using QueueHandle = RdHandle<rd_kafka_queue_t, rd_kafka_queue_destroy>;
using TopicHandle = RdHandle<rd_kafka_topic_t, rd_kafka_topic_destroy>;
using MessageHandle = RdHandle<rd_kafka_message_t, rd_kafka_message_destroy>;
using ListHandle = RdHandle<rd_kafka_topic_partition_list_t, rd_kafka_topic_partition_list_destroy>;
using EventHandle = RdHandle<rd_kafka_event_t, rd_kafka_event_destroy>;
using ErrorHandle = RdHandle<rd_kafka_error_t, rd_kafka_error_destroy>;
using HeadersHandle = RdHandle<rd_kafka_headers_t, rd_kafka_headers_destroy>;
using MetadataHandle = RdHandle<const rd_kafka_metadata_t, rd_kafka_metadata_destroy>;
using AdminOptionsHandle = RdHandle<rd_kafka_AdminOptions_t, rd_kafka_AdminOptions_destroy>;
using TopicNamesHandle = RdHandle<rd_kafka_TopicCollection_t, rd_kafka_TopicCollection_destroy>;

}  // namespace emulator
