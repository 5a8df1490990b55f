#include "emulator/esm/kafka_event.h"

#include <optional>

#include "emulator/esm/base64.h"
#include "emulator/esm/json_writer.h"

namespace emulator {
namespace {

// One record's text is these pieces in this order; record_bytes() and write_record() must name the
// same ones.
constexpr std::string_view kTopic = R"({"topic":")";
constexpr std::string_view kPartition = R"(","partition":)";
constexpr std::string_view kOffset = R"(,"offset":)";
constexpr std::string_view kTimestamp = R"(,"timestamp":)";
constexpr std::string_view kTimestampType = R"(,"timestampType":")";
constexpr std::string_view kKey = R"(,"key":")";
constexpr std::string_view kValue = R"(,"value":")";
constexpr std::string_view kKeySchema = R"(,"keySchemaMetadata":{"dataFormat":")";
constexpr std::string_view kValueSchema = R"(,"valueSchemaMetadata":{"dataFormat":")";
constexpr std::string_view kSchemaId = R"(","schemaId":")";
constexpr std::string_view kSchemaEnd = R"("})";
constexpr std::string_view kHeaders = R"(,"headers":[)";
constexpr std::string_view kRecordEnd = "]}";
constexpr std::string_view kHeaderBegin = R"({")";
constexpr std::string_view kHeaderValue = R"(":[)";
constexpr std::string_view kHeaderEnd = "]}";
constexpr std::size_t kQuoteBytes = 1;
constexpr std::size_t kCommaBytes = 1;

std::string escape(std::string_view text) {
  std::string escaped;
  JsonWriter writer(escaped);
  writer.escaped(text);
  writer.flush();
  return escaped;
}

// A null key or value has no member at all (with-kafka.html's samples; a tombstone:
// powertools-lambda-typescript issue 5016). An empty one is "".
std::size_t optional_member_bytes(std::string_view name, std::optional<std::string_view> data) {
  return data ? name.size() + base64_size(data->size()) + kQuoteBytes : 0;
}

void write_optional_member(JsonWriter& json, std::string_view name,
                           std::optional<std::string_view> data) {
  if (!data) return;
  json.raw(name);
  json.base64(*data);
  json.raw("\"");
}

// Only of what was decoded (services-consume-kafka-events.html). Neither text needs escaping.
std::size_t schema_bytes(std::string_view name, const DecodedRecord::Attribute& attribute) {
  const RecordSchema* schema = attribute.schema.get();
  if (schema == nullptr) return 0;
  return name.size() + schema->data_format.size() + kSchemaId.size() + schema->id.size() +
         kSchemaEnd.size();
}

void write_schema(JsonWriter& json, std::string_view name,
                  const DecodedRecord::Attribute& attribute) {
  const RecordSchema* schema = attribute.schema.get();
  if (schema == nullptr) return;
  json.raw(name);
  json.raw(schema->data_format);
  json.raw(kSchemaId);
  json.raw(schema->id);
  json.raw(kSchemaEnd);
}

// Each header is an object of its own, so duplicates and their order survive; bytes are signed, as
// AWS's Java writes them (aws-lambda-go events/kafka.go, JSONNumberBytes). A null value becomes [],
// an inference.
std::size_t header_bytes(const RecordHeader& header) {
  return kHeaderBegin.size() + escaped_size(header.name) + kHeaderValue.size() +
         signed_bytes_size(header.value.value_or("")) + kHeaderEnd.size();
}

void write_header(JsonWriter& json, const RecordHeader& header) {
  json.raw(kHeaderBegin);
  json.escaped(header.name);
  json.raw(kHeaderValue);
  json.signed_bytes(header.value.value_or(""));
  json.raw(kHeaderEnd);
}

// `begin`: the record's text up to its offset, the same for all of one partition.
void write_record(JsonWriter& json, std::string_view begin, const Record& record) {
  json.raw(begin);
  json.number(record.offset);
  json.raw(kTimestamp);
  json.number(record.timestamp_ms);
  json.raw(kTimestampType);
  json.raw(timestamp_type_name(record.timestamp_type));
  json.raw("\"");
  write_optional_member(json, kKey, record.key);
  if (record.decoded != nullptr) write_schema(json, kKeySchema, record.decoded->key);
  write_optional_member(json, kValue, record.value);
  if (record.decoded != nullptr) write_schema(json, kValueSchema, record.decoded->value);
  json.raw(kHeaders);
  for (std::size_t i = 0; i < record.headers.size(); ++i) {
    if (i > 0) json.raw(",");
    write_header(json, record.headers[i]);
  }
  json.raw(kRecordEnd);
}

}  // namespace

std::string_view timestamp_type_name(TimestampType type) {
  switch (type) {
    case TimestampType::NoTimestamp:
      return "NO_TIMESTAMP_TYPE";
    case TimestampType::LogAppendTime:
      return "LOG_APPEND_TIME";
    case TimestampType::CreateTime:
      break;
  }
  return "CREATE_TIME";
}

EventFormat::EventFormat(const MappingConfig& config, std::string_view bootstrap_servers)
    : escaped_topic_(escape(config.topic)) {
  if (config.kind == EventSourceKind::Msk) {
    head_ = R"({"eventSource":"aws:kafka","eventSourceArn":")" + escape(config.event_source_arn) +
            "\",";
  } else {
    head_ = R"({"eventSource":"SelfManagedKafka",)";
  }
  head_ += R"("bootstrapServers":")" + escape(bootstrap_servers) + R"(","records":{)";
}

std::size_t EventFormat::group_bytes(std::int32_t partition) const {
  constexpr std::size_t kPunctuationBytes = 6;  // "-":[]
  return escaped_topic_.size() + number_size(partition) + kPunctuationBytes;
}

std::size_t EventFormat::record_bytes(const Record& record) const {
  std::size_t bytes = kTopic.size() + escaped_topic_.size() + kPartition.size() +
                      number_size(record.partition) + kOffset.size() + number_size(record.offset) +
                      kTimestamp.size() + number_size(record.timestamp_ms) + kTimestampType.size() +
                      timestamp_type_name(record.timestamp_type).size() + kQuoteBytes +
                      optional_member_bytes(kKey, record.key) +
                      optional_member_bytes(kValue, record.value) + kHeaders.size() +
                      kRecordEnd.size();
  if (record.decoded != nullptr) {
    bytes += schema_bytes(kKeySchema, record.decoded->key) +
             schema_bytes(kValueSchema, record.decoded->value);
  }
  for (const RecordHeader& header : record.headers) bytes += header_bytes(header) + kCommaBytes;
  return record.headers.empty() ? bytes : bytes - kCommaBytes;
}

std::string EventFormat::write(const Batch& batch) const {
  std::string text;
  text.reserve(batch.event_bytes);
  JsonWriter json(text);
  json.raw(head_);
  for (std::size_t i = 0; i < batch.slices.size(); ++i) {
    const BatchSlice& slice = batch.slices[i];
    const std::string partition = std::to_string(slice.partition);
    const std::string begin = std::string(kTopic)
                                  .append(escaped_topic_)
                                  .append(kPartition)
                                  .append(partition)
                                  .append(kOffset);
    if (i > 0) json.raw(",");
    json.raw("\"");
    json.raw(escaped_topic_);
    json.raw("-");
    json.raw(partition);
    json.raw("\":[");
    for (std::size_t j = 0; j < slice.records.size(); ++j) {
      if (j > 0) json.raw(",");
      write_record(json, begin, slice.records[j]);
    }
    json.raw("]");
  }
  json.raw("}}");
  json.flush();
  return text;
}

}  // namespace emulator
