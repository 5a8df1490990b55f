#include "runtime_api/telemetry_sender.h"

#include <utility>

namespace runtime_api {
namespace {

using std::chrono::milliseconds;

// rie telemetry/internal/subscriber.go
constexpr std::string_view kTooSlow =
    "Some logs were dropped because the downstream consumer is slower than the logs production "
    "rate";
constexpr milliseconds kCancelInterval{20};  // a cancel() may come a moment before its send()

}  // namespace

TelemetrySender::TelemetrySender(TelemetrySubscription subscription, RenderDrop render_drop,
                                 Dropped dropped)
    : subscription_(std::move(subscription)),
      render_drop_(std::move(render_drop)),
      dropped_(std::move(dropped)),
      destination_(make_destination(subscription_)),
      tcp_(subscription_.protocol == TelemetrySubscription::Protocol::Tcp),
      last_taken_(Clock::now()),
      thread_([this] { run(); }) {}

void TelemetrySender::add(std::string_view record) {
  const std::lock_guard lock(mutex_);
  if (stopping_) return;
  if (bytes_ + record.size() > kBufferBytesMax) return count_drop(kTooSlow, 1, record.size());
  tell_of_drop();
  append(record);
}

bool TelemetrySender::congested() const {
  const std::lock_guard lock(mutex_);
  return bytes_ > kCongestedBytes && !stopping_ && Clock::now() - last_taken_ < kPatience;
}

void TelemetrySender::flush(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  ++flushing_;
  wakes_.notify_one();
  sent_.wait_until(lock, until, [this] { return ended_ || (batches_.empty() && !sending_); });
  --flushing_;
}

void TelemetrySender::hurry() {
  const std::lock_guard lock(mutex_);
  hurry_ = true;
  wakes_.notify_one();
}

void TelemetrySender::stop() {
  const std::lock_guard one_at_a_time(stop_mutex_);
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    wakes_.notify_one();
    while (!ended_) {
      lock.unlock();
      destination_->cancel();
      lock.lock();
      sent_.wait_for(lock, kCancelInterval, [this] { return ended_; });
    }
  }
  if (thread_.joinable()) thread_.join();
}

void TelemetrySender::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    while (!stopping_ && !is_due(Clock::now())) {
      if (batches_.empty())
        wakes_.wait(lock);
      else
        wakes_.wait_until(lock, batches_.front().due);
    }
    if (stopping_) break;
    Batch batch = std::move(batches_.front());
    batches_.pop_front();
    sending_ = true;
    lock.unlock();
    if (!tcp_) batch.text.push_back(']');
    const auto problem = destination_->send(batch.text);
    lock.lock();
    sending_ = false;
    bytes_ -= batch.text.size() - (tcp_ ? 0 : 1);
    last_taken_ = problem ? Clock::time_point{} : Clock::now();
    if (problem) {
      count_drop("could not send events: " + *problem, batch.items, batch.text.size());
    } else {
      tell_of_drop();
    }
    tell_owner(lock);
    if (batches_.empty()) sent_.notify_all();
  }
  // What nobody can take any more is told too.
  std::size_t items = 0;
  for (const auto& batch : batches_) items += batch.items;
  if (items != 0) count_drop("the environment has ended", items, bytes_);
  batches_.clear();
  tell_owner(lock);
  ended_ = true;
  sent_.notify_all();
}

// --- under mutex_ ---

bool TelemetrySender::is_full(const Batch& batch) const {
  return batch.items >= subscription_.max_items || batch.text.size() >= subscription_.max_bytes;
}

bool TelemetrySender::is_due(Clock::time_point now) const {
  if (batches_.empty()) return false;
  return hurry_ || flushing_ > 0 || batches_.size() > 1 || is_full(batches_.front()) ||
         now >= batches_.front().due;
}

void TelemetrySender::append(std::string_view record) {
  const bool opens = batches_.empty() || is_full(batches_.back());
  if (opens) {
    // Nobody has been slow while there was nothing to take.
    if (bytes_ == 0) last_taken_ = Clock::now();
    batches_.push_back({{}, 0, Clock::now() + subscription_.timeout});
  }
  Batch& batch = batches_.back();
  const std::size_t before = batch.text.size();
  if (!tcp_) batch.text.push_back(opens ? '[' : ',');
  batch.text.append(record);
  if (tcp_) batch.text.push_back('\n');
  ++batch.items;
  bytes_ += batch.text.size() - before;
  if (opens || hurry_ || is_full(batch)) wakes_.notify_one();
}

void TelemetrySender::tell_of_drop() {
  if (untold_.records == 0) return;
  const TelemetryDrop drop = std::exchange(untold_, {});
  if (!render_drop_) return;
  if (const std::string record = render_drop_(drop); !record.empty()) append(record);
}

void TelemetrySender::count_drop(std::string_view reason, std::size_t records, std::size_t bytes) {
  for (TelemetryDrop* drop : {&untold_, &unreported_}) {
    if (drop->records == 0) drop->reason = reason;
    drop->records += records;
    drop->bytes += bytes;
  }
}

void TelemetrySender::tell_owner(std::unique_lock<std::mutex>& lock) {
  if (unreported_.records == 0) return;
  const TelemetryDrop drop = std::exchange(unreported_, {});
  lock.unlock();
  if (dropped_) dropped_(drop);
  lock.lock();
}

}  // namespace runtime_api
