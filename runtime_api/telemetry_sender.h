// One subscription's buffer and the thread that empties it: batches by items, bytes and time, sent
// one after the other and in order.
//
// Threads: one of its own; everything else any. Lifetime: from construction to stop(), which is
// idempotent and drops what is left. The destination is tried for as long as it takes a batch
// (TelemetryDestination); what it does not take is counted, told to the owner, and told to the
// subscriber with the next batch, if it asked for platform events.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "runtime_api/telemetry_destination.h"
#include "runtime_api/telemetry_subscription.h"

namespace runtime_api {

struct TelemetryDrop {
  std::string reason;
  std::size_t records = 0;
  std::size_t bytes = 0;
};

class TelemetrySender {
 public:
  // Above this many bytes the producers should pause, which they are to do for as long as the
  // subscriber takes batches; above the second one, records are dropped.
  static constexpr std::size_t kCongestedBytes = 8u * 1024 * 1024;
  static constexpr std::size_t kBufferBytesMax = 16u * 1024 * 1024;
  // Without a batch taken for so long, pausing ends: the function is not to wait for a subscriber
  // that is stuck.
  static constexpr std::chrono::milliseconds kPatience{1'000};

  // `dropped` is called on the sender's own thread, without its lock.
  using Dropped = std::function<void(const TelemetryDrop&)>;
  // The record that tells the subscriber of a loss; empty: it is not told.
  using RenderDrop = std::function<std::string(const TelemetryDrop&)>;

  TelemetrySender(TelemetrySubscription subscription, RenderDrop render_drop, Dropped dropped);
  ~TelemetrySender() { stop(); }
  TelemetrySender(const TelemetrySender&) = delete;
  TelemetrySender& operator=(const TelemetrySender&) = delete;

  const TelemetrySubscription& subscription() const { return subscription_; }

  void add(std::string_view record);  // one JSON text without a line break
  bool congested() const;
  // Everything that is there is sent, or the time is over.
  void flush(std::chrono::steady_clock::time_point until);
  // From now on nothing waits for a batch to fill.
  void hurry();
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Batch {
    std::string text;
    std::size_t items = 0;
    Clock::time_point due;
  };

  void run();
  // under mutex_
  bool is_full(const Batch& batch) const;
  bool is_due(Clock::time_point now) const;
  void append(std::string_view record);
  void tell_of_drop();
  void count_drop(std::string_view reason, std::size_t records, std::size_t bytes);
  void tell_owner(std::unique_lock<std::mutex>& lock);

  // constant after construction
  const TelemetrySubscription subscription_;
  const RenderDrop render_drop_;
  const Dropped dropped_;
  const std::unique_ptr<TelemetryDestination> destination_;
  const bool tcp_;

  mutable std::mutex mutex_;
  std::condition_variable wakes_;  // the thread
  std::condition_variable sent_;   // flush(), stop()
  // guarded by mutex_
  std::deque<Batch> batches_;  // the last one is open
  std::size_t bytes_ = 0;      // of batches_, and of the one under way
  Clock::time_point last_taken_;
  TelemetryDrop untold_;      // to the subscriber
  TelemetryDrop unreported_;  // to the owner
  bool sending_ = false;
  int flushing_ = 0;
  bool hurry_ = false;
  bool stopping_ = false;
  bool ended_ = false;

  std::mutex stop_mutex_;  // one stop() at a time
  std::thread thread_;     // last: it uses all of the above
};

}  // namespace runtime_api
