#include "emulator/esm/failure_record.h"

#include <algorithm>
#include <utility>

#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"
#include "emulator/esm/json_writer.h"

namespace emulator {
namespace {

constexpr std::string_view kVersion = "$LATEST";

void write_text(JsonWriter& json, std::string_view name, std::string_view value) {
  json.raw("\"");
  json.raw(name);
  json.raw("\":\"");
  json.escaped(value);
  json.raw("\"");
}

void write_number(JsonWriter& json, std::string_view name, std::int64_t value) {
  json.raw("\"");
  json.raw(name);
  json.raw("\":");
  json.number(value);
}

// Kafka's document spells one condition its own way (kafka-on-failure-destination.html).
std::string_view condition_text(DestinationKind kind, DiscardCondition condition) {
  if (kind == DestinationKind::Kafka && condition == DiscardCondition::RetryAttemptsExhausted)
    return "RetriesExhausted";
  return to_string(condition);
}

// Kafka's document names the version too (kafka-on-failure-destination.html).
std::string qualified(std::string_view function_arn) {
  constexpr auto kColonsOfUnqualified = 6;  // arn:aws:lambda:region:account:function:name
  std::string arn(function_arn);
  if (std::count(arn.begin(), arn.end(), ':') == kColonsOfUnqualified)
    arn.append(":").append(kVersion);
  return arn;
}

// responseContext is null for a payload that was too large ("null if record is
// MaximumPayloadSizeExceeded", kafka-on-failure-destination.html), and for a record that could not
// be decoded, an inference; another one, from recordings of streams, is that it has no member at
// all for a record that was too old.
void write_response_context(JsonWriter& json, const Discard& discard) {
  if (discard.condition == DiscardCondition::RecordAgeExceeded) return;
  if (discard.condition == DiscardCondition::MaximumPayloadSizeExceeded ||
      !discard.function_error) {
    json.raw(R"("responseContext":null,)");
    return;
  }
  json.raw(R"("responseContext":{"statusCode":200,)");
  write_text(json, "executedVersion", kVersion);
  // Null after partial responses: as recordings of streams have it, an inference for Kafka.
  json.raw(*discard.function_error ? R"(,"functionError":"Unhandled"},)"
                                   : R"(,"functionError":null},)");
}

struct Subject {
  DestinationKind kind;
  const MappingConfig& config;
  std::string function_arn;
  std::string_view bootstrap_servers;
  const Discard& discard;
  std::string request_id;
  std::int64_t now_epoch_ms;
};

// Up to and including the common part of KafkaBatchInfo, with a comma.
void write_head(JsonWriter& json, const Subject& subject, const Batch& batch) {
  json.raw(R"({"requestContext":{)");
  write_text(json, "requestId", subject.request_id);
  json.raw(",");
  write_text(json, "functionArn", subject.function_arn);
  json.raw(",");
  write_text(json, "condition", condition_text(subject.kind, subject.discard.condition));
  json.raw(",");
  write_number(json, "approximateInvokeCount", subject.discard.invoke_count);
  json.raw("},");
  write_response_context(json, subject.discard);
  json.raw(R"("version":"1.0",)");
  write_text(json, "timestamp", iso_time(subject.now_epoch_ms));
  json.raw(R"(,"KafkaBatchInfo":{)");
  write_number(json, "batchSize", static_cast<std::int64_t>(batch.record_count));
  json.raw(",");
  // A self-managed cluster has no ARN: that the member is left out is an inference.
  if (subject.config.kind == EventSourceKind::Msk) {
    write_text(json, "eventSourceArn", subject.config.event_source_arn);
    json.raw(",");
  }
  write_text(json, "bootstrapServers", subject.bootstrap_servers);
  json.raw(",");
  write_number(json, "payloadSize", static_cast<std::int64_t>(batch.event_bytes));
  json.raw(",");
}

void write_records_info(JsonWriter& json, const Batch& batch, std::string_view topic) {
  json.raw(R"("recordsInfo":{)");
  bool first = true;
  for (const BatchSlice& slice : batch.slices) {
    if (!std::exchange(first, false)) json.raw(",");
    json.raw("\"");
    json.escaped(topic);
    json.raw("-");
    json.number(slice.partition);
    json.raw("\":{");
    // Offsets are strings here, unlike in the event.
    write_text(json, "firstRecordOffset", std::to_string(slice.first_offset()));
    json.raw(",");
    write_text(json, "lastRecordOffset", std::to_string(slice.last_offset()));
    json.raw(",");
    write_text(json, "firstRecordTimestamp", iso_time(slice.records.front().timestamp_ms));
    json.raw(",");
    write_text(json, "lastRecordTimestamp", iso_time(slice.records.back().timestamp_ms));
    json.raw("}");
  }
  json.raw("}}");
}

// Of streams it is documented with the shard in the third place; topic and partition there are an
// inference, and so is the first partition for a batch of several.
std::string object_key(const Subject& subject, const Batch& batch) {
  return "aws/lambda/" + subject.config.uuid + "/" + subject.config.topic + "-" +
         std::to_string(batch.slices.front().partition) + "/" +
         utc_text(subject.now_epoch_ms, "%Y/%m/%d/%Y-%m-%dT%H.%M.%S") + "-" + random_uuid();
}

FailureMessage batch_message(const Subject& subject, const EventFormat& format,
                             const Batch& batch) {
  FailureMessage message;
  JsonWriter json(message.body);
  write_head(json, subject, batch);
  write_records_info(json, batch, subject.config.topic);
  if (subject.kind == DestinationKind::S3) {
    json.raw(",");
    write_text(json, "payload", format.write(batch));
    message.object_key = object_key(subject, batch);
  }
  json.raw("}");
  json.flush();
  return message;
}

// A batch that views the record; lives no longer than it.
Batch batch_of_one(const EventFormat& format, const Record& record) {
  Record view;
  view.topic = record.topic;
  view.partition = record.partition;
  view.offset = record.offset;
  view.timestamp_ms = record.timestamp_ms;
  view.timestamp_type = record.timestamp_type;
  view.key = record.key;
  view.value = record.value;
  view.headers = record.headers;
  view.decoded = record.decoded;
  BatchSlice slice;
  slice.partition = record.partition;
  slice.event_bytes = format.group_bytes(record.partition) + format.record_bytes(record);
  slice.records.push_back(std::move(view));
  Batch batch;
  batch.record_count = 1;
  batch.event_bytes = format.envelope_bytes() + slice.event_bytes;
  batch.slices.push_back(std::move(slice));
  return batch;
}

FailureMessage record_message(const Subject& subject, const EventFormat& format,
                              const Record& record) {
  const Batch batch = batch_of_one(format, record);
  FailureMessage message;
  JsonWriter json(message.body);
  write_head(json, subject, batch);
  json.raw(R"("recordInfo":{)");
  write_text(json, "offset", std::to_string(record.offset));
  json.raw(",");
  write_text(json, "timestamp", iso_time(record.timestamp_ms));
  json.raw(R"(}},"payload":)");
  json.raw(format.write(batch));
  json.raw("}");
  json.flush();
  // As the producer wrote it, which partitions and compacts as before (inference).
  const auto key = record.decoded != nullptr ? record.decoded->original_key : record.key;
  if (key) message.key = std::string(*key);
  message.record = RecordPlace{record.partition, record.offset};
  return message;
}

}  // namespace

std::string_view to_string(DiscardCondition condition) {
  switch (condition) {
    case DiscardCondition::RecordAgeExceeded:
      return "RecordAgeExceeded";
    case DiscardCondition::MaximumPayloadSizeExceeded:
      return "MaximumPayloadSizeExceeded";
    case DiscardCondition::SchemaNotFound:
      return "SCHEMA_NOT_FOUND";
    case DiscardCondition::DeserializationError:
      return "DESERIALIZATION_ERROR";
    case DiscardCondition::RetryAttemptsExhausted:
      break;
  }
  return "RetryAttemptsExhausted";
}

std::vector<FailureMessage> failure_messages(const DestinationName& destination,
                                             const MappingConfig& config,
                                             std::string_view function_arn,
                                             std::string_view bootstrap_servers,
                                             const EventFormat& format, const Batch& batch,
                                             const Discard& discard, std::int64_t now_epoch_ms) {
  const bool a_message_a_record = destination.kind == DestinationKind::Kafka;
  const Subject subject{
      destination.kind, config,
      a_message_a_record ? qualified(function_arn) : std::string(function_arn), bootstrap_servers,
      discard,
      // AWS names a request even where there was none (recordings of streams, an inference).
      discard.request_id.empty() ? random_uuid() : discard.request_id, now_epoch_ms};
  std::vector<FailureMessage> messages;
  if (!a_message_a_record) {
    messages.push_back(batch_message(subject, format, batch));
    return messages;
  }
  messages.reserve(batch.record_count);
  for (const BatchSlice& slice : batch.slices)
    for (const Record& record : slice.records)
      messages.push_back(record_message(subject, format, record));
  return messages;
}

}  // namespace emulator
