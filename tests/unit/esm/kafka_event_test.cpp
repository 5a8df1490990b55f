#include "emulator/esm/kafka_event.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "emulator/esm/batcher.h"
#include "emulator/esm/json_writer.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using json = nlohmann::ordered_json;
using test::check_golden;
using test::make_record;
using test::RecordText;

constexpr const char* kServers = "b-2.demo.example.com:9092,b-1.demo.example.com:9092";

MappingConfig self_managed(const std::string& topic) {
  MappingConfig config;
  config.topic = topic;
  return config;
}

Batch batch_of(const EventFormat& format, std::vector<RecordText> texts) {
  Batcher batcher(format, BatchLimits{});
  for (RecordText& text : texts) {
    Record record = make_record(std::move(text));
    REQUIRE(batcher.add(record, 1, TimePoint{}) == Fit::Added);
  }
  return batcher.take();
}

RecordText text(std::string topic, std::int32_t partition, std::int64_t offset) {
  RecordText record;
  record.topic = std::move(topic);
  record.partition = partition;
  record.offset = offset;
  return record;
}

TEST_CASE("event: what was decoded names its schema, and nothing else does") {
  const EventFormat format(self_managed("orders"), kServers);
  Batcher batcher(format, BatchLimits{});
  for (const bool with_key : {true, false}) {
    RecordText like = text("orders", 0, with_key ? 1 : 2);
    like.key = "k";
    Record record = make_record(std::move(like));
    auto decoded = std::make_shared<DecodedRecord>();
    const auto schema = std::make_shared<RecordSchema>(RecordSchema{"AVRO", "1234"});
    if (with_key) decoded->key = {schema, R"({"id":1})", {}};
    decoded->value = {schema, R"({"total":2})", {}};
    if (with_key) record.key = decoded->key.json;
    record.value = decoded->value.json;
    record.decoded = std::move(decoded);
    REQUIRE(batcher.add(record, 1, TimePoint{}) == Fit::Added);
  }
  const Batch batch = batcher.take();
  const std::string event = format.write(batch);
  CHECK(event.size() == batch.event_bytes);
  const json records = json::parse(event).at("records").at("orders-0");
  CHECK(
      records[0].dump().find(R"("key":"eyJpZCI6MX0=","keySchemaMetadata":{"dataFormat":"AVRO",)"
                             R"("schemaId":"1234"},"value":"eyJ0b3RhbCI6Mn0=",)"
                             R"("valueSchemaMetadata":{"dataFormat":"AVRO","schemaId":"1234"})") !=
      std::string::npos);
  CHECK_FALSE(records[1].contains("keySchemaMetadata"));
  CHECK(records[1].at("valueSchemaMetadata").at("schemaId") == "1234");
  CHECK(records[1].at("key") == "aw==");
}

TEST_CASE("event: AWS's own sample, self-managed") {
  const EventFormat format(self_managed("mytopic"), kServers);
  RecordText record = text("mytopic", 0, 15);
  record.key = "recordKey";
  record.value = "Hello, this is a test.";
  record.headers = {{"headerKey", "headerValue"}};
  const Batch batch = batch_of(format, {record});
  const std::string event = format.write(batch);
  CHECK(event.size() == batch.event_bytes);
  check_golden("self_managed.json", event);

  const json parsed = json::parse(event);
  CHECK(parsed.at("eventSource") == "SelfManagedKafka");
  CHECK(parsed.at("bootstrapServers") == kServers);
  CHECK_FALSE(parsed.contains("eventSourceArn"));
  const json& first = parsed.at("records").at("mytopic-0").at(0);
  CHECK(first.at("value") == "SGVsbG8sIHRoaXMgaXMgYSB0ZXN0Lg==");
  CHECK(first.at("timestamp") == 1545084650987);
  CHECK(first.at("timestampType") == "CREATE_TIME");
  CHECK(first.at("headers").at(0).at("headerKey") ==
        json::parse("[104,101,97,100,101,114,86,97,108,117,101]"));
}

TEST_CASE("event: MSK says the cluster's ARN, and partitions are groups") {
  MappingConfig config = self_managed("my-topic");
  config.kind = EventSourceKind::Msk;
  config.event_source_arn = "arn:aws:kafka:us-east-1:123456789012:cluster/demo/6cc0432b-1";
  const EventFormat format(config, kServers);
  const Batch batch = batch_of(format, {text("my-topic", 0, 15), text("my-topic", 10, 7),
                                        text("my-topic", 0, 16), text("my-topic", 10, 9)});
  const std::string event = format.write(batch);
  CHECK(event.size() == batch.event_bytes);
  check_golden("msk.json", event);
  const json parsed = json::parse(event);
  CHECK(parsed.at("eventSource") == "aws:kafka");
  CHECK(parsed.at("records").at("my-topic-0").size() == 2);
  CHECK(parsed.at("records").at("my-topic-10").at(1).at("offset") == 9);
}

TEST_CASE("event: null and empty keys and values, tombstones, headers of every kind") {
  const EventFormat format(self_managed("orders"), kServers);
  RecordText nulls = text("orders", 3, 0);
  nulls.value.reset();
  RecordText empties = text("orders", 3, 1);
  empties.key = "";
  empties.value = "";
  empties.timestamp_type = TimestampType::LogAppendTime;
  RecordText headers = text("orders", 3, 2);
  headers.headers = {{"same", "a"},
                     {"same", "b"},
                     {"null", std::nullopt},
                     {"", ""},
                     {"bytes", std::string("\x00\x7f\x80\xff", 4)},
                     {"q\"\\\n\x01\xc3\xa9\xff", "x"}};
  headers.timestamp_ms = -1;
  headers.timestamp_type = TimestampType::NoTimestamp;
  const Batch batch = batch_of(format, {nulls, empties, headers});
  const std::string event = format.write(batch);
  CHECK(event.size() == batch.event_bytes);
  check_golden("nulls_and_headers.json", event);

  const json parsed = json::parse(event);
  const json& records = parsed.at("records").at("orders-3");
  CHECK_FALSE(records.at(0).contains("key"));
  CHECK_FALSE(records.at(0).contains("value"));
  CHECK(records.at(0).at("headers") == json::array());
  CHECK(records.at(1).at("key") == "");
  CHECK(records.at(1).at("value") == "");
  CHECK(records.at(1).at("timestampType") == "LOG_APPEND_TIME");
  CHECK(records.at(2).at("timestampType") == "NO_TIMESTAMP_TYPE");
  const json& written = records.at(2).at("headers");
  CHECK(written.size() == 6);
  CHECK(written.at(0).at("same") == json::parse("[97]"));
  CHECK(written.at(1).at("same") == json::parse("[98]"));
  CHECK(written.at(2).at("null") == json::array());
  CHECK(written.at(3).at("") == json::array());
  CHECK(written.at(4).at("bytes") == json::parse("[0,127,-128,-1]"));
  CHECK(written.at(5).contains("q\"\\\n\x01\xc3\xa9\xef\xbf\xbd"));
}

TEST_CASE("event: an empty batch of no partitions still is an envelope of the size it says") {
  const EventFormat format(self_managed("t\"o"), "a\\b");
  const std::string event = format.write(Batch{});
  CHECK(event.size() == format.envelope_bytes());
  CHECK(json::parse(event).at("bootstrapServers") == "a\\b");
}

// Random records: the size that is computed, the text that is written and what a JSON parser reads
// must agree.
TEST_CASE("event: computed size, text and parsed content agree for random records") {
  std::mt19937 random(42);
  const auto below = [&](std::uint32_t limit) {
    return static_cast<std::uint32_t>(random() % limit);
  };
  const auto bytes = [&](std::size_t size) {
    std::string data;
    for (std::size_t i = 0; i < size; ++i) data += static_cast<char>(below(256));
    return data;
  };
  for (int round = 0; round < 200; ++round) {
    const EventFormat format(self_managed("a.topic-name_1"), kServers);
    std::vector<RecordText> texts;
    for (std::uint32_t i = 0, count = 1 + below(20); i < count; ++i) {
      RecordText record = text("a.topic-name_1", static_cast<std::int32_t>(below(12)), 0);
      record.offset = static_cast<std::int64_t>(random()) << below(31);
      record.timestamp_ms = static_cast<std::int64_t>(random()) << below(31);
      if (below(3) > 0) record.key = bytes(below(30));
      record.value = bytes(below(4) == 0 ? 20'000 : below(3'000));
      if (below(4) == 0) record.value.reset();
      for (std::uint32_t header = 0, headers = below(4); header < headers; ++header) {
        record.headers.emplace_back(bytes(below(8)), bytes(below(40)));
      }
      texts.push_back(std::move(record));
    }
    const Batch batch = batch_of(format, std::move(texts));
    const std::string event = format.write(batch);
    REQUIRE(event.size() == batch.event_bytes);
    const json parsed = json::parse(event);
    std::size_t count = 0;
    for (const BatchSlice& slice : batch.slices) {
      const json& group =
          parsed.at("records").at("a.topic-name_1-" + std::to_string(slice.partition));
      REQUIRE(group.size() == slice.records.size());
      for (std::size_t i = 0; i < slice.records.size(); ++i, ++count) {
        REQUIRE(group.at(i).at("offset") == slice.records[i].offset);
        REQUIRE(group.at(i).at("timestamp") == slice.records[i].timestamp_ms);
        REQUIRE(group.at(i).contains("key") == slice.records[i].key.has_value());
        REQUIRE(group.at(i).contains("value") == slice.records[i].value.has_value());
        REQUIRE(group.at(i).at("headers").size() == slice.records[i].headers.size());
      }
    }
    REQUIRE(count == batch.record_count);
  }
}

TEST_CASE("json writer: number sizes at every power of ten") {
  const auto check = [](std::int64_t value) {
    return number_size(value) == std::to_string(value).size();
  };
  CHECK(check(0));
  CHECK(check(std::numeric_limits<std::int64_t>::min()));
  CHECK(check(std::numeric_limits<std::int64_t>::max()));
  std::int64_t power = 1;
  for (int digits = 1; digits <= 18; ++digits, power *= 10) {
    for (const std::int64_t value : {power - 1, power, power + 1, -power, 1 - power})
      CHECK(check(value));
  }
}

TEST_CASE("json writer: whatever the bytes, the escaped text is valid and as long as said") {
  std::mt19937 random(1);
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes;
    for (std::size_t i = 0, size = random() % 6; i < size; ++i) {
      // Mostly bytes of multi-byte sequences, where the traps are.
      constexpr unsigned char kInteresting[] = {0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2,
                                                0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 'a'};
      bytes += static_cast<char>(kInteresting[random() % sizeof kInteresting]);
    }
    std::string escaped;
    JsonWriter writer(escaped);
    writer.raw("\"");
    writer.escaped(bytes);
    writer.raw("\"");
    writer.flush();
    REQUIRE(escaped.size() == escaped_size(bytes) + 2);
    const json parsed = json::parse(escaped, nullptr, false);
    REQUIRE_FALSE(parsed.is_discarded());
    // Where nothing had to be replaced, the bytes are the same.
    const json original = json::parse('"' + bytes + '"', nullptr, false);
    if (!original.is_discarded()) REQUIRE(parsed == original);
  }
}

TEST_CASE("json writer: text longer than its buffer") {
  const std::string long_text(100'000, 'x');
  std::string out;
  JsonWriter writer(out);
  writer.raw("a");
  writer.raw(long_text);
  writer.escaped(long_text);
  writer.number(-1);
  writer.flush();
  CHECK(out == "a" + long_text + long_text + "-1");
}

}  // namespace
}  // namespace emulator
