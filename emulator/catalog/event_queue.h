// Events that were handed over asynchronously, from their acceptance until they succeed or are
// given up: one queue a function, retries by the mappings' clock, destinations and dead-letter
// queues (docs: invocation-async.html). When and whether is catalog/event_delivery's business.
// What waits is in memory only.
//
// Threads: accept(), wake() and the looks from any; one thread of its own does everything else.
// Lifetime: serves from construction to stop(); what it is given outlives it.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "emulator/catalog/event_destinations.h"
#include "emulator/catalog/functions.h"
#include "emulator/esm/clock.h"
#include "emulator/function/invoker.h"

namespace emulator {

class EventQueue {
 public:
  // Runs an event once. Throws ApiError when there is nothing of that name and qualifier.
  using Run = std::function<void(const std::string& function, const std::string& qualifier,
                                 InvocationRequest request, Invoker::Done done)>;

  struct Options {
    // Of one function at a time, so that a backlog leaves room for others: about as many as may
    // run.
    std::size_t running_max = 10;
    // Of all functions; what waits for a retry counts too. AWS throttles beyond a rate instead.
    std::size_t events_max = 100'000;
    std::size_t bytes_max = 256u * 1024 * 1024;
  };

  EventQueue(const FunctionCatalog& functions, const Clock& clock, Run run,
             EventDestinations::MakeSink make_sink, Options options);
  ~EventQueue();
  EventQueue(const EventQueue&) = delete;
  EventQueue& operator=(const EventQueue&) = delete;

  // The request's id is that of every attempt. Throws ApiError: 429 when the queue is full.
  void accept(const std::string& function, const std::string& qualifier, InvocationRequest request);

  // The clock has moved.
  void wake();

  std::size_t size() const;  // events that wait or run

  // No new attempt; events that are left are named in one warning. What runs still ends in
  // `done`, so what runs them is stopped before this is destroyed. Idempotent.
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace emulator
