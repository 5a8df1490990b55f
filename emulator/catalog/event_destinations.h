// Where the records and the events of asynchronous invocations go: the destinations of
// FunctionEventInvokeConfig and dead-letter queues, by ARN. Each is opened when it first gets
// something.
//
// Threads: one at a time (the event queue's), stop() by whoever has joined it. Lifetime: the
// queue's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "emulator/config/destination_name.h"
#include "emulator/esm/record_sink.h"

namespace emulator {

class EventDestinations {
 public:
  // Throws ConfigError when it cannot be made.
  using MakeSink = std::function<std::unique_ptr<RecordSink>(const DestinationName&)>;
  // Hands a record to a function as an event. Throws std::exception.
  using ToFunction = std::function<void(const std::string& function, const std::string& qualifier,
                                        std::string record)>;

  EventDestinations(MakeSink make_sink, ToFunction to_function)
      : make_sink_(std::move(make_sink)), to_function_(std::move(to_function)) {}

  // Tried once, as AWS does ("If Lambda can't send a message to the dead-letter queue, it deletes
  // the event", docs invocation-async-retain-records.html); an error line says what is lost.
  // `about`: "[orders] asynchronous invocation 1b2c…".
  void send(const std::string& arn, FailureMessage message, const std::string& about);

  void stop();

 private:
  RecordSink& sink_for(const std::string& arn);

  const MakeSink make_sink_;
  const ToFunction to_function_;
  std::map<std::string, std::unique_ptr<RecordSink>> sinks_;  // by ARN
};

}  // namespace emulator
