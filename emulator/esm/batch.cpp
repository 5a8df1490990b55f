#include "emulator/esm/batch.h"

namespace emulator {

void remove_slice(Batch& batch, std::size_t index) {
  const std::size_t comma_bytes = batch.slices.size() > 1 ? 1 : 0;
  batch.record_count -= batch.slices[index].records.size();
  batch.event_bytes -= batch.slices[index].event_bytes + comma_bytes;
  batch.slices.erase(batch.slices.begin() + static_cast<std::ptrdiff_t>(index));
}

// Records come in runs of one partition, so the latest slice is nearly always the one.
BatchSlice* find_slice(Batch& batch, std::int32_t partition) {
  for (auto slice = batch.slices.rbegin(); slice != batch.slices.rend(); ++slice) {
    if (slice->partition == partition) return &*slice;
  }
  return nullptr;
}

std::string describe(const Batch& batch, std::string_view topic) {
  constexpr std::size_t kPartitionsShown = 4;  // keeps a log line a line
  std::string text;
  for (std::size_t i = 0; i < batch.slices.size(); ++i) {
    if (i == kPartitionsShown) {
      return text + " and " + std::to_string(batch.slices.size() - i) + " more partitions";
    }
    const BatchSlice& slice = batch.slices[i];
    if (i > 0) text += ", ";
    text.append(topic).append("-").append(std::to_string(slice.partition));
    if (slice.records.empty()) continue;
    text.append("@").append(std::to_string(slice.first_offset()));
    if (slice.records.size() > 1) text.append("..").append(std::to_string(slice.last_offset()));
  }
  return text;
}

}  // namespace emulator
