#include "emulator/esm/mapping.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/esm/kafka_event.h"
#include "emulator/esm/scaling.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

DeliveryRules rules_of(const MappingConfig& config, RetryBackoff backoff, Strictness strictness) {
  DeliveryRules rules;
  rules.backoff = backoff;
  rules.retry_limit = config.retry_limit();
  rules.bisects = config.bisect_batch_on_function_error;
  rules.reads_item_failures = config.report_batch_item_failures;
  rules.strictness = strictness;
  return rules;
}

}  // namespace

class EventSourceMapping::Impl {
 public:
  explicit Impl(Parts parts)
      : parts_(std::move(parts)),
        format_(parts_.config, parts_.bootstrap_servers),
        rules_(rules_of(parts_.config, parts_.backoff, parts_.strictness)),
        filter_(parts_.config.filter_patterns, parts_.strictness),
        scaling_(parts_.config),
        progress_(parts_.on_change) {
    for (const std::string& member : filter_.unknown_members()) {
      log::warn(
          "[{}] FilterCriteria asks for \"{}\", which no Kafka record has: what it filters for is "
          "usually in \"value\"",
          parts_.config.name, member);
    }
  }

  ~Impl() {
    abandon();
    finish();
  }

  // AWS answers a create before it has tried the brokers, so a mapping is enabled before it is
  // connected.
  void start() {
    std::lock_guard lock(lifecycle_);
    if (phase_ != Phase::New) return;
    phase_ = Phase::Started;
    if (!parts_.config.enabled) {
      progress_.set_state(MappingState::Disabled);
      return;
    }
    progress_.set_state(MappingState::Enabled);
    for (int i = 0; i < scaling_.first_pollers(); ++i) add_poller();
    if (!scaling_.is_fixed()) supervisor_ = std::thread([this] { supervise(); });
  }

  void request_finish() {
    finishing_ = true;
    supervision_.notify();
    std::lock_guard lock(pollers_mutex_);
    for (auto& seat : pollers_) seat->poller.request_finish();
  }

  void abandon() {
    std::lock_guard lock(pollers_mutex_);
    for (auto& seat : pollers_) seat->poller.request_abandon();
  }

  void wake() {
    supervision_.notify();
    std::lock_guard lock(pollers_mutex_);
    for (auto& seat : pollers_) seat->poller.wake();
  }

  void finish() {
    request_finish();
    std::lock_guard lock(lifecycle_);
    if (phase_ == Phase::Finished) return;
    phase_ = Phase::Finished;
    progress_.set_state(MappingState::Disabling);
    if (supervisor_.joinable()) supervisor_.join();
    // One that the supervisor made after the request was posted has not heard it.
    request_finish();
    for (auto& seat : pollers_) seat->thread.join();
    progress_.set_state(MappingState::Disabled);
  }

  const MappingConfig& config() const { return parts_.config; }
  MappingStatus status() const { return progress_.snapshot(); }
  const BatchLog& batches() const { return *parts_.batches; }

  std::uint64_t ask_partitions() {
    const std::uint64_t asked = progress_.ask();
    std::lock_guard lock(pollers_mutex_);
    for (auto& seat : pollers_) seat->poller.wake();
    return asked;
  }
  std::vector<PartitionStatus> partitions(std::uint64_t asked,
                                          std::chrono::steady_clock::time_point until) const {
    return progress_.partitions(asked, until);
  }

 private:
  enum class Phase { New, Started, Finished };

  struct Seat {
    explicit Seat(Poller::Parts poller_parts)
        : index(poller_parts.index), poller(std::move(poller_parts)) {}
    const std::size_t index;
    Poller poller;
    std::thread thread;
    bool leaves = false;             // the supervisor's
    std::atomic<bool> ended{false};  // run() has returned
  };

  void add_poller() {
    std::lock_guard lock(pollers_mutex_);
    const std::size_t index = next_index_++;
    progress_.add_poller(index);
    auto& seat = *pollers_.emplace_back(std::make_unique<Seat>(Poller::Parts{
        index, parts_.config, format_, parts_.bootstrap_servers, rules_, filter_, parts_.invoker,
        parts_.make_source, parts_.make_decoder, parts_.on_failure ? &*parts_.on_failure : nullptr,
        parts_.faults, parts_.clock, progress_, *parts_.batches}));
    seat.thread = std::thread([this, &seat] {
      seat.poller.run();
      seat.ended = true;
      supervision_.notify();
    });
  }

  // ---- the supervisor's thread ----

  void supervise() {
    TimePoint next = parts_.clock.now() + scaling_.interval();
    while (!finishing_) {
      supervision_.wait(parts_.clock.real_time(next - parts_.clock.now()));
      remove_ended();
      if (finishing_ || parts_.clock.now() < next) continue;
      next = parts_.clock.now() + scaling_.interval();
      scale();
    }
  }

  void scale() {
    const MappingStatus status = progress_.snapshot();
    ScalingView view;
    view.pollers = staying();
    view.partitions = status.topic_partitions;
    view.function_concurrency = std::max(1, parts_.invoker.max_concurrency());
    view.lag = status.sum_lag;
    view.throttled = status.counts.throttles;
    const int wanted = scaling_.decide(view);
    if (wanted == view.pollers) return;
    log::info("[{}] {} pollers instead of {}: {} records behind on {} partitions",
              parts_.config.name, wanted, view.pollers, view.lag, view.partitions);
    for (int i = view.pollers; i < wanted; ++i) add_poller();
    for (int i = view.pollers; i > wanted; --i) let_one_leave();
  }

  int staying() {
    std::lock_guard lock(pollers_mutex_);
    return static_cast<int>(std::count_if(pollers_.begin(), pollers_.end(),
                                          [](const auto& seat) { return !seat->leaves; }));
  }

  void let_one_leave() {
    std::lock_guard lock(pollers_mutex_);
    const auto latest = std::find_if(pollers_.rbegin(), pollers_.rend(),
                                     [](const auto& seat) { return !seat->leaves; });
    (*latest)->leaves = true;
    (*latest)->poller.request_finish();
  }

  void remove_ended() {
    std::vector<std::unique_ptr<Seat>> ended;
    {
      std::lock_guard lock(pollers_mutex_);
      for (auto& seat : pollers_) {
        if (seat->leaves && seat->ended) ended.push_back(std::move(seat));
      }
      std::erase(pollers_, nullptr);
    }
    for (auto& seat : ended) {
      seat->thread.join();
      progress_.remove_poller(seat->index, parts_.clock.now());
    }
  }

  // Constant after construction.
  const Parts parts_;
  const EventFormat format_;
  const DeliveryRules rules_;
  const Filter filter_;

  Scaling scaling_;  // start()'s, then the supervisor's
  Progress progress_;
  std::atomic<bool> finishing_{false};
  Wakeup supervision_;

  std::mutex pollers_mutex_;  // guards what follows; not held while joining
  std::vector<std::unique_ptr<Seat>> pollers_;
  std::size_t next_index_ = 0;

  std::mutex lifecycle_;  // guards what follows; held while finish() joins
  Phase phase_ = Phase::New;
  std::thread supervisor_;
};

EventSourceMapping::EventSourceMapping(Parts parts)
    : impl_(std::make_unique<Impl>(std::move(parts))) {}

EventSourceMapping::~EventSourceMapping() = default;

void EventSourceMapping::start() {
  impl_->start();
}
void EventSourceMapping::request_finish() {
  impl_->request_finish();
}
void EventSourceMapping::finish() {
  impl_->finish();
}
void EventSourceMapping::abandon() {
  impl_->abandon();
}
void EventSourceMapping::wake() {
  impl_->wake();
}
const MappingConfig& EventSourceMapping::config() const {
  return impl_->config();
}
MappingStatus EventSourceMapping::status() const {
  return impl_->status();
}
std::uint64_t EventSourceMapping::ask_partitions() {
  return impl_->ask_partitions();
}
std::vector<PartitionStatus> EventSourceMapping::partitions(
    std::uint64_t asked, std::chrono::steady_clock::time_point until) const {
  return impl_->partitions(asked, until);
}
const BatchLog& EventSourceMapping::batches() const {
  return impl_->batches();
}

}  // namespace emulator
