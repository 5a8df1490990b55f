#include "emulator/destination/queued_sink.h"

#include <exception>
#include <utility>

namespace emulator {
namespace {

constexpr const char* kStopping = "klambda stops";

std::size_t bytes_of(const std::vector<FailureMessage>& messages) {
  std::size_t bytes = 0;
  for (const FailureMessage& message : messages) bytes += message.body.size();
  return bytes;
}

}  // namespace

QueuedSink::QueuedSink(std::unique_ptr<Carrier> carrier, std::size_t waiting_bytes_max)
    : carrier_(std::move(carrier)),
      waiting_bytes_max_(waiting_bytes_max),
      worker_([this] { work(); }) {}

QueuedSink::~QueuedSink() {
  stop();
}

std::optional<SinkProblem> QueuedSink::check() {
  std::lock_guard lock(carrier_mutex_);
  return carrier_->check(stopping_.get_token());
}

void QueuedSink::send(std::vector<FailureMessage> messages, Done done) {
  const std::size_t bytes = bytes_of(messages);
  std::string refusal;
  {
    std::lock_guard lock(mutex_);
    if (stopping_.stop_requested()) {
      refusal = kStopping;
    } else if (!waiting_.empty() && waiting_bytes_ + bytes > waiting_bytes_max_) {
      refusal = describe() + " is too slow: " + std::to_string(waiting_.size()) +
                " batches of failed records wait for it already";
    } else {
      waiting_bytes_ += bytes;
      waiting_.push_back({std::move(messages), std::move(done), bytes});
    }
  }
  if (refusal.empty()) return changed_.notify_one();
  done({std::move(messages), std::move(refusal)});
}

void QueuedSink::stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_.request_stop();
  }
  std::call_once(joined_, [this] { worker_.join(); });
}

void QueuedSink::work() {
  const auto stop = stopping_.get_token();
  for (;;) {
    Send send;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, stop, [this] { return !waiting_.empty(); });
      if (waiting_.empty()) return;
      send = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ -= send.bytes;
    }
    send.done(stop.stop_requested() ? Undelivered{std::move(send.messages), kStopping}
                                    : carry(std::move(send.messages)));
  }
}

Undelivered QueuedSink::carry(std::vector<FailureMessage> messages) {
  NotDelivered result;
  try {
    std::lock_guard lock(carrier_mutex_);
    result = carrier_->deliver(messages, stopping_.get_token());
  } catch (const std::exception& error) {
    return {std::move(messages), describe() + ": " + error.what()};
  }
  Undelivered undelivered;
  undelivered.problem = std::move(result.problem);
  for (const std::size_t place : result.messages)
    undelivered.messages.push_back(std::move(messages[place]));
  return undelivered;
}

}  // namespace emulator
