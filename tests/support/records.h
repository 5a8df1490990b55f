// Records in a small notation: "orders/0@100..104 orders/1@7" is five records of orders-0 and one
// of orders-1.
#pragma once

#include <cstdint>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/batch.h"
#include "emulator/kafka/record.h"

namespace emulator::test {

struct OffsetRange {
  std::string topic;
  std::int32_t partition = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// "orders/0@100..104" or "orders/0@7"; "orders/0" is the range 0..0 of no meaning, for those who
// name a partition only.
inline OffsetRange parse_range(const std::string& text) {
  const auto slash = text.rfind('/');
  if (slash == std::string::npos) throw std::invalid_argument("no '/' in \"" + text + "\"");
  OffsetRange range;
  range.topic = text.substr(0, slash);
  const auto at = text.find('@', slash);
  range.partition = std::stoi(text.substr(slash + 1, at - slash - 1));
  if (at == std::string::npos) return range;
  const auto dots = text.find("..", at);
  range.first = std::stoll(text.substr(at + 1, dots - at - 1));
  range.last = dots == std::string::npos ? range.first : std::stoll(text.substr(dots + 2));
  return range;
}

inline std::vector<OffsetRange> parse_ranges(const std::string& text) {
  std::vector<OffsetRange> ranges;
  std::istringstream words(text);
  for (std::string word; words >> word;) ranges.push_back(parse_range(word));
  return ranges;
}

// What a test's record says; the Record made of it owns a copy.
struct RecordText {
  std::string topic = "orders";
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string> key;
  std::optional<std::string> value = "{}";
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::int64_t timestamp_ms = 1'545'084'650'987;
  TimestampType timestamp_type = TimestampType::CreateTime;
};

inline Record make_record(RecordText text) {
  auto* owned = new RecordText(std::move(text));  // released by the record's memory
  Record record;
  record.memory =
      Record::Memory(owned, [](void* object) { delete static_cast<RecordText*>(object); });
  record.topic = owned->topic;
  record.partition = owned->partition;
  record.offset = owned->offset;
  record.timestamp_ms = owned->timestamp_ms;
  record.timestamp_type = owned->timestamp_type;
  if (owned->key) record.key = *owned->key;
  if (owned->value) record.value = *owned->value;
  for (const auto& [name, value] : owned->headers) {
    RecordHeader header{name, std::nullopt};
    if (value) header.value = *value;
    record.headers.push_back(header);
  }
  return record;
}

// `like`: what they have in common.
inline std::vector<Record> make_records(const std::string& notation, const RecordText& like) {
  std::vector<Record> records;
  for (const OffsetRange& range : parse_ranges(notation)) {
    for (auto offset = range.first; offset <= range.last; ++offset) {
      RecordText text = like;
      text.topic = range.topic;
      text.partition = range.partition;
      text.offset = offset;
      records.push_back(make_record(std::move(text)));
    }
  }
  return records;
}

inline std::vector<Record> make_records(const std::string& notation, std::size_t value_bytes = 2) {
  RecordText like;
  like.value = std::string(value_bytes, 'v');
  return make_records(notation, like);
}

// Consecutive records of one partition are a slice.
inline Batch make_batch(const std::string& notation) {
  Batch batch;
  for (Record& record : make_records(notation)) {
    if (batch.slices.empty() || batch.slices.back().partition != record.partition) {
      batch.slices.push_back({record.partition, 1, {}, 0});
    }
    batch.slices.back().records.push_back(std::move(record));
    batch.record_count += 1;
  }
  return batch;
}

// Builds the notation again: consecutive offsets of one partition become a range.
class Notation {
 public:
  void add(const std::string& topic, std::int32_t partition, std::int64_t offset) {
    if (!ranges_.empty() && ranges_.back().topic == topic &&
        ranges_.back().partition == partition && ranges_.back().last + 1 == offset) {
      ranges_.back().last = offset;
    } else {
      ranges_.push_back({topic, partition, offset, offset});
    }
  }
  std::string text() const {
    std::string text;
    for (const OffsetRange& range : ranges_) {
      if (!text.empty()) text += ' ';
      text +=
          range.topic + '/' + std::to_string(range.partition) + '@' + std::to_string(range.first);
      if (range.last != range.first) text += ".." + std::to_string(range.last);
    }
    return text;
  }

 private:
  std::vector<OffsetRange> ranges_;
};

inline std::string notation(const std::vector<Record>& records) {
  Notation notation;
  for (const Record& record : records) {
    notation.add(std::string(record.topic), record.partition, record.offset);
  }
  return notation.text();
}

inline std::string notation(const Batch& batch) {
  Notation notation;
  for (const BatchSlice& slice : batch.slices) {
    for (const Record& record : slice.records) {
      notation.add(std::string(record.topic), record.partition, record.offset);
    }
  }
  return notation.text();
}

}  // namespace emulator::test
