#include "emulator/esm/failure_record.h"

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/golden.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using json = nlohmann::ordered_json;
using test::check_golden;
using test::make_record;
using test::RecordText;

constexpr const char* kServers = "b-1.demo.example.com:9098,b-2.demo.example.com:9098";
constexpr const char* kFunction = "arn:aws:lambda:us-east-1:123456789012:function:my-function";
constexpr const char* kCluster = "arn:aws:kafka:us-east-1:123456789012:cluster/demo/751d2973-2";
constexpr std::int64_t kNow = 1'573'691'886'021;  // 2019-11-14T00:38:06.021Z
constexpr std::int64_t kProduced = 1'573'691'884'835;

const std::map<DestinationKind, const char*> kDestinations{
    {DestinationKind::Kafka, "kafka://failed-orders"},
    {DestinationKind::Sqs, "arn:aws:sqs:us-east-1:123456789012:failed-orders"},
    {DestinationKind::Sns, "arn:aws:sns:us-east-1:123456789012:failed-orders"},
    {DestinationKind::S3, "arn:aws:s3:::failed-orders"}};

MappingConfig mapping(EventSourceKind kind = EventSourceKind::Msk) {
  MappingConfig config;
  config.topic = "orders";
  config.uuid = "f8a1c1f0-0000-4000-8000-000000000001";
  config.kind = kind;
  if (kind == EventSourceKind::Msk) config.event_source_arn = kCluster;
  return config;
}

// orders-0@100..101 and orders-3@7, which has no key.
Batch small_batch(const EventFormat& format) {
  Batch batch;
  batch.event_bytes = format.envelope_bytes();
  const auto add = [&](std::int32_t partition, std::vector<RecordText> texts) {
    BatchSlice slice;
    slice.partition = partition;
    slice.event_bytes = format.group_bytes(partition) + texts.size() - 1;
    for (RecordText& text : texts) {
      text.partition = partition;
      slice.records.push_back(make_record(std::move(text)));
      slice.event_bytes += format.record_bytes(slice.records.back());
    }
    batch.record_count += slice.records.size();
    batch.event_bytes += slice.event_bytes + (batch.slices.empty() ? 0 : 1);
    batch.slices.push_back(std::move(slice));
  };
  RecordText first;
  first.offset = 100;
  first.key = "customer \"7\"";
  first.value = R"({"order":1})";
  first.headers = {{"trace", "\x01\xff"}};
  first.timestamp_ms = kProduced;
  RecordText second = first;
  second.offset = 101;
  second.timestamp_ms = kProduced + 745;
  RecordText third;
  third.offset = 7;
  third.value.reset();
  third.timestamp_ms = -1;
  third.timestamp_type = TimestampType::NoTimestamp;
  add(0, {first, second});
  add(3, {third});
  return batch;
}

Discard exhausted() {
  Discard discard;
  discard.invoke_count = 3;
  discard.request_id = "316aa6d0-8154-4321-9af7-85d5f4a6bc81";
  discard.function_error = true;
  return discard;
}

std::vector<FailureMessage> messages(DestinationKind kind, const Discard& discard = exhausted(),
                                     const MappingConfig& config = mapping(),
                                     const char* function = kFunction) {
  const EventFormat format(config, kServers);
  const Batch batch = small_batch(format);
  return failure_messages(*parse_destination(kDestinations.at(kind)), config, function, kServers,
                          format, batch, discard, kNow);
}

json document(DestinationKind kind, const Discard& discard = exhausted()) {
  return json::parse(messages(kind, discard).front().body);
}

TEST_CASE("failure record: SQS and SNS get one document without the records") {
  const auto sqs = messages(DestinationKind::Sqs);
  REQUIRE(sqs.size() == 1);
  CHECK_FALSE(sqs.front().key);
  CHECK(sqs.front().object_key.empty());
  check_golden("failure_sqs.json", sqs.front().body);
  CHECK(messages(DestinationKind::Sns).front().body == sqs.front().body);

  const json parsed = json::parse(sqs.front().body);
  const json& info = parsed.at("KafkaBatchInfo");
  CHECK(info.at("batchSize") == 3);
  CHECK(info.at("eventSourceArn") == kCluster);
  CHECK(info.at("recordsInfo").at("orders-0").at("lastRecordOffset") == "101");
  CHECK(info.at("recordsInfo").at("orders-3").at("firstRecordTimestamp") ==
        "1969-12-31T23:59:59.999Z");
}

TEST_CASE("failure record: S3 gets the event too, as text, under a key of its own") {
  const auto s3 = messages(DestinationKind::S3);
  REQUIRE(s3.size() == 1);
  check_golden("failure_s3.json", s3.front().body);
  CHECK(std::regex_match(
      s3.front().object_key,
      std::regex("aws/lambda/f8a1c1f0-0000-4000-8000-000000000001/orders-0/2019/11/14/"
                 "2019-11-14T00\\.38\\.06-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")));
  CHECK(messages(DestinationKind::S3).front().object_key != s3.front().object_key);

  json parsed = json::parse(s3.front().body);
  const std::string payload = parsed.at("payload");
  CHECK(payload.size() == parsed.at("KafkaBatchInfo").at("payloadSize"));
  CHECK(json::parse(payload).at("records").at("orders-0").at(1).at("offset") == 101);
  parsed.erase("payload");
  CHECK(parsed == document(DestinationKind::Sqs));
}

TEST_CASE("failure record: Kafka gets a message for each record, with the record's own key") {
  const auto kafka = messages(DestinationKind::Kafka);
  REQUIRE(kafka.size() == 3);
  CHECK(kafka.at(0).key == "customer \"7\"");
  CHECK_FALSE(kafka.at(2).key);
  check_golden("failure_kafka.json", kafka.at(0).body);
  check_golden("failure_kafka_tombstone.json", kafka.at(2).body);

  const json second = json::parse(kafka.at(1).body);
  CHECK(second.at("requestContext").at("condition") == "RetriesExhausted");
  CHECK(second.at("requestContext").at("functionArn") == std::string(kFunction) + ":$LATEST");
  const json& info = second.at("KafkaBatchInfo");
  CHECK(info.at("batchSize") == 1);
  CHECK(info.at("recordInfo").at("offset") == "101");
  CHECK(info.at("payloadSize") == second.at("payload").dump().size());
  CHECK(second.at("payload").at("records").at("orders-0").size() == 1);
}

TEST_CASE("failure record: a version that the function's ARN names stays") {
  const std::string alias = std::string(kFunction) + ":live";
  const auto kafka = messages(DestinationKind::Kafka, exhausted(), mapping(), alias.c_str());
  CHECK(json::parse(kafka.front().body).at("requestContext").at("functionArn") == alias);
}

TEST_CASE("failure record: a self-managed cluster has no ARN") {
  for (const auto& [kind, text] : kDestinations) {
    const auto made = messages(kind, exhausted(), mapping(EventSourceKind::SelfManagedKafka));
    const json parsed = json::parse(made.front().body);
    CHECK_FALSE(parsed.at("KafkaBatchInfo").contains("eventSourceArn"));
    CHECK(parsed.at("KafkaBatchInfo").at("bootstrapServers") == kServers);
  }
}

TEST_CASE("failure record: what each condition says of the function's answer") {
  for (const auto& [kind, text] : kDestinations) {
    INFO(text);
    Discard discard = exhausted();
    discard.function_error = false;  // reported by a partial response
    CHECK(document(kind, discard).at("responseContext").at("functionError").is_null());
    CHECK(document(kind, discard).at("responseContext").at("executedVersion") == "$LATEST");

    discard.condition = DiscardCondition::RecordAgeExceeded;
    CHECK_FALSE(document(kind, discard).contains("responseContext"));
    CHECK(document(kind, discard).at("requestContext").at("condition") == "RecordAgeExceeded");

    discard.condition = DiscardCondition::MaximumPayloadSizeExceeded;
    discard.function_error.reset();
    discard.invoke_count = 0;
    discard.request_id.clear();
    const json parsed = document(kind, discard);
    CHECK(parsed.at("responseContext").is_null());
    const json& context = parsed.at("requestContext");
    CHECK(context.at("condition") == "MaximumPayloadSizeExceeded");
    CHECK(context.at("approximateInvokeCount") == 0);
    CHECK(context.at("requestId").get<std::string>().size() == 36);
  }
}

}  // namespace
}  // namespace emulator
