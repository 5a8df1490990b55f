// What a mapping may be, whoever asks: the rules as values.
#include "emulator/config/mapping_rules.h"

#include <functional>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

constexpr std::int64_t kNowMs = 1'700'000'000'000;

MappingRequest good() {
  MappingRequest request;
  request.topics = {"orders"};
  request.source_access.emplace();
  return request;
}

struct Row {
  std::string what;
  std::function<void(MappingRequest&)> change;
  std::string parameter;  // empty: nothing is wrong
  std::string line;       // "P" stands for the parameter
};

void check(const std::vector<Row>& rows, Strictness strictness) {
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto request = good();
    row.change(request);
    const auto violations = check_mapping(request, strictness, kNowMs);
    REQUIRE(violations.size() == (row.parameter.empty() ? 0 : 1));
    if (violations.empty()) continue;
    CHECK(violations[0].parameter == row.parameter);
    CHECK(describe("P", violations[0]) == row.line);
  }
}

std::string refused(const std::string& name) {
  return "P is only for provisioned mode (AWS: \"Unsupported '" + name +
         "' parameter for given event source mapping type.\"): add ProvisionedPollerConfig, or "
         "leave out --strict";
}

}  // namespace

TEST_CASE("each number of a mapping has AWS's range, its ends included") {
  struct Numbers {
    std::string parameter;
    std::optional<std::int64_t> MappingRequest::*value;
    std::vector<std::int64_t> good;
    std::vector<std::int64_t> bad;
  };
  const std::vector<Numbers> table{
      {"BatchSize", &MappingRequest::batch_size, {1, 10'000}, {-1, 0, 10'001}},
      {"MaximumBatchingWindowInSeconds",
       &MappingRequest::batch_window_ms,
       {0, 1, 300'000},
       {-1, 300'001}},
      {"MaximumRetryAttempts",
       &MappingRequest::maximum_retry_attempts,
       {-1, 0, 10'000},
       {-2, 10'001}},
      {"MaximumRecordAgeInSeconds",
       &MappingRequest::maximum_record_age_s,
       {-1, 60, 604'800},
       {-2, 0, 59, 604'801}},
      {"ProvisionedPollerConfig.MinimumPollers",
       &MappingRequest::minimum_pollers,
       {1, 200},
       {0, 201}},
      {"ProvisionedPollerConfig.MaximumPollers",
       &MappingRequest::maximum_pollers,
       {1, 2'000},
       {-1, 0, 2'001}},
  };
  for (const auto& row : table) {
    CAPTURE(row.parameter);
    auto request = good();
    for (const auto value : row.good) {
      request.*row.value = value;
      CHECK(check_mapping(request, Strictness::Lenient, kNowMs).empty());
    }
    for (const auto value : row.bad) {
      CAPTURE(value);
      request.*row.value = value;
      const auto violations = check_mapping(request, Strictness::Lenient, kNowMs);
      REQUIRE(violations.size() == 1);
      CHECK(violations[0].parameter == row.parameter);
      CHECK(violations[0].remedy.find("between") != std::string::npos);
    }
  }
}

TEST_CASE("names, words and times of a mapping are checked") {
  check(
      {
          {"nothing is asked for", [](auto&) {}, "", ""},
          {"two topics",
           [](auto& r) {
             r.topics = {"a", "b"};
           },
           "Topics", "P lists 2 topics: AWS takes exactly one for each mapping"},
          {"the only filter", [](auto& r) { r.filter_patterns = {"{}"}; }, "", ""},
          {"a timestamp at this moment",
           [](auto& r) {
             r.starting_position = "AT_TIMESTAMP";
             r.starting_timestamp_ms = kNowMs;
           },
           "", ""},
          {"a timestamp in the future",
           [](auto& r) {
             r.starting_position = "AT_TIMESTAMP";
             r.starting_timestamp_ms = kNowMs + 250;
           },
           "StartingPositionTimestamp", "P is 1700000000.25: it must not be in the future"},
          {"no timestamp", [](auto& r) { r.starting_position = "AT_TIMESTAMP"; },
           "StartingPosition",
           "P is AT_TIMESTAMP: StartingPositionTimestamp must give the time in epoch seconds"},
          {"a timestamp alone", [](auto& r) { r.starting_timestamp_ms = 1; },
           "StartingPositionTimestamp", "P is given: it needs StartingPosition AT_TIMESTAMP"},
          {"another position", [](auto& r) { r.starting_position = "latest"; }, "StartingPosition",
           "P is \"latest\": it must be TRIM_HORIZON, LATEST or AT_TIMESTAMP"},
          {"an empty poller group", [](auto& r) { r.poller_group_name = ""; }, "", ""},
          {"a long poller group", [](auto& r) { r.poller_group_name = std::string(129, 'g'); },
           "ProvisionedPollerConfig.PollerGroupName",
           "P is \"" + std::string(129, 'g') +
               "\": a poller group's name has at most 128 letters, digits, '-' and '_'"},
          {"a log level in lower case", [](auto& r) { r.system_log_level = "info"; },
           "LoggingConfig.SystemLogLevel", "P is \"info\": it must be DEBUG, INFO or WARN"},
          {"all metrics",
           [](auto& r) {
             r.metrics = {"KafkaMetrics", "EventCount", "ErrorCount"};
           },
           "", ""},
          {"a metric twice",
           [](auto& r) {
             r.metrics = {"EventCount", "EventCount"};
           },
           "MetricsConfig.Metrics",
           "P has EventCount twice: it must hold EventCount, ErrorCount, KafkaMetrics, each at "
           "most once"},
          {"another response type",
           [](auto& r) { r.function_response_types = {"ReportBatchItemFailure"}; },
           "FunctionResponseTypes",
           "P has \"ReportBatchItemFailure\" (did you mean ReportBatchItemFailures?): it must hold "
           "ReportBatchItemFailures, each at most once"},
          {"ten filters", [](auto& r) { r.filter_patterns.assign(10, "{}"); }, "", ""},
          {"eleven filters", [](auto& r) { r.filter_patterns.assign(11, "{}"); },
           "FilterCriteria.Filters",
           "P has 11 filters: AWS takes at most 10: join some of them with $or"},
          {"a pattern of 4096 characters",
           [](auto& r) { r.filter_patterns = {std::string(4'095, 'x') + "é"}; }, "", ""},
          {"fewer pollers at most than at least",
           [](auto& r) {
             r.minimum_pollers = 5;
             r.maximum_pollers = 4;
           },
           "ProvisionedPollerConfig.MaximumPollers",
           "P is 4: it must not be less than MinimumPollers"},
          {"parameters of other sources",
           [](auto& r) { r.foreign_parameters = {"ParallelizationFactor"}; },
           "ParallelizationFactor",
           "P is not for Kafka (AWS: \"Unsupported 'parallelizationFactor' parameter for given "
           "event source mapping type.\"): remove it"},
          {"a destination of success", [](auto& r) { r.has_on_success = true; },
           "DestinationConfig.OnSuccess",
           "P is given (AWS: \"Unsupported DestinationConfig parameter for given event source "
           "mapping type.\"): a Kafka mapping has destinations for failures only, use OnFailure"},
      },
      Strictness::Lenient);
}

TEST_CASE("a destination is a queue, a topic or a bucket of AWS, or another topic of Kafka") {
  const auto with = [](const std::string& destination) {
    auto request = good();
    request.on_failure_destination = destination;
    const auto violations = check_mapping(request, Strictness::Lenient, kNowMs);
    return violations.empty() ? std::string() : violations.front().remedy;
  };
  for (const char* good :
       {"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws-cn:sns:cn-north-1:123456789012:t",
        "arn:aws:s3:::my-bucket", "kafka://orders-failed"}) {
    CAPTURE(good);
    CHECK(with(good).empty());
  }
  for (const char* bad :
       {"q", "https://sqs.us-east-1.amazonaws.com/000000000000/q", "arn:aws:sqs:us-east-1:1:q",
        "arn:aws:sqs::000000000000:q", "arn:aws:sqs:us-east-1:000000000000:",
        "arn:aws:lambda:us-east-1:000000000000:function:f", "arn:gcp:s3:::b", "KAFKA://t",
        "arn:aws:s3:::my-bucket/prefix", "arn:aws:sqs:us-east-1:000000000000:my queue"}) {
    CAPTURE(bad);
    CHECK(with(bad) ==
          "it must be the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://TOPIC");
  }
  CHECK(with("kafka://").find("a topic's name has") == 0);
  CHECK(with("kafka://a/b").find("a topic's name has") == 0);
  CHECK(with("kafka://" + std::string(250, 't')).find("a topic's name has") == 0);
  CHECK(with("kafka://orders").find("name another topic") != std::string::npos);
  CHECK(with("arn:aws:s3:::" + std::string(340, 'b')) == "it has at most 350 characters");
}

TEST_CASE("strictness refuses what AWS refuses, in AWS's words") {
  const std::vector<Row> rows{
      {"nothing is asked for", [](auto&) {}, "", ""},
      {"retries", [](auto& r) { r.maximum_retry_attempts = 3; }, "MaximumRetryAttempts",
       refused("maximumRetryAttempts")},
      {"record age", [](auto& r) { r.maximum_record_age_s = 60; }, "MaximumRecordAgeInSeconds",
       refused("maximumRecordAgeInSeconds")},
      {"bisecting", [](auto& r) { r.bisect_batch_on_function_error = false; },
       "BisectBatchOnFunctionError", refused("bisectBatchOnFunctionError")},
      {"response types", [](auto& r) { r.function_response_types = {"ReportBatchItemFailures"}; },
       "FunctionResponseTypes", refused("functionResponseTypes")},
      {"logging", [](auto& r) { r.system_log_level = "INFO"; }, "LoggingConfig",
       refused("loggingConfig")},
      {"a Kafka topic as destination", [](auto& r) { r.on_failure_destination = "kafka://failed"; },
       "DestinationConfig",
       "P names a Kafka topic, which is only for provisioned mode (AWS: \"Unsupported "
       "'destinationConfig' parameter for given event source mapping type.\"): add "
       "ProvisionedPollerConfig, or leave out --strict"},
      {"a queue as destination",
       [](auto& r) { r.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:q"; }, "", ""},
      {"six filters", [](auto& r) { r.filter_patterns.assign(6, "{}"); }, "FilterCriteria.Filters",
       "P has 6 filters: AWS takes at most 5, up to 10 on request: join some of them with $or, or "
       "leave out --strict"},
      {"a topic of one character", [](auto& r) { r.topics = {"t"}; }, "Topics",
       "P is \"t\": AWS takes no topic whose name has one character: rename it, or leave out "
       "--strict"},
      {"a window of half a second", [](auto& r) { r.batch_window_ms = 500; },
       "MaximumBatchingWindowInSeconds",
       "P is 0.5: AWS takes whole seconds: round it, or leave out --strict"},
      {"no access", [](auto& r) { r.source_access.reset(); }, "SourceAccessConfigurations",
       "P is missing (AWS: \"Required 'sourceAccessConfigurations' parameter is missing.\"): say "
       "how Lambda reaches the brokers, or leave out --strict"},
      {"no access to MSK",
       [](auto& r) {
         r.kind = EventSourceKind::Msk;
         r.source_access.reset();
       },
       "", ""},
  };
  check(rows, Strictness::Strict);
  for (const auto& row : rows) {
    CAPTURE(row.what);
    auto request = good();
    row.change(request);
    CHECK(check_mapping(request, Strictness::Lenient, kNowMs).empty());
  }
}

TEST_CASE("a mapping in provisioned mode has every control, under strictness too") {
  auto request = good();
  request.provisioned = true;
  request.minimum_pollers = 1;
  request.maximum_retry_attempts = 3;
  request.maximum_record_age_s = 60;
  request.bisect_batch_on_function_error = true;
  request.function_response_types = {"ReportBatchItemFailures"};
  request.on_failure_destination = "kafka://failed";
  request.system_log_level = "DEBUG";
  CHECK(check_mapping(request, Strictness::Strict, kNowMs).empty());
}

TEST_CASE("every violation is told, not only the first") {
  auto request = good();
  request.batch_size = 0;
  request.maximum_record_age_s = 5;
  request.topics.clear();
  std::vector<std::string> parameters;
  for (const auto& violation : check_mapping(request, Strictness::Lenient, kNowMs))
    parameters.push_back(violation.parameter);
  CHECK(parameters == std::vector<std::string>{"Topics", "BatchSize", "MaximumRecordAgeInSeconds"});
}

TEST_CASE("a request that is applied leaves AWS's defaults where it says nothing") {
  MappingConfig mapping;
  apply(good(), mapping);
  CHECK(mapping.topic == "orders");
  CHECK(mapping.batch_size == 100);
  CHECK(mapping.batch_window == std::chrono::milliseconds(500));
  CHECK(mapping.enabled);
  CHECK(mapping.maximum_retry_attempts == kUnlimited);
  CHECK(mapping.maximum_record_age_s == kUnlimited);
  CHECK_FALSE(mapping.retry_limit().has_value());
  CHECK_FALSE(mapping.provisioned.has_value());
  CHECK(mapping.system_log_level == SystemLogLevel::Off);
  auto request = good();
  request.provisioned = true;
  request.minimum_pollers = 3;
  apply(request, mapping);
  REQUIRE(mapping.provisioned.has_value());
  CHECK(mapping.provisioned->minimum == 3);
  CHECK(mapping.provisioned->maximum == 200);
}
