// A RecordSink that has one thread of its own carry what is sent, in order, so that no poller waits
// for a network.
//
// Threads: any for every call; the worker calls `done`, but for what stop() or a full queue
// refuses, which the caller's thread does. Lifetime: serves from construction to stop().
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "emulator/destination/carrier.h"
#include "emulator/esm/record_sink.h"

namespace emulator {

class QueuedSink : public RecordSink {
 public:
  // Of bodies that wait; a send beyond it is undelivered. A batch's documents are some 20 MB at
  // most, and a queue in which nothing waits takes any.
  static constexpr std::size_t kWaitingBytesMax = 64u * 1024 * 1024;

  explicit QueuedSink(std::unique_ptr<Carrier> carrier,
                      std::size_t waiting_bytes_max = kWaitingBytesMax);
  ~QueuedSink() override;

  std::optional<SinkProblem> check() override;
  void send(std::vector<FailureMessage> messages, Done done) override;
  std::string describe() const override { return carrier_->describe(); }
  void stop() override;

 private:
  struct Send {
    std::vector<FailureMessage> messages;
    Done done;
    std::size_t bytes = 0;
  };

  void work();
  Undelivered carry(std::vector<FailureMessage> messages);

  // constant after construction
  const std::unique_ptr<Carrier> carrier_;
  const std::size_t waiting_bytes_max_;
  std::stop_source stopping_;

  std::mutex carrier_mutex_;  // one call of the carrier at a time
  std::mutex mutex_;          // guards what follows; never held while calling out
  std::condition_variable_any changed_;
  std::deque<Send> waiting_;
  std::size_t waiting_bytes_ = 0;

  std::once_flag joined_;
  std::thread worker_;  // last: it uses all of the above
};

}  // namespace emulator
