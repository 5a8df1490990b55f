#include "emulator/esm/batcher.h"

#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using test::make_records;
using test::notation;

MappingConfig orders() {
  MappingConfig config;
  config.topic = "orders";
  return config;
}

struct Fixture {
  EventFormat format{orders(), "127.0.0.1:9092"};
  test::FakeClock clock;

  BatchLimits limits(std::size_t records, std::chrono::milliseconds window) const {
    return {records, window, kEventBytesMax};
  }
  // Adds all of them; returns what was said of the last one.
  Fit add(Batcher& batcher, const std::string& records, std::size_t value_bytes = 2) const {
    Fit fit = Fit::Never;
    for (Record& record : make_records(records, value_bytes))
      fit = batcher.add(record, 1, clock.now());
    return fit;
  }
};

TEST_CASE_METHOD(Fixture, "batcher: a batch is ready when it has BatchSize records") {
  Batcher batcher(format, limits(3, 500ms));
  CHECK(batcher.wanted() == 3);
  add(batcher, "orders/0@0..1");
  CHECK(batcher.wanted() == 1);
  CHECK_FALSE(batcher.is_ready(clock.now()));
  add(batcher, "orders/0@2");
  CHECK(batcher.is_ready(clock.now()));
  CHECK(batcher.wanted() == 0);
  CHECK(add(batcher, "orders/0@3") == Fit::NextBatch);
  CHECK(notation(batcher.take()) == "orders/0@0..2");
  CHECK(batcher.empty());
  CHECK(add(batcher, "orders/0@3") == Fit::Added);
}

TEST_CASE_METHOD(Fixture, "batcher: the window counts from the batch's first record") {
  Batcher batcher(format, limits(100, 500ms));
  CHECK_FALSE(batcher.ready_at().has_value());
  CHECK_FALSE(batcher.is_ready(clock.now() + 1h));  // an empty window never invokes
  add(batcher, "orders/0@0");
  const TimePoint first = clock.now();
  clock.tick(499ms);
  add(batcher, "orders/0@1");
  CHECK(batcher.ready_at() == first + 500ms);
  CHECK_FALSE(batcher.is_ready(clock.now()));
  clock.tick(1ms);
  CHECK(batcher.is_ready(clock.now()));
  batcher.take();
  add(batcher, "orders/0@2");
  CHECK(batcher.ready_at() == clock.now() + 500ms);
}

TEST_CASE_METHOD(Fixture, "batcher: a window of 0 is over with the first record") {
  Batcher batcher(format, limits(100, 0ms));
  add(batcher, "orders/0@0");
  CHECK(batcher.is_ready(clock.now()));
  CHECK(batcher.wanted() > 0);  // but more may come along while no place is free
}

TEST_CASE_METHOD(Fixture, "batcher: partitions mix, each stays in order and together") {
  Batcher batcher(format, limits(100, 0ms));
  add(batcher, "orders/1@5..6 orders/0@0 orders/1@7");
  const Batch batch = batcher.take();
  CHECK(batch.record_count == 4);
  CHECK(notation(batch) == "orders/1@5..7 orders/0@0");
  CHECK(describe(batch, "orders") == "orders-1@5..7, orders-0@0");
  CHECK(batch.event_bytes == format.write(batch).size());
}

TEST_CASE_METHOD(Fixture,
                 "batcher: the event may reach its limit of bytes and not pass it by one") {
  const auto bytes_of = [&](const std::string& records) {
    Batcher batcher(format, limits(100, 0ms));
    add(batcher, records);
    return format.write(batcher.take()).size();
  };
  for (const std::string records : {"orders/0@9..10", "orders/0@9 orders/11@10"}) {
    const std::size_t exact = bytes_of(records);
    for (const std::size_t limit : {exact - 1, exact, exact + 1}) {
      Batcher batcher(format, BatchLimits{100, 500ms, limit});
      INFO(records << " within " << limit << " of " << exact);
      CHECK((add(batcher, records) == Fit::Added) == (limit >= exact));
      // Not fitting closes the batch before its window is over; the record opens the next one.
      CHECK(batcher.is_ready(clock.now()) == (limit < exact));
      CHECK(batcher.take().event_bytes <= limit);
    }
  }
}

TEST_CASE_METHOD(Fixture,
                 "batcher: a record that no event can hold is told from one for the next batch") {
  Batcher probe(format, limits(100, 0ms));
  add(probe, "orders/0@0", 1000);
  const std::size_t single = probe.take().event_bytes;

  Batcher batcher(format, BatchLimits{100, 500ms, single});
  CHECK(add(batcher, "orders/0@0", 1003) == Fit::Never);
  CHECK(batcher.empty());
  CHECK(add(batcher, "orders/0@1", 1000) == Fit::Added);
  CHECK(add(batcher, "orders/0@2", 1003) == Fit::Never);  // also while one is forming
  CHECK_FALSE(batcher.is_ready(clock.now()));             // and the forming one stays open
  CHECK(add(batcher, "orders/0@3", 1000) == Fit::NextBatch);
  CHECK(batcher.is_ready(clock.now()));
}

TEST_CASE_METHOD(Fixture,
                 "batcher: what is taken at once is bounded by what the event has bytes for") {
  Batcher batcher(format, limits(10'000, 500ms));
  add(batcher, "orders/0@0", 1'000'000);
  CHECK(batcher.wanted() <= 5);  // 1.33 MB each as base64
  CHECK(batcher.wanted() >= 1);
}

TEST_CASE_METHOD(Fixture,
                 "batcher: a revoked partition's records leave, and the rest has room again") {
  Batcher batcher(format, limits(3, 500ms));
  add(batcher, "orders/0@0 orders/1@0..1");
  CHECK(batcher.is_ready(clock.now()));
  batcher.drop_partition(1);
  CHECK_FALSE(batcher.is_ready(clock.now()));
  CHECK(batcher.wanted() == 2);
  batcher.drop_partition(7);
  add(batcher, "orders/2@4");
  const Batch batch = batcher.take();
  CHECK(notation(batch) == "orders/0@0 orders/2@4");
  CHECK(batch.event_bytes == format.write(batch).size());

  add(batcher, "orders/0@1");
  batcher.drop_partition(0);
  CHECK(batcher.empty());
  CHECK_FALSE(batcher.ready_at().has_value());
}

TEST_CASE("batch: a description stays one line") {
  Batch batch;
  for (std::int32_t partition = 0; partition < 9; ++partition) {
    BatchSlice& slice = batch.slices.emplace_back();
    slice.partition = partition;
    slice.records = make_records("t/" + std::to_string(partition) + "@1");
  }
  CHECK(describe(batch, "t") == "t-0@1, t-1@1, t-2@1, t-3@1 and 5 more partitions");
}

}  // namespace
}  // namespace emulator
