// Produces records: `klambda produce`, --produce, failed records, tests. One thread; blocking.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/kafka/record_source.h"
#include "emulator/kafka/security.h"

namespace emulator {

struct NewRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string, std::optional<std::string>>>
      headers;                               // nullopt: a null header value
  std::optional<std::int32_t> partition;     // nullopt: by key, else spread
  std::optional<std::int64_t> timestamp_ms;  // nullopt: now
};

// What of a list was not stored; empty: nothing.
struct NotStored {
  std::vector<std::size_t> records;  // their places in the list, rising
  std::string problem;               // of the first that failed: one line
};

class Producer {
 public:
  // Throws ConfigError where librdkafka refuses the brokers, SourceProblemError where a certificate
  // or key cannot be used.
  explicit Producer(const std::string& bootstrap_servers, const KafkaSecurity& security = {});
  ~Producer();

  // Waits until the cluster's metadata has the topic. Nullopt: it exists; otherwise its text
  // says what is wrong.
  std::optional<SourceProblem> check_topic(const std::string& topic,
                                           std::chrono::milliseconds timeout);
  // Queues a copy; blocks while librdkafka's own queue is full.
  void produce(const std::string& topic, const NewRecord& record);
  // Waits for every acknowledgement. Nullopt: all were stored; otherwise one line with the first
  // failure and how many.
  std::optional<std::string> flush(std::chrono::milliseconds timeout);
  std::size_t acknowledged() const;

  // produce() and flush() for a list of which each record counts for itself: one that has no
  // acknowledgement when the time is over or the stop comes is given up, though the broker may
  // still have stored it. Nothing else may be under way.
  NotStored store(const std::string& topic, const std::vector<NewRecord>& records,
                  std::chrono::milliseconds timeout, const std::stop_token& stop);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
