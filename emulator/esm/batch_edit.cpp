#include "emulator/esm/batch_edit.h"

#include <utility>

namespace emulator {
namespace {

constexpr std::size_t kCommaBytes = 1;

}  // namespace

std::size_t bytes_to_add(Batch& batch, std::int32_t partition, std::size_t record_bytes,
                         const EventFormat& format) {
  if (batch.slices.empty())
    return format.envelope_bytes() + format.group_bytes(partition) + record_bytes;
  const bool opens_group = find_slice(batch, partition) == nullptr;
  return kCommaBytes + record_bytes + (opens_group ? format.group_bytes(partition) : 0);
}

void append(Batch& batch, Record record, Epoch epoch, std::size_t record_bytes,
            const EventFormat& format) {
  batch.event_bytes += bytes_to_add(batch, record.partition, record_bytes, format);
  BatchSlice* slice = find_slice(batch, record.partition);
  if (slice == nullptr) {
    slice = &batch.slices.emplace_back();
    slice->partition = record.partition;
    slice->epoch = epoch;
    slice->event_bytes = format.group_bytes(record.partition) + record_bytes;
  } else {
    slice->event_bytes += kCommaBytes + record_bytes;
  }
  slice->records.push_back(std::move(record));
  batch.record_count += 1;
}

Batch take_out(Batch& from, const std::function<bool(const Record&)>& is_chosen,
               const EventFormat& format) {
  Batch taken;
  Batch kept;
  taken.history = kept.history = from.history;
  for (BatchSlice& slice : from.slices) {
    for (Record& record : slice.records) {
      Batch& to = is_chosen(record) ? taken : kept;
      const std::size_t record_bytes = format.record_bytes(record);
      append(to, std::move(record), slice.epoch, record_bytes, format);
    }
  }
  from = std::move(kept);
  return taken;
}

}  // namespace emulator
