#include "emulator/esm/batch_edit.h"

#include <utility>

namespace emulator {
namespace {

constexpr std::size_t kCommaBytes = 1;

}  // namespace

Place find_place(Batch& batch, std::int32_t partition, std::size_t record_bytes,
                 const EventFormat& format) {
  Place place;
  place.slice = find_slice(batch, partition);
  place.record_bytes = record_bytes;
  if (place.slice == nullptr) place.group_bytes = format.group_bytes(partition);
  place.added_bytes = place.group_bytes + record_bytes +
                      (batch.slices.empty() ? format.envelope_bytes() : kCommaBytes);
  return place;
}

void append(Batch& batch, Record record, Epoch epoch, const Place& place) {
  BatchSlice* slice = place.slice;
  if (slice == nullptr) {
    slice = &batch.slices.emplace_back();
    slice->partition = record.partition;
    slice->epoch = epoch;
    slice->event_bytes = place.group_bytes + place.record_bytes;
  } else {
    slice->event_bytes += kCommaBytes + place.record_bytes;
  }
  slice->records.push_back(std::move(record));
  batch.record_count += 1;
  batch.event_bytes += place.added_bytes;
}

void append(Batch& batch, Record record, Epoch epoch, const EventFormat& format) {
  const Place place = find_place(batch, record.partition, format.record_bytes(record), format);
  append(batch, std::move(record), epoch, place);
}

Batch take_out(Batch& from, const std::function<bool(const Record&)>& is_chosen,
               const EventFormat& format) {
  Batch taken;
  Batch kept;
  taken.history = kept.history = from.history;
  for (BatchSlice& slice : from.slices) {
    for (Record& record : slice.records) {
      Batch& to = is_chosen(record) ? taken : kept;
      append(to, std::move(record), slice.epoch, format);
    }
  }
  from = std::move(kept);
  return taken;
}

}  // namespace emulator
