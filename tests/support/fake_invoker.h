// A function that a test plays: invocations wait until the test answers them. It also watches the
// one rule that must hold in every test: no partition has two batches in flight. Threads: any.
#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "emulator/function/invoker.h"
#include "tests/support/records.h"

namespace emulator::test {

// "orders/0@100..104" for an event's text. Keeps each partition's order as the event has it.
inline std::string notation_of_event(const std::string& event) {
  Notation notation;
  const auto parsed = nlohmann::ordered_json::parse(event);
  for (const auto& [group, records] : parsed.at("records").items()) {
    for (const auto& record : records) {
      notation.add(record.at("topic").get<std::string>(),
                   record.at("partition").get<std::int32_t>(),
                   record.at("offset").get<std::int64_t>());
    }
  }
  return notation.text();
}

class FakeInvoker : public Invoker {
 public:
  // ---- levers ----
  void set_max_concurrency(int limit) { max_concurrency_ = limit; }
  // Answers every invocation from within invoke() from now on.
  void answer_at_once(Outcome::Kind kind) {
    std::lock_guard lock(mutex_);
    at_once_ = true;
    at_once_kind_ = kind;
  }
  // Answers the unanswered invocation of exactly these records; throws when there is none.
  // `response`: of a success.
  void answer(const std::string& records, Outcome::Kind kind, const std::string& response = "") {
    Pending pending;
    {
      std::lock_guard lock(mutex_);
      const auto found = pending_.find(records);
      if (found == pending_.end())
        throw std::invalid_argument("no invocation of " + records + " waits");
      pending = std::move(found->second);
      pending_.erase(found);
      leave(records);
    }
    finish(std::move(pending), kind, response);
  }
  void answer_all(Outcome::Kind kind) {
    for (const std::string& records : in_flight()) answer(records, kind);
  }

  // ---- looks ----
  // Every invocation so far, in order.
  std::vector<std::string> invocations() const {
    std::lock_guard lock(mutex_);
    return invocations_;
  }
  std::vector<std::string> in_flight() const {
    std::lock_guard lock(mutex_);
    std::vector<std::string> records;
    for (const auto& entry : pending_) records.push_back(entry.first);
    return records;
  }
  std::set<std::string> request_ids() const {
    std::lock_guard lock(mutex_);
    return request_ids_;
  }
  std::string overlap() const {  // empty: the rule was kept
    std::lock_guard lock(mutex_);
    return overlap_;
  }

  // ---- Invoker ----
  void invoke(InvocationRequest request, Done done) override {
    const std::string records = notation_of_event(*request.payload);
    Outcome::Kind kind{};
    {
      std::lock_guard lock(mutex_);
      invocations_.push_back(records);
      request_ids_.insert(request.request_id);
      if (!at_once_) {
        enter(records);
        pending_[records] = {std::move(request), std::move(done)};
        return;
      }
      kind = at_once_kind_;
    }
    finish({std::move(request), std::move(done)}, kind);
  }
  int max_concurrency() const override { return max_concurrency_; }

 private:
  struct Pending {
    InvocationRequest request;
    Done done;
  };

  static void finish(Pending pending, Outcome::Kind kind, const std::string& response = "") {
    Outcome outcome;
    outcome.kind = kind;
    outcome.request_id = pending.request.request_id;
    outcome.payload = response;
    if (kind == Outcome::Kind::FunctionError) {
      outcome.error_type = "ValueError";
      outcome.payload = R"({"errorMessage":"poison","errorType":"ValueError"})";
    }
    pending.done(std::move(outcome));
  }

  void enter(const std::string& records) {
    std::set<std::int32_t> own;
    for (const OffsetRange& range : parse_ranges(records)) own.insert(range.partition);
    for (const std::int32_t partition : own) {
      if (!partitions_.insert(partition).second) overlap_ = records;
    }
  }
  void leave(const std::string& records) {
    for (const OffsetRange& range : parse_ranges(records)) partitions_.erase(range.partition);
  }

  std::atomic<int> max_concurrency_{10};
  mutable std::mutex mutex_;  // guards everything below
  bool at_once_ = false;
  Outcome::Kind at_once_kind_{};
  std::map<std::string, Pending> pending_;
  std::set<std::int32_t> partitions_;  // in flight
  std::vector<std::string> invocations_;
  std::set<std::string> request_ids_;
  std::string overlap_;
};

}  // namespace emulator::test
