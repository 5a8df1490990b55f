// Puts records into batches and takes them out again, with the exact size of the event that each
// batch makes. Pure; one poller thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "emulator/esm/batch.h"
#include "emulator/esm/kafka_event.h"

namespace emulator {

// How much the batch's event grows by a record of `record_bytes` (EventFormat::record_bytes()).
std::size_t bytes_to_add(Batch& batch, std::int32_t partition, std::size_t record_bytes,
                         const EventFormat& format);
// Records of one partition come in offset order.
void append(Batch& batch, Record record, Epoch epoch, std::size_t record_bytes,
            const EventFormat& format);

// Moves the chosen records into a batch of their own, which inherits the history; both keep the
// order. Each record is asked for once, in the batch's order.
Batch take_out(Batch& from, const std::function<bool(const Record&)>& is_chosen,
               const EventFormat& format);

}  // namespace emulator
