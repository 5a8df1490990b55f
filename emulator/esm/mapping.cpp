#include "emulator/esm/mapping.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/esm/kafka_event.h"
#include "emulator/esm/poller.h"

namespace emulator {

class EventSourceMapping::Impl {
 public:
  Impl(MappingConfig config, const std::string& bootstrap_servers, Invoker& invoker,
       SourceFactory make_source, const Clock& clock, RetryBackoff backoff,
       std::function<void()> on_change)
      : config_(std::move(config)),
        format_(config_, bootstrap_servers),
        progress_(poller_count(config_), std::move(on_change)) {
    for (std::size_t index = 0; index < poller_count(config_); ++index) {
      pollers_.push_back(std::make_unique<Poller>(
          Poller::Parts{index, config_, format_, invoker, make_source, clock, backoff, progress_}));
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
    if (pollers_.empty()) {
      progress_.set_state(MappingState::Disabled);
      return;
    }
    progress_.set_state(MappingState::Enabled);
    for (auto& poller : pollers_) threads_.emplace_back([&poller = *poller] { poller.run(); });
  }

  void request_finish() {
    for (auto& poller : pollers_) poller->request_finish();
  }

  void abandon() {
    for (auto& poller : pollers_) poller->request_abandon();
  }

  void finish() {
    request_finish();
    std::lock_guard lock(lifecycle_);
    if (phase_ == Phase::Finished) return;
    phase_ = Phase::Finished;
    progress_.set_state(MappingState::Disabling);
    for (std::thread& thread : threads_) thread.join();
    progress_.set_state(MappingState::Disabled);
  }

  const MappingConfig& config() const { return config_; }
  MappingStatus status() const { return progress_.snapshot(); }

 private:
  enum class Phase { New, Started, Finished };

  static std::size_t poller_count(const MappingConfig& config) {
    if (!config.enabled) return 0;
    return static_cast<std::size_t>(config.provisioned ? config.provisioned->minimum : 1);
  }

  // Constant after construction.
  const MappingConfig config_;
  const EventFormat format_;
  Progress progress_;
  std::vector<std::unique_ptr<Poller>> pollers_;

  std::mutex lifecycle_;  // guards what follows; held while finish() joins
  Phase phase_ = Phase::New;
  std::vector<std::thread> threads_;
};

EventSourceMapping::EventSourceMapping(MappingConfig config, std::string bootstrap_servers,
                                       Invoker& invoker, SourceFactory make_source,
                                       const Clock& clock, RetryBackoff backoff,
                                       std::function<void()> on_change)
    : impl_(std::make_unique<Impl>(std::move(config), bootstrap_servers, invoker,
                                   std::move(make_source), clock, backoff, std::move(on_change))) {}

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
const MappingConfig& EventSourceMapping::config() const {
  return impl_->config();
}
MappingStatus EventSourceMapping::status() const {
  return impl_->status();
}

}  // namespace emulator
