#include "emulator/function/pool.h"

#include <algorithm>
#include <deque>
#include <iterator>
#include <mutex>
#include <system_error>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/function/environment.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr const char* kNoThread =
    "cannot start an execution environment: the system has no thread or descriptor left";

}  // namespace

class Pool::Impl final : public EnvironmentOwner {
 public:
  Impl(FunctionConfig function, LaunchPlan plan, Options options)
      : function_(std::move(function)), plan_(std::move(plan)), options_(options) {}

  enum class Place { Front, Back };

  void enqueue(Work work, Place place);
  void warm_up(Environment::WarmUpDone done);
  void stop();

  void became_ready(Environment& environment) override;
  void became_free(Environment& environment) override;
  void take_back(Work work) override;
  bool retire_idle(Environment& environment) override;
  std::optional<Work> next_waiting() override;
  void repeat_init(Environment& environment, Work work) override;
  void ended(Environment& environment) override;

  const FunctionConfig function_;
  const LaunchPlan plan_;
  const Options options_;

 private:
  using Shared = std::shared_ptr<Environment>;
  struct Slot {
    Shared environment;
    bool starting = true;
  };
  void hand_out(Environment& environment);

  // under mutex_
  bool start_environment(std::optional<Work>& bound, Environment::WarmUpDone warm_up_done);
  std::vector<Work> start_what_is_needed();
  std::size_t coming() const;  // with mutex_ held
  void remove(Environment& environment);

  static void answer(Work work, Outcome::Kind kind, std::string text = {});

  std::once_flag stop_once_;
  std::mutex mutex_;
  // guarded by mutex_
  bool stopped_ = false;
  std::deque<Work> queue_;
  std::unordered_map<Environment*, Slot> slots_;  // every environment that is not ending
  std::vector<Shared> idle_;      // the last used is the first taken, so that surplus ones expire
  std::size_t starting_ = 0;      // of slots_
  std::vector<Shared> finished_;  // their threads are about to return
};

void Pool::Impl::answer(Work work, Outcome::Kind kind, std::string text) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.request_id = std::move(work.request.request_id);
  outcome.payload = std::move(text);
  work.done(std::move(outcome));
}

// A withdrawn invocation is the oldest; it was within the queue's limit once.
void Pool::Impl::take_back(Work work) {
  enqueue(std::move(work), Place::Front);
}

void Pool::Impl::enqueue(Work work, Place place) {
  Shared free;
  std::vector<Work> unserved;
  std::optional<Outcome::Kind> refusal;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      refusal = Outcome::Kind::Cancelled;
    } else if (!idle_.empty()) {
      free = std::move(idle_.back());
      idle_.pop_back();
    } else if (place == Place::Back && queue_.size() >= options_.max_queued + coming()) {
      refusal = Outcome::Kind::Throttled;
    } else {
      place == Place::Front ? queue_.push_front(std::move(work))
                            : queue_.push_back(std::move(work));
      unserved = start_what_is_needed();
    }
  }
  if (refusal) return answer(std::move(work), *refusal);
  if (free) return free->run(std::move(work));
  for (auto& each : unserved) answer(std::move(each), Outcome::Kind::ServiceError, kNoThread);
}

void Pool::Impl::warm_up(Environment::WarmUpDone done) {
  std::optional<InitFailure> failure;
  {
    const std::lock_guard lock(mutex_);
    if (stopped_) {
      failure = InitFailure{"Cancelled", "klambda is stopping"};
    } else if (slots_.size() < static_cast<std::size_t>(options_.max_environments)) {
      std::optional<Work> none;
      if (start_environment(none, done)) return;
      failure = InitFailure{"Sandbox.Failure", kNoThread};
    }
  }
  done(failure);
}

// Environments that will take a queued invocation without waiting for another one's end.
std::size_t Pool::Impl::coming() const {
  const auto limit = static_cast<std::size_t>(options_.max_environments);
  return starting_ + (limit - std::min(limit, slots_.size()));
}

// A queued invocation waits for no environment in particular: for each that is not covered by one
// that is starting, another starts while the limit allows it. Returns those that cannot be served
// because no thread can be made.
std::vector<Work> Pool::Impl::start_what_is_needed() {
  std::vector<Work> unserved;
  while (!stopped_ && queue_.size() > starting_ &&
         slots_.size() < static_cast<std::size_t>(options_.max_environments)) {
    std::optional<Work> none;
    if (start_environment(none, nullptr)) continue;
    if (slots_.empty()) {
      std::move(queue_.begin(), queue_.end(), std::back_inserter(unserved));
      queue_.clear();
    }
    break;
  }
  return unserved;
}

// False when the system has no thread left; `bound` is then the caller's again.
bool Pool::Impl::start_environment(std::optional<Work>& bound,
                                   Environment::WarmUpDone warm_up_done) {
  const bool starting = !bound;
  const Environment::Settings settings{function_, plan_, options_};
  try {
    auto environment =
        std::make_shared<Environment>(settings, *this, bound, std::move(warm_up_done));
    environment->start();
    slots_.emplace(environment.get(), Slot{environment, starting});
    if (starting) ++starting_;
    return true;
  } catch (const std::system_error& error) {
    log::error("[{}] {}: {}", function_.name, kNoThread, error.what());
    return false;
  }
}

void Pool::Impl::became_ready(Environment& environment) {
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(&environment);
    if (slot != slots_.end() && std::exchange(slot->second.starting, false)) --starting_;
  }
  hand_out(environment);
}

void Pool::Impl::became_free(Environment& environment) {
  hand_out(environment);
}

void Pool::Impl::hand_out(Environment& environment) {
  Shared shared;
  std::optional<Work> work;
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(&environment);
    if (stopped_ || slot == slots_.end()) return;
    if (queue_.empty()) {
      idle_.push_back(slot->second.environment);
      return;
    }
    shared = slot->second.environment;
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  shared->run(*std::move(work));
}

bool Pool::Impl::retire_idle(Environment& environment) {
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(idle_.begin(), idle_.end(),
                                  [&](const Shared& each) { return each.get() == &environment; });
  if (found == idle_.end()) return false;
  idle_.erase(found);
  return true;
}

std::optional<Work> Pool::Impl::next_waiting() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  auto work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

// The one that takes its place may exceed the limit for the moment that this one needs to end; its
// process is gone already.
void Pool::Impl::repeat_init(Environment& /*environment*/, Work work) {
  std::optional<Work> bound(std::move(work));
  auto kind = Outcome::Kind::Cancelled;
  {
    const std::lock_guard lock(mutex_);
    if (!stopped_) {
      if (start_environment(bound, nullptr)) return;
      kind = Outcome::Kind::ServiceError;
    }
  }
  answer(*std::move(bound), kind, kind == Outcome::Kind::ServiceError ? kNoThread : "");
}

void Pool::Impl::ended(Environment& environment) {
  std::vector<Shared> others;
  std::vector<Work> unserved;
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(&environment);
    if (slot == slots_.end()) return;
    auto self = slot->second.environment;
    remove(environment);
    if (stopped_) return;  // stop() joins it
    // Whoever stands there has made this call already, so no two threads wait for each other.
    others.swap(finished_);
    finished_.push_back(std::move(self));
    unserved = start_what_is_needed();
  }
  for (const auto& each : others) each->join();
  for (auto& each : unserved) answer(std::move(each), Outcome::Kind::ServiceError, kNoThread);
}

void Pool::Impl::remove(Environment& environment) {
  const auto slot = slots_.find(&environment);
  if (slot == slots_.end()) return;
  if (slot->second.starting) --starting_;
  std::erase_if(idle_, [&](const Shared& each) { return each.get() == &environment; });
  slots_.erase(slot);
}

void Pool::Impl::stop() {
  std::call_once(stop_once_, [this] {
    std::vector<Shared> environments;
    std::deque<Work> waiting;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      environments.swap(finished_);
      for (const auto& [pointer, slot] : slots_) environments.push_back(slot.environment);
      waiting.swap(queue_);
    }
    for (const auto& each : environments) each->request_stop();
    for (auto& work : waiting) answer(std::move(work), Outcome::Kind::Cancelled);
    for (const auto& each : environments) each->join();
  });
}

Pool::Pool(FunctionConfig function, LaunchPlan plan, Options options)
    : impl_(std::make_shared<Impl>(std::move(function), std::move(plan), options)) {}

Pool::~Pool() {
  stop();
}

void Pool::invoke(InvocationRequest request, Done done) {
  impl_->enqueue({std::move(request), std::move(done)}, Impl::Place::Back);
}

int Pool::max_concurrency() const {
  return impl_->options_.max_environments;
}

void Pool::warm_up(std::function<void(std::optional<InitFailure>)> done) {
  impl_->warm_up(std::move(done));
}

const FunctionConfig& Pool::function() const {
  return impl_->function_;
}

void Pool::stop() {
  impl_->stop();
}

}  // namespace emulator
