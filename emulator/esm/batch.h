// Records that go to the function together. The batch keeps them in memory until they are disposed
// of: a retry, and whatever else an outcome may ask for, needs no second read from Kafka. A value
// to move; one poller thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/kafka/record.h"

namespace emulator {

// Tells one assignment of a partition from the next one of the same partition (esm/ledger.h).
using Epoch = std::uint64_t;

// The batch's records of one partition, in offset order; never empty.
struct BatchSlice {
  std::int32_t partition = 0;
  Epoch epoch = 0;
  std::vector<Record> records;
  std::size_t event_bytes = 0;  // of "topic-partition":[...]

  std::int64_t first_offset() const { return records.front().offset; }
  std::int64_t last_offset() const { return records.back().offset; }
};

// How often these records were tried without success.
struct AttemptHistory {
  int failed = 0;       // attempts used up: the function ran, failed, and the batch was not split
  int refused = 0;      // it did not run (throttled, no environment), since the last time it did
  int invocations = 0;  // the function ran with these records
};

struct Batch {
  std::vector<BatchSlice> slices;  // one a partition, in the order in which the partitions came
  std::size_t record_count = 0;
  std::size_t event_bytes = 0;  // of the whole event's JSON, exactly
  AttemptHistory history;
};

// Takes the records of one partition out again; the batch's counts follow.
void remove_slice(Batch& batch, std::size_t index);

BatchSlice* find_slice(Batch& batch, std::int32_t partition);

// For log lines: "orders-0@10..14, orders-1@7"; a few partitions, then how many more.
std::string describe(const Batch& batch, std::string_view topic);

}  // namespace emulator
