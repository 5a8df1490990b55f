// produce BROKERS TOPIC create PARTITIONS            makes the topic
// produce BROKERS TOPIC bulk RECORDS BYTES           as fast as it goes, spread evenly over the
//                                                    partitions
// produce BROKERS TOPIC json RECORDS BYTES           the same, each value an order as JSON
// produce BROKERS TOPIC spaced RECORDS INTERVAL_MS   one record at a time, sent at once, 100 bytes
// Every value but JSON begins with the nanoseconds of CLOCK_REALTIME at which it was given to the
// producer.
#include <array>

#include "tests/bench/kafka_client.h"

namespace {

void create_topic(rd_kafka_t* producer, const char* topic, int partitions) {
  std::array<char, 512> text{};
  rd_kafka_NewTopic_t* wanted =
      rd_kafka_NewTopic_new(topic, partitions, 1, text.data(), text.size());
  if (wanted == nullptr) bench::die(text.data());
  const std::unique_ptr<rd_kafka_queue_t, bench::KafkaDeleter> queue(rd_kafka_queue_new(producer));
  rd_kafka_CreateTopics(producer, &wanted, 1, nullptr, queue.get());
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue.get(), 30'000);
  std::size_t count = 0;
  const auto* result = event == nullptr ? nullptr : rd_kafka_event_CreateTopics_result(event);
  const auto* topics =
      result == nullptr ? nullptr : rd_kafka_CreateTopics_result_topics(result, &count);
  if (count != 1 || rd_kafka_topic_result_error(topics[0]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
    bench::die(
        std::string("cannot create ") + topic + ": " +
        (count == 1 ? rd_kafka_err2str(rd_kafka_topic_result_error(topics[0])) : "no answer"));
  }
  rd_kafka_event_destroy(event);
  rd_kafka_NewTopic_destroy(wanted);
}

void stamp(std::string& value) {
  std::array<char, 32> time{};
  std::snprintf(time.data(), time.size(), "%019lld",
                static_cast<long long>(bench::clock_ns(CLOCK_REALTIME)));
  std::memcpy(value.data(), time.data(), 19);
}

// An order of `bytes` bytes: some 600 of fields, the rest a note.
std::string order_json(std::size_t bytes) {
  std::string text =
      R"({"type":"order","id":4711,"status":"created","total":129.5,"currency":"EUR",)"
      R"("customer":{"id":"C-1815","name":"Ada","country":"DE","tier":"gold"},"items":[)";
  for (int i = 0; i < 5; ++i)
    text += R"({"sku":"A-100","name":"filter coffee","quantity":2,"price":6.55,"gift":false},)";
  text.back() = ']';
  text += R"(,"note":")";
  constexpr std::size_t kEndBytes = 2;
  if (text.size() + kEndBytes < bytes) text.append(bytes - text.size() - kEndBytes, 'n');
  return text + "\"}";
}

void produce(rd_kafka_t* producer, const char* topic, std::int32_t partition, std::string& value) {
  std::array<rd_kafka_vu_t, 4> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_TOPIC;
  parts[0].u.cstr = topic;
  parts[1].vtype = RD_KAFKA_VTYPE_PARTITION;
  parts[1].u.i32 = partition;
  parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[2].u.mem.ptr = value.data();
  parts[2].u.mem.size = value.size();
  parts[3].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[3].u.i = RD_KAFKA_MSG_F_COPY;
  for (;;) {
    rd_kafka_error_t* failure = rd_kafka_produceva(producer, parts.data(), parts.size());
    const auto error =
        failure == nullptr ? RD_KAFKA_RESP_ERR_NO_ERROR : rd_kafka_error_code(failure);
    if (failure != nullptr) rd_kafka_error_destroy(failure);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return;
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL) bench::die(rd_kafka_err2str(error));
    rd_kafka_poll(producer, 10);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5)
    bench::die("usage: produce BROKERS TOPIC create|bulk|json|spaced COUNT [BYTES|INTERVAL_MS]");
  const std::string mode = argv[3];
  const char* topic = argv[2];
  const long count = std::atol(argv[4]);
  const auto producer =
      bench::make_kafka(RD_KAFKA_PRODUCER, {{"bootstrap.servers", argv[1]},
                                            {"linger.ms", mode == "spaced" ? "0" : "50"},
                                            {"queue.buffering.max.messages", "200000"},
                                            {"enable.idempotence", "false"}});
  if (mode == "create") {
    create_topic(producer.get(), topic, static_cast<int>(count));
    return 0;
  }
  if (argc < 6) bench::die("bulk and json need BYTES, spaced needs INTERVAL_MS");
  const int partitions = bench::partition_count(producer.get(), topic);
  if (partitions == 0) bench::die(std::string("no topic ") + topic);
  const long parameter = std::atol(argv[5]);
  const auto bytes = mode == "spaced" ? std::size_t{100} : static_cast<std::size_t>(parameter);
  std::string value = mode == "json" ? order_json(bytes) : std::string(bytes, 'x');
  for (long i = 0; i < count; ++i) {
    if (mode != "json") stamp(value);
    produce(producer.get(), topic, static_cast<std::int32_t>(i % partitions), value);
    if (mode == "spaced") {
      rd_kafka_flush(producer.get(), 10'000);
      usleep(static_cast<useconds_t>(parameter) * 1000);
    } else if (i % 1000 == 0) {
      rd_kafka_poll(producer.get(), 0);
    }
  }
  if (rd_kafka_flush(producer.get(), 60'000) != RD_KAFKA_RESP_ERR_NO_ERROR)
    bench::die("not everything was sent");
}
