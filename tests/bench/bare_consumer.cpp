// The most a consumer can reach with the same library: no group, partitions assigned by hand,
// batches from one queue.
//   bare_consumer BROKERS TOPIC read RECORDS      from the start; prints records/s and MB/s from
//   the first record on bare_consumer BROKERS TOPIC latency RECORDS   from the end; prints "ready",
//   then the median from value's time to arrival
// More arguments NAME=VALUE are librdkafka's settings. Results are one JSON object on stdout.
#include <algorithm>
#include <array>
#include <vector>

#include "tests/bench/kafka_client.h"

namespace {

using bench::clock_ns;

void assign(rd_kafka_t* consumer, const std::string& topic, bool from_end) {
  const std::unique_ptr<rd_kafka_topic_partition_list_t, bench::KafkaDeleter> list(
      rd_kafka_topic_partition_list_new(4));
  const int partitions = bench::partition_count(consumer, topic);
  for (int partition = 0; partition < partitions; ++partition) {
    std::int64_t low = 0;
    std::int64_t high = 0;
    // A topic that was made just now has no leader yet.
    auto error = RD_KAFKA_RESP_ERR_NO_ERROR;
    for (int attempt = 0; attempt < 100; ++attempt, usleep(50'000)) {
      error =
          rd_kafka_query_watermark_offsets(consumer, topic.c_str(), partition, &low, &high, 10'000);
      if (error == RD_KAFKA_RESP_ERR_NO_ERROR) break;
    }
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) bench::die(rd_kafka_err2str(error));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
        from_end ? high : low;
  }
  if (rd_kafka_assign(consumer, list.get()) != RD_KAFKA_RESP_ERR_NO_ERROR)
    bench::die("cannot assign");
}

void read(rd_kafka_t* consumer, long count) {
  const std::unique_ptr<rd_kafka_queue_t, bench::KafkaDeleter> queue(
      rd_kafka_queue_get_consumer(consumer));
  std::vector<rd_kafka_message_t*> messages(1000);
  std::int64_t first_ns = 0;
  long records = 0;
  std::size_t bytes = 0;
  while (records < count) {
    const auto got =
        rd_kafka_consume_batch_queue(queue.get(), 100, messages.data(), messages.size());
    if (got < 0) bench::die("cannot consume");
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      if (messages[i]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (records++ == 0) first_ns = clock_ns(CLOCK_MONOTONIC);
        bytes += messages[i]->len;
      }
      rd_kafka_message_destroy(messages[i]);
    }
  }
  const auto seconds = static_cast<double>(clock_ns(CLOCK_MONOTONIC) - first_ns) / 1e9;
  std::printf("{\"records_per_second\": %.0f, \"mb_per_second\": %.1f}\n",
              static_cast<double>(records) / seconds, static_cast<double>(bytes) / 1e6 / seconds);
}

void latency(rd_kafka_t* consumer, long count) {
  std::vector<std::int64_t> latencies_ns;
  while (static_cast<long>(latencies_ns.size()) < count) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(consumer, 1000);
    if (message == nullptr) continue;
    const auto now_ns = clock_ns(CLOCK_REALTIME);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      const std::string sent(static_cast<const char*>(message->payload),
                             std::min<std::size_t>(message->len, 19));
      latencies_ns.push_back(now_ns - std::atoll(sent.c_str()));
    }
    rd_kafka_message_destroy(message);
  }
  std::sort(latencies_ns.begin(), latencies_ns.end());
  std::printf("{\"p50_ms\": %.3f, \"p99_ms\": %.3f}\n",
              static_cast<double>(latencies_ns[latencies_ns.size() / 2]) / 1e6,
              static_cast<double>(latencies_ns[latencies_ns.size() * 99 / 100]) / 1e6);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5)
    bench::die("usage: bare_consumer BROKERS TOPIC read|latency RECORDS [NAME=VALUE]...");
  const std::string mode = argv[3];
  bench::Settings settings{
      {"bootstrap.servers", argv[1]},        {"group.id", "bench-bare"},
      {"enable.auto.commit", "false"},       {"fetch.queue.backoff.ms", "10"},
      {"queued.min.messages", "200000"},     {"queued.max.messages.kbytes", "262144"},
      {"fetch.message.max.bytes", "4194304"}};
  for (int i = 5; i < argc; ++i) {
    const std::string setting = argv[i];
    const auto equals = setting.find('=');
    settings.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  const auto consumer = bench::make_kafka(RD_KAFKA_CONSUMER, settings);
  rd_kafka_poll_set_consumer(consumer.get());
  assign(consumer.get(), argv[2], mode == "latency");
  if (mode == "latency") {
    std::printf("ready\n");
    std::fflush(stdout);
    latency(consumer.get(), std::atol(argv[4]));
  } else {
    read(consumer.get(), std::atol(argv[4]));
  }
  rd_kafka_consumer_close(consumer.get());
}
