#include "emulator/esm/system_log.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"
#include "tests/support/golden.h"

namespace emulator {
namespace {

constexpr std::int64_t kNowMs = 1'546'347'660'000;

MappingConfig self_managed() {
  MappingConfig config;
  config.uuid = "4a5b3c2d-0000-5000-8000-000000000001";
  config.topic = "orders";
  return config;
}

MappingConfig msk() {
  MappingConfig config = self_managed();
  config.kind = EventSourceKind::Msk;
  config.event_source_arn = "arn:aws:kafka:us-east-1:000000000000:cluster/orders/1";
  config.consumer_group_id = "order-readers";
  return config;
}

TEST_CASE("system log: each level has what the ones above it have") {
  using Event = SystemLogEvent;
  using Level = SystemLogLevel;
  struct Row {
    Level level;
    bool processing, poller, kafka;
  };
  for (const Row& row :
       {Row{Level::Off, false, false, false}, Row{Level::Warn, true, false, false},
        Row{Level::Info, true, true, false}, Row{Level::Debug, true, true, true}}) {
    INFO(static_cast<int>(row.level));
    CHECK(is_logged(Event::EsmProcessing, row.level) == row.processing);
    CHECK(is_logged(Event::PollerStatus, row.level) == row.poller);
    CHECK(is_logged(Event::KafkaStatus, row.level) == row.kafka);
  }
}

TEST_CASE("system log: events as they are documented") {
  const MappingConfig config = msk();
  test::check_golden(
      "log_poller_status.json",
      poller_status_event(
          {config, 0, kNowMs},
          {"b-1.local:9098,b-2.local:9098", "SASL_SSL", "AWS_MSK_IAM", 4, {0, 3}, 5}));
  test::check_golden("log_kafka_status.json",
                     kafka_status_event({config, 0, kNowMs}, {1, 5'004, 5'003, 5'003, 5'004}));
  test::check_golden(
      "log_esm_processing.json",
      esm_processing_event({config, 0, kNowMs}, "Timeout expired while fetching topic metadata",
                           "org.apache.kafka.common.errors.TimeoutException"));
}

TEST_CASE("system log: what a local, self-managed mapping does not know is left out") {
  const MappingConfig config = self_managed();
  test::check_golden(
      "log_poller_status_self_managed.json",
      poller_status_event({config, 12, kNowMs}, {"localhost:9092", "PLAINTEXT", "", 4, {}, 0}));

  const auto event = nlohmann::json::parse(
      kafka_status_event({config, 12, kNowMs}, {2, std::nullopt, 7, std::nullopt, std::nullopt}));
  CHECK_FALSE(event.contains("eventSourceArn"));
  CHECK(event["eventProcessorId"] == config.uuid + "/12");
  CHECK(event["kafkaPartitionOffsets"] ==
        nlohmann::json{{"partition", "orders-2"}, {"consumedOffset", 7}});
}

TEST_CASE("system log: an event is one line of JSON, whatever the message holds") {
  const MappingConfig config = self_managed();
  const std::string text =
      esm_processing_event({config, 0, kNowMs}, "line one\nline \"two\" \xff", kCommitErrorCode);
  CHECK(text.find('\n') == std::string::npos);
  const auto event = nlohmann::json::parse(text);
  CHECK(event["error"]["errorMessage"] == "line one\nline \"two\" \xEF\xBF\xBD");
  CHECK(event["error"]["errorCode"] == "org.apache.kafka.clients.consumer.CommitFailedException");
}

}  // namespace
}  // namespace emulator
