#include "emulator/esm/delivery.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Decision::Kind;

constexpr RetryBackoff kBackoff{200ms, 1'000ms};
constexpr TimePoint kNow{5h};

struct Fixture {
  MappingConfig config = [] {
    MappingConfig made;
    made.topic = "orders";
    return made;
  }();
  EventFormat format{config, "localhost:9092"};
  DeliveryRules rules = [] {
    DeliveryRules made;
    made.backoff = kBackoff;
    return made;
  }();
  AttemptHistory history;

  Decision decide_for(const std::string& records, Outcome::Kind kind,
                      const std::string& answer = "") {
    Batch batch = test::make_batch(records);
    batch.history = history;
    Outcome outcome;
    outcome.kind = kind;
    outcome.payload = answer;
    outcome.request_id = "r-1";
    return decide(std::move(batch), outcome, "orders", rules, format, kNow);
  }
  Decision failed(const std::string& records) {
    return decide_for(records, Outcome::Kind::FunctionError);
  }
  Decision reported(const std::string& records, std::vector<std::pair<int, int>> items) {
    rules.reads_item_failures = true;
    std::string answer;
    for (const auto& [partition, offset] : items) {
      answer += (answer.empty() ? "" : ",") +
                (R"({"itemIdentifier":{"partition":"orders-)" + std::to_string(partition) +
                 R"(","offset":)" + std::to_string(offset) + "}}");
    }
    return decide_for(records, Outcome::Kind::Success, R"({"batchItemFailures":[)" + answer + "]}");
  }
};

// "orders/0@1..2 in 200 | orders/0@3 given up"
std::string left(const Decision& decision) {
  std::string text;
  for (const Part& part : decision.left) {
    if (!text.empty()) text += " | ";
    text += test::notation(part.batch);
    if (part.discard) {
      text += " given up";
    } else if (part.due == TimePoint::max()) {
      text += " never";
    } else {
      const auto pause = std::chrono::duration_cast<std::chrono::milliseconds>(part.due - kNow);
      text += " in " + std::to_string(pause.count());
    }
  }
  return text;
}

TEST_CASE("delivery: the pause doubles up to its cap") {
  CHECK(kBackoff.pause(1) == 200ms);
  CHECK(kBackoff.pause(2) == 400ms);
  CHECK(kBackoff.pause(3) == 800ms);
  CHECK(kBackoff.pause(4) == 1'000ms);
  CHECK(kBackoff.pause(1'000'000) == 1'000ms);
  CHECK(RetryBackoff{50ms, 20ms}.pause(1) == 20ms);
  CHECK(RetryBackoff{0ms, 20ms}.pause(1'000) == 0ms);
}

TEST_CASE_METHOD(Fixture, "delivery: success is processed, whatever came before and it answers") {
  history = {3, 2, 5};
  const auto decision = decide_for("orders/0@1..3", Outcome::Kind::Success,
                                   R"({"batchItemFailures":[{"itemIdentifier":""}]})");
  CHECK(decision.kind == Kind::Processed);
  CHECK(test::notation(decision.done) == "orders/0@1..3");
  CHECK(decision.left.empty());
}

TEST_CASE_METHOD(Fixture,
                 "delivery: a failed function gets the same batch again, each time later") {
  const auto first = failed("orders/0@1..3");
  CHECK(first.kind == Kind::Retry);
  CHECK(left(first) == "orders/0@1..3 in 200");
  history = first.left.front().batch.history;
  CHECK(history.failed == 1);
  CHECK(history.invocations == 1);
  CHECK(left(failed("orders/0@1..3")) == "orders/0@1..3 in 400");
}

TEST_CASE_METHOD(Fixture, "delivery: what did not run is tried again and is no attempt") {
  rules.retry_limit = 0;
  const auto kind = GENERATE(Outcome::Kind::Throttled, Outcome::Kind::ServiceError);
  const auto first = decide_for("orders/0@1", kind);
  CHECK(left(first) == "orders/0@1 in 200");
  history = first.left.front().batch.history;
  CHECK(history.failed == 0);
  CHECK(history.invocations == 0);
  CHECK(left(decide_for("orders/0@1", kind)) == "orders/0@1 in 400");
  history = {};
  history.refused = 4;
  CHECK(left(failed("orders/0@1")) == "orders/0@1 given up");
}

TEST_CASE_METHOD(Fixture, "delivery: nothing follows from a cancelled invocation") {
  const auto decision = decide_for("orders/0@1..3", Outcome::Kind::Cancelled);
  CHECK(decision.kind == Kind::Undecided);
  CHECK(left(decision) == "orders/0@1..3 never");
}

TEST_CASE_METHOD(Fixture, "delivery: the retry limit counts retries after the first attempt") {
  rules.retry_limit = 2;
  history.failed = 1;
  CHECK(left(failed("orders/0@1..3")) == "orders/0@1..3 in 400");
  history.failed = 2;
  history.invocations = 2;
  const auto last = failed("orders/0@1..3");
  CHECK(last.kind == Kind::GivenUp);
  CHECK(left(last) == "orders/0@1..3 given up");
  const Discard& discard = *last.left.front().discard;
  CHECK(discard.condition == DiscardCondition::RetryAttemptsExhausted);
  CHECK(discard.invoke_count == 3);
  CHECK(discard.request_id == "r-1");
  CHECK(discard.function_error == true);
}

TEST_CASE_METHOD(Fixture, "delivery: bisecting halves in order and uses up no attempt") {
  rules.bisects = true;
  rules.retry_limit = 0;
  const auto decision = failed("orders/0@1..3 orders/1@7..8");
  CHECK(decision.kind == Kind::Split);
  CHECK(left(decision) == "orders/0@1..2 in 200 | orders/0@3 orders/1@7..8 in 200");
  for (const Part& part : decision.left) {
    CHECK(part.batch.history.failed == 0);
    CHECK(part.batch.history.invocations == 1);
    CHECK(format.write(part.batch).size() == part.batch.event_bytes);
  }
  CHECK(left(failed("orders/0@1")) == "orders/0@1 given up");
}

TEST_CASE_METHOD(Fixture, "delivery: what is below each partition's lowest failure is done") {
  const auto decision =
      reported("orders/0@1..5 orders/1@7..9 orders/2@1..2", {{0, 4}, {0, 3}, {1, 7}});
  CHECK(decision.kind == Kind::ItemsFailed);
  CHECK(test::notation(decision.done) == "orders/0@1..2 orders/2@1..2");
  CHECK(left(decision) == "orders/0@3..5 orders/1@7..9 in 200");
  CHECK(decision.left.front().batch.history.failed == 1);
  CHECK(reported("orders/0@1..5", {}).kind == Kind::Processed);
}

TEST_CASE_METHOD(Fixture, "delivery: an unknown identifier fails the whole batch") {
  const auto decision = reported("orders/0@1..5", {{0, 9}});
  CHECK(decision.kind == Kind::Retry);
  CHECK(left(decision) == "orders/0@1..5 in 200");
  CHECK_FALSE(decision.remark.empty());
}

TEST_CASE_METHOD(Fixture, "delivery: only what was reported is given up at the end") {
  rules.retry_limit = 1;
  history = {1, 0, 4};
  const auto decision = reported("orders/0@1..6", {{0, 2}, {0, 5}});
  CHECK(decision.kind == Kind::GivenUp);
  CHECK(test::notation(decision.done) == "orders/0@1");
  CHECK(left(decision) == "orders/0@2 orders/0@5 given up | orders/0@3..4 orders/0@6 in 0");
  CHECK(decision.left.front().discard->function_error == false);
  CHECK(decision.left.back().batch.history.failed == 0);
}

TEST_CASE_METHOD(Fixture, "delivery: with both, the batch is split at the reported record") {
  rules.bisects = true;
  rules.retry_limit = 0;
  CHECK(left(reported("orders/0@1..6", {{0, 3}})) == "orders/0@3..6 in 200");
  CHECK(left(reported("orders/0@3..6", {{0, 3}})) == "orders/0@3..4 in 200 | orders/0@5..6 in 200");
  CHECK(left(reported("orders/0@3", {{0, 3}})) == "orders/0@3 given up");
}

TEST_CASE_METHOD(Fixture, "delivery: records older than the limit are taken out, others stay") {
  std::vector<Record> records;
  Batch batch = test::make_batch("orders/0@1..4");
  auto& slice = batch.slices.front();
  const std::int64_t now_ms = 1'000'000;
  for (Record& record : slice.records) record.timestamp_ms = now_ms;
  slice.records[1].timestamp_ms = now_ms - 60'001;
  slice.records[2].timestamp_ms = now_ms - 60'000;
  slice.records[3].timestamp_ms = -1;
  slice.records[3].timestamp_type = TimestampType::NoTimestamp;
  const Batch old = take_expired(batch, 60s, now_ms, format);
  CHECK(test::notation(old) == "orders/0@2");
  CHECK(test::notation(batch) == "orders/0@1 orders/0@3..4");
  CHECK(take_expired(batch, 60s, now_ms, format).record_count == 0);
}

}  // namespace
}  // namespace emulator
