// Puts records into batches and takes them out again, with the exact size of the event that each
// batch makes. Pure; one poller thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "emulator/esm/batch.h"
#include "emulator/esm/kafka_event.h"

namespace emulator {

// Where the next record of a partition goes, and what the event grows by with it.
struct Place {
  BatchSlice* slice = nullptr;  // null: it opens a group of its own
  std::size_t group_bytes = 0;  // of that group
  std::size_t added_bytes = 0;  // the record and what it brings along
  std::size_t record_bytes = 0;
};
// `record_bytes`: of EventFormat. Stays right until the batch changes.
Place find_place(Batch& batch, std::int32_t partition, std::size_t record_bytes,
                 const EventFormat& format);
// Records of one partition come in offset order.
void append(Batch& batch, Record record, Epoch epoch, const Place& place);
void append(Batch& batch, Record record, Epoch epoch, const EventFormat& format);

// Moves the chosen records into a batch of their own, which inherits the history; both keep the
// order. Each record is asked for once, in the batch's order.
Batch take_out(Batch& from, const std::function<bool(const Record&)>& is_chosen,
               const EventFormat& format);

}  // namespace emulator
