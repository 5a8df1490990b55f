// The event that a function gets for a batch of Kafka records: its text, and how long each part of
// it will be. Shape: docs.aws.amazon.com/lambda/latest/dg/with-kafka.html and with-msk.html, sample
// events. Constant after construction, one a mapping; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "emulator/config/model.h"
#include "emulator/esm/batch.h"
#include "emulator/kafka/record.h"

namespace emulator {

// Names as Kafka's own enum has them. NO_TIMESTAMP_TYPE is an inference: AWS's documentation shows
// the other two.
std::string_view timestamp_type_name(TimestampType type);

class EventFormat {
 public:
  // `bootstrap_servers`: comma-joined, as the event says them.
  EventFormat(const MappingConfig& config, std::string_view bootstrap_servers);

  // The event's exact size is envelope_bytes(); for each partition group_bytes(); for each record
  // record_bytes(); and a comma between two records of a partition and between two partitions.
  std::size_t envelope_bytes() const { return head_.size() + kTailBytes; }
  std::size_t group_bytes(std::int32_t partition) const;
  std::size_t record_bytes(const Record& record) const;

  // batch.event_bytes characters. Records are those of this mapping's topic.
  std::string write(const Batch& batch) const;

 private:
  static constexpr std::size_t kTailBytes = 2;  // }}
  std::string head_;                            // {"eventSource":...,"records":{
  std::string
      escaped_topic_;  // Kafka allows nothing that needs it, but a template may say anything
};

}  // namespace emulator
