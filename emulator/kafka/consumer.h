// The real RecordSource: a member of a consumer group on librdkafka's C API. One object is one
// `rd_kafka_t`, used by one poller thread alone. Records may outlive it: the last one to be
// released, on whatever thread, ends the client, which takes up to a second. So release them before
// close() where that matters.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "emulator/config/model.h"
#include "emulator/kafka/record_source.h"
#include "emulator/kafka/security.h"

namespace emulator {

struct ConsumerConfig {
  std::string name;               // the mapping's, for log lines
  std::string bootstrap_servers;  // comma list
  KafkaSecurity security{};
  std::string topic;
  std::string group;
  StartingPosition starting_position = StartingPosition::TrimHorizon;
  std::int64_t starting_timestamp_ms = 0;
  enum class Cluster {
    Real,
    Embedded
  } cluster = Cluster::Real;  // the embedded one wants shorter waits
  enum class LogEnd {
    Ignore,
    Report
  } log_end = LogEnd::Ignore;  // Report: at_end() is kept up to date (--until-drained)
  std::chrono::milliseconds leave_wait{3'000};  // how long close() waits for the group's answer
};

// Throws ConfigError when librdkafka refuses the configuration.
std::unique_ptr<RecordSource> make_consumer(ConsumerConfig config);

// Of closed consumers, how many still leave their group or end, on threads of their own: brokers
// that do not answer keep them for as long as librdkafka waits for an answer. Exit handlers must
// not run beside them (librdkafka's threads use OpenSSL until their end). Any thread.
int consumers_still_ending();

}  // namespace emulator
