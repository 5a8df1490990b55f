#include "emulator/kafka/topic_probe.h"

#include <array>
#include <utility>

#include "emulator/config/model.h"

namespace emulator {

TopicProbe::TopicProbe(rd_kafka_t* client, std::string topic, std::optional<std::int32_t> broker,
                       void (*event)(rd_kafka_t*, void*), void* opaque)
    : client_(client),
      topic_(std::move(topic)),
      broker_(broker),
      queue_(rd_kafka_queue_new(client)) {
  rd_kafka_queue_cb_event_enable(queue_.get(), event, opaque);
}

TopicProbe::~TopicProbe() {
  rd_kafka_queue_cb_event_enable(queue_.get(), nullptr, nullptr);
}

void TopicProbe::ask(std::chrono::milliseconds timeout) {
  std::array<char, 256> problem{};
  AdminOptionsHandle options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS));
  const int timeout_ms = static_cast<int>(timeout.count());
  auto error = rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, problem.data(),
                                                         problem.size());
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR && broker_)
    error =
        rd_kafka_AdminOptions_set_broker(options.get(), *broker_, problem.data(), problem.size());
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw ConfigError(std::string("Kafka client: ") + problem.data());
  std::array<const char*, 1> names{topic_.c_str()};
  TopicNamesHandle topics(rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  rd_kafka_DescribeTopics(client_, topics.get(), options.get(), queue_.get());
  asking_ = true;
}

std::optional<rd_kafka_resp_err_t> TopicProbe::answer() {
  EventHandle event(rd_kafka_queue_poll(queue_.get(), 0));
  const auto* result = event ? rd_kafka_event_DescribeTopics_result(event.get()) : nullptr;
  if (result == nullptr) return std::nullopt;
  asking_ = false;
  if (const auto error = rd_kafka_event_error(event.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    return error;
  std::size_t count = 0;
  const rd_kafka_TopicDescription_t** topics =
      rd_kafka_DescribeTopics_result_topics(result, &count);
  if (count == 0) return RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  // The event itself says success even where the topic's own answer is an error.
  const rd_kafka_error_t* error = rd_kafka_TopicDescription_error(topics[0]);
  if (error != nullptr) return rd_kafka_error_code(error);
  std::size_t partitions = 0;
  rd_kafka_TopicDescription_partitions(topics[0], &partitions);
  partitions_ = static_cast<int>(partitions);
  return RD_KAFKA_RESP_ERR_NO_ERROR;
}

}  // namespace emulator
