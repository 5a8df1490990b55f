// How one kind of destination takes messages; destination/queued_sink makes a RecordSink of it. One
// call at a time, from any thread, blocking within limits that each kind names; a stop ends a call
// early.
#pragma once

#include <cstddef>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "emulator/esm/record_sink.h"

namespace emulator {

// Of a list of messages; empty: all were delivered.
struct NotDelivered {
  std::vector<std::size_t> messages;  // their places in the list, rising
  std::string problem;                // as in Undelivered
};

class Carrier {
 public:
  virtual ~Carrier() = default;

  virtual std::optional<SinkProblem> check(const std::stop_token& stop) = 0;  // as RecordSink's
  virtual NotDelivered deliver(const std::vector<FailureMessage>& messages,
                               const std::stop_token& stop) = 0;
  virtual std::string describe() const = 0;  // as RecordSink's; any thread
};

// For destinations that take one message at a time.
class OneByOneCarrier : public Carrier {
 public:
  NotDelivered deliver(const std::vector<FailureMessage>& messages,
                       const std::stop_token& stop) final;

 protected:
  // Nullopt: delivered.
  virtual std::optional<SinkProblem> deliver_one(const FailureMessage& message,
                                                 const std::stop_token& stop) = 0;
};

}  // namespace emulator
