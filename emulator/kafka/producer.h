// Produces records: `klambda produce`, --produce, tests. One thread; blocking.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator {

struct NewRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  std::vector<std::pair<std::string, std::optional<std::string>>>
      headers;                               // nullopt: a null header value
  std::optional<std::int32_t> partition;     // nullopt: by key, else spread
  std::optional<std::int64_t> timestamp_ms;  // nullopt: now
};

class Producer {
 public:
  explicit Producer(const std::string& bootstrap_servers);
  ~Producer();

  // Waits until the cluster's metadata has the topic. Nullopt: it exists; otherwise one line that
  // says what is wrong.
  std::optional<std::string> check_topic(const std::string& topic,
                                         std::chrono::milliseconds timeout);
  // Queues a copy; blocks while librdkafka's own queue is full.
  void produce(const std::string& topic, const NewRecord& record);
  // Waits for every acknowledgement. Nullopt: all were stored; otherwise one line with the first
  // failure and how many.
  std::optional<std::string> flush(std::chrono::milliseconds timeout);
  std::size_t acknowledged() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
