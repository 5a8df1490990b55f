#include "emulator/esm/batcher.h"

#include <algorithm>
#include <utility>

#include "emulator/esm/batch_edit.h"

namespace emulator {
namespace {

// Records looked for at once. What a batch turns out to have no room for is kept in memory for the
// next one, so this bounds that; 256 is enough to make the cost of a look disappear.
constexpr std::size_t kWantedMax = 256;

}  // namespace

std::size_t Batcher::wanted() const {
  if (closed_ || forming_.record_count >= limits_.records) return 0;
  const std::size_t used_bytes = std::max(forming_.event_bytes, format_.envelope_bytes());
  const std::size_t bytes_left = limits_.event_bytes - std::min(used_bytes, limits_.event_bytes);
  const std::size_t about = bytes_left / latest_record_bytes_ + 1;
  return std::min({about, limits_.records - forming_.record_count, kWantedMax});
}

Fit Batcher::add(Record& record, Epoch epoch, TimePoint now) {
  const std::size_t record_bytes = format_.record_bytes(record);
  if (format_.envelope_bytes() + format_.group_bytes(record.partition) + record_bytes >
      limits_.event_bytes)
    return Fit::Never;
  if (closed_ || forming_.record_count >= limits_.records) return Fit::NextBatch;

  const Place place = find_place(forming_, record.partition, record_bytes, format_);
  if (forming_.event_bytes + place.added_bytes > limits_.event_bytes) {
    closed_ = true;
    return Fit::NextBatch;
  }

  if (empty()) first_record_at_ = now;
  append(forming_, std::move(record), epoch, place);
  latest_record_bytes_ = record_bytes;
  return Fit::Added;
}

bool Batcher::is_ready(TimePoint now) const {
  if (empty()) return false;
  return closed_ || forming_.record_count >= limits_.records ||
         now >= first_record_at_ + limits_.window;
}

std::optional<TimePoint> Batcher::ready_at() const {
  if (empty()) return std::nullopt;
  if (closed_ || forming_.record_count >= limits_.records) return first_record_at_;
  return first_record_at_ + limits_.window;
}

Batch Batcher::take() {
  closed_ = false;
  return std::exchange(forming_, Batch{});
}

void Batcher::drop_partition(std::int32_t partition) {
  BatchSlice* slice = find_slice(forming_, partition);
  if (slice == nullptr) return;
  remove_slice(forming_, static_cast<std::size_t>(slice - forming_.slices.data()));
  if (empty()) forming_ = Batch{};
  closed_ = false;
}

void Batcher::clear() {
  forming_ = Batch{};
  closed_ = false;
}

}  // namespace emulator
