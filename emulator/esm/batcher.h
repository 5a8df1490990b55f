// Forms one batch after the other out of single records, by number, by time and by the size of the
// event's JSON. Pure: takes records and the time in, gives batches out. One poller thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "emulator/esm/batch.h"
#include "emulator/esm/clock.h"
#include "emulator/esm/kafka_event.h"

namespace emulator {

// A batch closes when the first of the three is reached
// (docs.aws.amazon.com/lambda/latest/dg/invocation-eventsourcemapping.html).
struct BatchLimits {
  std::size_t records = kBatchSizeDefault;
  std::chrono::milliseconds window =
      kBatchWindowDefault;  // since the batch's first record; 0: as soon as it has one
  std::size_t event_bytes = kEventBytesMax;
};

enum class Fit {
  Added,
  NextBatch,  // the forming batch is closed; the record comes first in a later one
  Never,      // no event could hold it
};

class Batcher {
 public:
  // `format` must outlive the batcher.
  Batcher(const EventFormat& format, BatchLimits limits) : format_(format), limits_(limits) {}

  // How many records to look for now: 0 while the forming batch is closed, and about what it has
  // bytes for otherwise.
  std::size_t wanted() const;

  // Moves from `record` only when it is Added. Records of one partition come in offset order.
  Fit add(Record& record, Epoch epoch, TimePoint now);

  bool holds(std::int32_t partition) { return find_slice(forming_, partition) != nullptr; }
  bool empty() const { return forming_.record_count == 0; }
  bool is_ready(TimePoint now) const;
  // When it is ready without another record; nullopt while it is empty.
  std::optional<TimePoint> ready_at() const;

  // The forming batch; the next one starts empty. Must not be called while empty().
  Batch take();

  // Forgets the forming batch's records of a partition that was revoked; what is left has room
  // again.
  void drop_partition(std::int32_t partition);
  void clear();

 private:
  const EventFormat& format_;
  const BatchLimits limits_;
  Batch forming_;
  TimePoint first_record_at_{};
  bool closed_ = false;  // a record did not fit any more
  std::size_t latest_record_bytes_ =
      65'536;  // a first guess, so that the first look takes some 100 records
};

}  // namespace emulator
