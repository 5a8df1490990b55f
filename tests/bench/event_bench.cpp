// What the mapping itself costs a record, without Kafka and without a function: sizing and
// batching, the event's text, and the account of offsets. `event_bench [VALUE_BYTES [BATCH_SIZE]]`;
// prints medians of several rounds, a second being one of processor time.
#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "emulator/esm/base64.h"
#include "emulator/esm/batcher.h"
#include "emulator/esm/kafka_event.h"
#include "emulator/esm/ledger.h"
#include "tests/bench/cpu_time.h"

namespace {

using namespace emulator;
using namespace bench;

// Views into one block, as librdkafka's records are views into a fetched one.
Record make_record(std::string_view block, std::size_t value_bytes, std::int64_t offset) {
  Record record;
  record.topic = "bench-topic";
  record.partition = static_cast<std::int32_t>(offset / 1'000 % 4);
  record.offset = offset;
  record.timestamp_ms = 1'700'000'000'000 + offset;
  record.value = block.substr(
      static_cast<std::size_t>(offset) * value_bytes % (block.size() - value_bytes), value_bytes);
  return record;
}

struct Result {
  std::size_t batches = 0;
  std::size_t bytes = 0;
};

Result run(const EventFormat& format, std::size_t batch_size, std::vector<Record>& records) {
  using namespace std::chrono_literals;
  Result result;
  Batcher batcher(format, BatchLimits{batch_size, 1s, kEventBytesMax});
  Ledger ledger;
  const Epoch epoch = ledger.assign(0, 0);
  const auto send = [&] {
    const Batch batch = batcher.take();
    const auto payload = std::make_shared<const std::string>(format.write(batch));
    ledger.taken(0, batch.record_count, batch.slices.back().last_offset());
    ledger.disposed(0, epoch, batch.record_count, batch.slices.back().last_offset() + 1);
    ledger.committed(ledger.committable());
    result.batches += 1;
    result.bytes += payload->size();
  };
  for (Record& record : records) {
    if (batcher.add(record, epoch, TimePoint{}) == Fit::NextBatch) {
      send();
      batcher.add(record, epoch, TimePoint{});
    }
  }
  if (!batcher.empty()) send();
  return result;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t value_bytes = argc > 1 ? std::stoul(argv[1]) : 1'024;
  const std::size_t batch_size = argc > 2 ? std::stoul(argv[2]) : 10'000;
  constexpr std::size_t kRecords = 100'000;

  std::string block(32 * 1024 * 1024, '\0');
  for (std::size_t i = 0; i < block.size(); ++i)
    block[i] = static_cast<char>(i * 2'654'435'761U >> 13U);
  std::string text(base64_size(value_bytes), '\0');
  const auto encode_all = [&](auto encode) {
    return median_seconds([&] {
      for (std::size_t i = 0; i < kRecords; ++i) {
        encode(std::string_view(block).substr(i * value_bytes % (block.size() - value_bytes),
                                              value_bytes),
               text.data());
      }
    });
  };
  const double megabytes = static_cast<double>(kRecords * value_bytes) / 1e6;
  fmt::print("base64 of {} B: {:.0f} MB/s ({:.0f} without vector instructions)\n", value_bytes,
             megabytes / encode_all(base64_encode), megabytes / encode_all(base64_encode_portable));

  MappingConfig config;
  config.topic = "bench-topic";
  const EventFormat format(config, "127.0.0.1:9092");
  std::vector<double> seconds;
  Result result;
  for (int round = 0; round < kRounds; ++round) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < kRecords; ++i) {
      records.push_back(make_record(block, value_bytes, static_cast<std::int64_t>(i)));
    }
    const double begin = cpu_seconds();
    result = run(format, batch_size, records);
    seconds.push_back(cpu_seconds() - begin);
  }
  const double best = median(seconds);
  fmt::print(
      "batcher, event and ledger, {} B, BatchSize {}: {:.0f} records/s, {:.0f} MB/s of values, "
      "{:.0f} MB/s of event; {} "
      "events\n",
      value_bytes, batch_size, static_cast<double>(kRecords) / best, megabytes / best,
      static_cast<double>(result.bytes) / best / 1e6, result.batches);
  return EXIT_SUCCESS;
}
