#include "emulator/catalog/event_record.h"

#include <memory>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/golden.h"

using namespace emulator;
using emulator::test::check_golden;

namespace {

EventOutcome outcome_of(EventCondition condition, int attempts, EventAnswer answer) {
  EventOutcome outcome;
  outcome.function = "orders";
  outcome.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST";
  outcome.request_id = "e4b46cbf-b738-4880-8880-a18cdf61200e";
  outcome.event = std::make_shared<const std::string>(R"({"id": 1.00, "responsePayload":null})");
  outcome.condition = condition;
  outcome.attempts = attempts;
  outcome.answer = std::move(answer);
  outcome.now_epoch_ms = test::FakeClock::kEpochMs;
  return outcome;
}

EventAnswer failed() {
  EventAnswer answer;
  answer.status = 200;
  answer.executed_version = "$LATEST";
  answer.function_error = true;
  answer.payload = R"({"errorMessage": "no \"requestPayload\":null", "errorType": "E"})";
  return answer;
}

std::string attribute(const FailureMessage& message, const std::string& name) {
  for (const auto& each : message.attributes)
    if (each.name == name) return each.type + ":" + each.value;
  return {};
}

}  // namespace

TEST_CASE("invocation record: each condition as AWS has it") {
  EventAnswer good;
  good.status = 200;
  good.executed_version = "7";
  good.payload = R"([1, 2.0, "ü"])";
  check_golden("async_success.json",
               invocation_record(outcome_of(EventCondition::Success, 1, good)).body);
  check_golden("async_retries_exhausted.json",
               invocation_record(outcome_of(EventCondition::RetriesExhausted, 3, failed())).body);
  EventAnswer throttled;
  throttled.status = 429;
  throttled.message = "Rate Exceeded.";
  check_golden("async_age_exceeded.json",
               invocation_record(outcome_of(EventCondition::EventAgeExceeded, 0, throttled)).body);
  check_golden("async_zero_concurrency.json",
               invocation_record(outcome_of(EventCondition::ZeroReservedConcurrency, 0, {})).body);
}

TEST_CASE("invocation record: an answer that is not JSON is left out") {
  EventAnswer answer;
  answer.status = 200;
  answer.payload = "<html>";
  const auto record =
      Json::parse(invocation_record(outcome_of(EventCondition::Success, 1, answer)).body);
  CHECK_FALSE(record.contains("responsePayload"));
  CHECK(record["responseContext"]["statusCode"] == 200);
}

TEST_CASE("invocation record: a bucket's object is named by function and time") {
  const auto key = invocation_record(outcome_of(EventCondition::Success, 1, {})).object_key;
  const std::string start = "aws/lambda/async/orders/2018/12/17/2018-12-17T22.10.50-";
  CHECK(key.substr(0, start.size()) == start);
  CHECK(key.size() == start.size() + 36);
}

TEST_CASE("dead letter: the event as it was, with why in attributes") {
  const auto message = dead_letter(outcome_of(EventCondition::RetriesExhausted, 3, failed()));
  CHECK(message.body == R"({"id": 1.00, "responsePayload":null})");
  CHECK(attribute(message, "RequestID") == "String:e4b46cbf-b738-4880-8880-a18cdf61200e");
  CHECK(attribute(message, "ErrorCode") == "Number:200");
  CHECK(attribute(message, "ErrorMessage") == R"(String:no "requestPayload":null)");
}

TEST_CASE("dead letter: the first kilobyte of the message, whole characters") {
  auto answer = failed();
  std::string text = "x";
  for (int i = 0; i < 1'000; ++i) text += "ü";
  answer.payload = Json{{"errorMessage", text}}.dump();
  const auto message = dead_letter(outcome_of(EventCondition::RetriesExhausted, 1, answer));
  CHECK(attribute(message, "ErrorMessage") == "String:" + text.substr(0, 1'023));
}

TEST_CASE("dead letter: nothing ran") {
  const auto zero = dead_letter(outcome_of(EventCondition::ZeroReservedConcurrency, 0, {}));
  CHECK(attribute(zero, "ErrorCode").empty());
  CHECK(attribute(zero, "ErrorMessage") ==
        "String:Function not invoked. Function isconfigured with zero reserved concurrent "
        "executions");
  EventAnswer gone;
  gone.status = 404;
  gone.message = "Function not found: x";
  const auto missing = dead_letter(outcome_of(EventCondition::RetriesExhausted, 1, gone));
  CHECK(attribute(missing, "ErrorCode") == "Number:404");
  CHECK(attribute(missing, "ErrorMessage") == "String:Function not found: x");
}
