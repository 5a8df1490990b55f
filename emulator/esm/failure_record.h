// The documents that tell a destination of discarded records. Shapes:
// docs.aws.amazon.com/lambda/latest/dg/kafka-on-failure-destination.html; what is an inference says
// so in the code. Pure but for the random UUIDs that AWS makes up; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/destination_name.h"
#include "emulator/config/model.h"
#include "emulator/esm/batch.h"
#include "emulator/esm/kafka_event.h"
#include "emulator/esm/record_sink.h"

namespace emulator {

enum class DiscardCondition {
  RetryAttemptsExhausted,
  RecordAgeExceeded,
  MaximumPayloadSizeExceeded,
  // services-consume-kafka-events.html, "Additional behaviors and considerations"
  SchemaNotFound,
  DeserializationError
};
std::string_view to_string(DiscardCondition condition);  // as SQS, SNS and S3 documents say it

// Why and after what the records were given up.
struct Discard {
  DiscardCondition condition = DiscardCondition::RetryAttemptsExhausted;
  int invoke_count = 0;                // invocations that had these records
  std::string request_id;              // of the last one; empty: there was none
  std::optional<bool> function_error;  // the last one failed (true) or reported them as failed
                                       // (false); nullopt: there was none
};

// What one destination gets for the batch: a message a record for Kafka, one for the others. For
// SQS and SNS, which refuse more than 256 KiB, it has 0.4 KB and for each partition at most 0.5 KB:
// a batch of more than 500 partitions may be refused, which the sink reports as undelivered.
std::vector<FailureMessage> failure_messages(const DestinationName& destination,
                                             const MappingConfig& config,
                                             std::string_view function_arn,
                                             std::string_view bootstrap_servers,
                                             const EventFormat& format, const Batch& batch,
                                             const Discard& discard, std::int64_t now_epoch_ms);

}  // namespace emulator
