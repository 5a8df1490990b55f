#include "emulator/config/destination_name.h"

#include "tests/support/catch.h"

namespace emulator {
namespace {

TEST_CASE("destinations are taken apart") {
  const auto queue = parse_destination("arn:aws-cn:sqs:cn-north-1:123456789012:failed_orders-1");
  REQUIRE(queue);
  CHECK(queue->kind == DestinationKind::Sqs);
  CHECK(queue->name == "failed_orders-1");
  CHECK(queue->region == "cn-north-1");
  CHECK(queue->account == "123456789012");
  CHECK(queue->arn == "arn:aws-cn:sqs:cn-north-1:123456789012:failed_orders-1");
  const auto topic = parse_destination("kafka://failed.orders");
  REQUIRE(topic);
  CHECK(topic->kind == DestinationKind::Kafka);
  CHECK(topic->name == "failed.orders");
  const auto bucket = parse_destination("arn:aws:s3:::failed-orders");
  REQUIRE(bucket);
  CHECK(bucket->kind == DestinationKind::S3);
  CHECK(bucket->name == "failed-orders");

  for (const char* text :
       {"", "orders", "kafka://", "kafka://a/b", "kafka://..", "arn:aws:sqs:us-east-1::orders",
        "arn:aws:sqs::123456789012:orders",
        "arn:aws:sqs:us-east-1:123456789012:", "arn:aws:sns:us-east-1:123456789012:a:b",
        "arn:aws:s3:::..", "arn:aws:s3:::a/b", "arn:aws:lambda:us-east-1:123456789012:function:f",
        "arn:gcp:s3:::a", "arn:aws:sqs:us-east-1:1234:orders", "arn", "arn:aws:s3"})
    CHECK_FALSE(parse_destination(text));
}

TEST_CASE("the kind of a destination is told as SAM tells it") {
  CHECK(to_string(parse_destination("arn:aws:sqs:us-east-1:000000000000:q")->kind) == "SQS");
  CHECK(to_string(parse_destination("arn:aws:sns:us-east-1:000000000000:t")->kind) == "SNS");
  CHECK(to_string(parse_destination("arn:aws:s3:::b")->kind) == "S3");
  CHECK(to_string(parse_destination("kafka://t")->kind) == "Kafka");
  CHECK(!parse_destination("t"));
}

}  // namespace
}  // namespace emulator
