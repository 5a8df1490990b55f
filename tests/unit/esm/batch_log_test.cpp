// The log of batches by itself, and what a mapping's pollers write into it.
#include "emulator/esm/batch_log.h"

#include <algorithm>
#include <string>
#include <vector>

#include "emulator/esm/mapping.h"
#include "tests/support/catch.h"
#include "tests/unit/esm/checked_rig.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using Texts = std::vector<std::string>;
using Rig = test::CheckedRig;

Batch batch_of(std::int32_t partition, std::int64_t first_offset, std::size_t count) {
  Batch batch;
  BatchSlice slice;
  slice.partition = partition;
  for (std::size_t i = 0; i < count; ++i) {
    slice.records.emplace_back();
    slice.records.back().offset = first_offset + static_cast<std::int64_t>(i);
  }
  batch.slices.push_back(std::move(slice));
  batch.record_count = count;
  return batch;
}

// "2<1 0@3..4 running x1 ValueError RetryAttemptsExhausted": id, parent, ranges, state, attempts.
Texts texts_of(const BatchLog& log) {
  Texts texts;
  for (const auto& entry : log.entries()) {
    std::string text = std::to_string(entry.id);
    if (entry.split_from > 0) text += "<" + std::to_string(entry.split_from);
    for (const auto& range : entry.ranges) {
      text += " " + std::to_string(range.partition) + "@" + std::to_string(range.first_offset) +
              ".." + std::to_string(range.last_offset);
    }
    text += " " + std::string(to_string(entry.state)) + " x" + std::to_string(entry.attempt);
    if (!entry.error_type.empty()) text += " " + entry.error_type;
    if (!entry.condition.empty()) text += " " + std::string(entry.condition);
    texts.push_back(text);
  }
  return texts;
}

TEST_CASE("batch log: the last ones that ended are kept, and all that are under way") {
  BatchLog log;
  BatchLog::Ticket slow;
  log.sent(slow, batch_of(7, 0, 1), "slow");
  log.error(slow, "ValueError");
  for (int i = 1; i <= 250; ++i) {
    BatchLog::Ticket ticket;
    log.sent(ticket, batch_of(0, i, 2), "request-" + std::to_string(i));
    log.ended(ticket, BatchState::Succeeded);
  }
  const auto entries = log.entries();
  REQUIRE(entries.size() == BatchLog::kEndedMax + 1);
  CHECK(entries.front().request_id == "slow");
  CHECK(entries.front().ended_ms == 0);
  CHECK(entries[1].id == 152);
  const auto& last = entries.back();
  CHECK(last.id == 251);
  CHECK(last.request_id == "request-250");
  CHECK(last.earlier_request_ids.empty());
  CHECK(last.attempt == 1);
  CHECK(last.error_type.empty());
  CHECK(last.record_count == 2);
  REQUIRE(last.ranges.size() == 1);
  CHECK(last.ranges[0].first_offset == 250);
  CHECK(last.ranges[0].last_offset == 251);
  CHECK(last.begun_ms > 0);
  CHECK(last.ended_ms >= last.sent_ms);
  log.ended(slow, BatchState::Dropped);
  CHECK(log.entries().size() == BatchLog::kEndedMax);
}

TEST_CASE("batch log: the latest request ids are kept") {
  BatchLog log;
  BatchLog::Ticket ticket;
  for (int i = 1; i <= 25; ++i) {
    log.sent(ticket, batch_of(0, 0, 1), std::to_string(i));
    log.waits(ticket, 1s);
  }
  const auto entry = log.entries().at(0);
  CHECK(entry.attempt == 25);
  CHECK(entry.request_id == "25");
  CHECK(entry.earlier_request_ids.size() == BatchLog::kRequestIdsMax - 1);
  CHECK(entry.earlier_request_ids.front() == "16");
  CHECK(entry.due_ms >= entry.sent_ms + 1'000);
}

TEST_CASE("batch log: a ticket that goes without a word was not committed") {
  BatchLog log;
  BatchLog::Ticket first;
  log.sent(first, batch_of(0, 0, 1), "a");
  {
    BatchLog::Ticket second;
    log.sent(second, batch_of(0, 1, 1), "b");
    BatchLog::Ticket third;
    log.sent(third, batch_of(0, 2, 1), "c");
    second = std::move(third);
    CHECK(texts_of(log) ==
          Texts{"1 0@0..0 running x1", "2 0@1..1 uncommitted x1", "3 0@2..2 running x1"});
  }
  CHECK(texts_of(log).back() == "3 0@2..2 uncommitted x1");
}

TEST_CASE("batch log: states by name") {
  for (const auto* name : {"running", "waiting", "failed", "succeeded", "split", "delivered",
                           "dropped", "uncommitted"}) {
    const auto state = batch_state_of(name);
    REQUIRE(state);
    CHECK(to_string(*state) == name);
  }
  CHECK_FALSE(batch_state_of("Running"));
}

TEST_CASE_METHOD(Rig, "batch log: a retry is the same batch, a half is one of its own") {
  config.bisect_batch_on_function_error = true;
  config.maximum_retry_attempts = 1;
  broker.append("orders/0@0..3");
  broker.assign(0);
  start();
  broker.settle();
  CHECK(texts_of(mapping->batches()) == Texts{"1 0@0..3 running x1"});
  answer("orders/0@0..3", Kind::Throttled);
  CHECK(texts_of(mapping->batches()) == Texts{"1 0@0..3 waiting x1 TooManyRequestsException"});
  tick(200ms);
  answer("orders/0@0..3", Kind::FunctionError);
  CHECK(texts_of(mapping->batches()) ==
        Texts{"1 0@0..3 split x2 ValueError", "2<1 0@0..1 waiting x0", "3<1 0@2..3 waiting x0"});
  tick(200ms);
  answer("orders/0@0..1", Kind::Success);
  CHECK(texts_of(mapping->batches()) ==
        Texts{"1 0@0..3 split x2 ValueError", "2<1 0@0..1 succeeded x1", "3<1 0@2..3 running x1"});
  answer("orders/0@2..3", Kind::FunctionError);
  tick(200ms);
  answer("orders/0@2", Kind::FunctionError);
  tick(200ms);
  answer("orders/0@2", Kind::FunctionError);
  CHECK(texts_of(mapping->batches()) ==
        Texts{"1 0@0..3 split x2 ValueError", "2<1 0@0..1 succeeded x1",
              "3<1 0@2..3 split x1 ValueError",
              "4<3 0@2..2 dropped x2 ValueError RetryAttemptsExhausted", "5<3 0@3..3 running x1"});
}

TEST_CASE_METHOD(Rig, "batch log: what a partial response leaves goes on as a batch of its own") {
  config.report_batch_item_failures = true;
  broker.append("orders/0@0..3");
  broker.assign(0);
  start();
  broker.settle();
  invoker.answer(
      "orders/0@0..3", Kind::Success,
      R"({"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":1}}]})");
  broker.settle();
  CHECK(texts_of(mapping->batches()) ==
        Texts{"1 0@0..3 split x1 BatchItemFailures", "2<1 0@1..3 waiting x0"});
}

TEST_CASE_METHOD(Rig, "batch log: records given up are at the destination until it has them") {
  config.on_failure_destination = "arn:aws:sqs:us-east-1:000000000000:failed";
  config.maximum_retry_attempts = 0;
  sink.answer_later();
  broker.append("orders/0@0..1");
  broker.assign(0);
  start();
  broker.settle();
  answer("orders/0@0..1", Kind::FunctionError);
  const std::string rest = " x1 ValueError RetryAttemptsExhausted";
  CHECK(texts_of(mapping->batches()) == Texts{"1 0@0..1 failed" + rest});
  CHECK(mapping->status().batches_in_flight == 0);
  sink.answer_next();
  broker.settle();
  CHECK(texts_of(mapping->batches()) == Texts{"1 0@0..1 delivered" + rest});
}

TEST_CASE_METHOD(Rig, "batch log: a batch whose partition is lost, or whose mapping stops") {
  broker.append("orders/0@0..1 orders/1@0..1");
  broker.assign(0);
  start();
  broker.settle();
  broker.revoke(0);
  broker.assign(1);
  broker.settle();
  CHECK(texts_of(mapping->batches()) == Texts{"1 0@0..1 running x1", "2 1@0..1 running x1"});
  answer("orders/0@0..1", Kind::Success);
  answer("orders/1@0..1", Kind::FunctionError);
  mapping->finish();
  CHECK(texts_of(mapping->batches()) ==
        Texts{"1 0@0..1 uncommitted x1", "2 1@0..1 uncommitted x1 ValueError"});
}

TEST_CASE_METHOD(Rig, "partitions: where each one stands, when asked") {
  const auto look = [this] {
    return mapping->partitions(mapping->ask_partitions(), std::chrono::steady_clock::now() + 20s);
  };
  broker.append("orders/0@10..13 orders/2@0..1");
  broker.assign(0, 10);
  start();
  broker.settle();
  broker.assign(2);
  broker.settle();
  auto partitions = look();
  REQUIRE(partitions.size() == 2);
  CHECK(partitions[0].offsets.partition == 0);
  CHECK(partitions[0].offsets.end == 14);
  CHECK(partitions[0].offsets.consumed == 13);
  CHECK(partitions[0].offsets.processed == 9);
  CHECK(partitions[0].offsets.committed == 10);
  CHECK(partitions[0].lag == 4);
  REQUIRE(partitions[0].held_by);
  CHECK(partitions[0].held_by->state == BatchState::Running);
  CHECK(partitions[1].offsets.partition == 2);
  CHECK(status().sum_lag == 6);

  answer("orders/0@10..13", Kind::Success);
  answer("orders/2@0..1", Kind::FunctionError);
  partitions = look();
  CHECK(partitions[0].lag == 0);
  CHECK(partitions[0].offsets.processed == 13);
  CHECK(partitions[0].offsets.committed == 14);
  CHECK_FALSE(partitions[0].held_by);
  REQUIRE(partitions[1].held_by);
  CHECK(partitions[1].held_by->state == BatchState::Waiting);
  CHECK(partitions[1].held_by->real_wait == 200ms);
  CHECK(status().sum_lag == 2);
  CHECK(status().max_lag == 2);

  mapping->finish();
  CHECK(look().empty());
}

}  // namespace
}  // namespace emulator
