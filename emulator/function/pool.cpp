#include <algorithm>
#include <iterator>
#include <utility>

#include "emulator/function/pool_impl.h"

namespace emulator {
namespace {

// TooManyRequestsException's Reason (docs API_Invoke.html, "Errors").
constexpr const char* kQueueFull = "ConcurrentInvocationLimitExceeded";

}  // namespace

void Pool::Impl::answer(Work work, Outcome::Kind kind, std::string text) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.request_id = std::move(work.request.request_id);
  outcome.payload = std::move(text);
  if (kind == Outcome::Kind::Throttled) outcome.error_type = kQueueFull;
  work.done(std::move(outcome));
}

void Pool::Impl::refuse(std::vector<Work> unserved) {
  for (auto& each : unserved) answer(std::move(each), Outcome::Kind::ServiceError, kNoThread);
}

const LaunchPlan& Pool::Impl::plan() {
  const std::lock_guard lock(planning_);
  if (!plan_) plan_ = make_plan_();
  return *plan_;
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
    } else if (auto& idle = idle_attached_.empty() ? idle_ : idle_attached_; !idle.empty()) {
      free = std::move(idle.back());
      idle.pop_back();
    } else if (place == Place::Back && queue_.size() >= options_.max_queued &&
               queue_.size() >= options_.max_queued + coming()) {
      refusal = Outcome::Kind::Throttled;
    } else {
      place == Place::Front ? queue_.push_front(std::move(work))
                            : queue_.push_back(std::move(work));
      unserved = start_what_is_needed();
    }
  }
  if (refusal) return answer(std::move(work), *refusal);
  if (free) return free->run(std::move(work));
  refuse(std::move(unserved));
}

// Invocations that environments will take which are starting, or about to be free.
std::size_t Pool::Impl::arriving() const {
  std::size_t count = starting_ * per_environment_;
  for (const auto& [environment, slot] : slots_)
    if (!slot.starting) count += static_cast<std::size_t>(environment->expected());
  return count;
}

// Queued invocations that will be taken without waiting for another one's end.
std::size_t Pool::Impl::coming() const {
  const auto limit = static_cast<std::size_t>(options_.max_environments);
  return arriving() + (limit - std::min(limit, own())) * per_environment_;
}

// A queued invocation waits for no environment in particular: for those that are not covered by
// one that is starting, another starts while the limit allows it. Returns those that cannot be
// served because no thread can be made.
std::vector<Work> Pool::Impl::start_what_is_needed() {
  std::vector<Work> unserved;
  while (!stopped_ && own() < static_cast<std::size_t>(options_.max_environments)) {
    if (queue_.size() <= arriving()) {
      if (queue_.size() > starting_ * per_environment_) rely_on_expected();
      break;
    }
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

void Pool::Impl::rely_on_expected() {
  for (const auto& [environment, slot] : slots_)
    if (environment->expected() != 0) environment->rely_on_expected();
}

void Pool::Impl::became_ready(Environment& environment) {
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(&environment);
    if (slot != slots_.end() && std::exchange(slot->second.starting, false)) --starting_;
  }
  hand_out(environment);
}

void Pool::Impl::settled() {
  std::vector<Work> unserved;
  {
    const std::lock_guard lock(mutex_);
    unserved = start_what_is_needed();
  }
  refuse(std::move(unserved));
}

void Pool::Impl::hand_out(Environment& environment) {
  Shared shared;
  std::optional<Work> work;
  {
    const std::lock_guard lock(mutex_);
    const auto slot = slots_.find(&environment);
    if (stopped_ || slot == slots_.end()) return;
    environment.arrived();
    if (queue_.empty()) {
      (slot->second.attached ? idle_attached_ : idle_).push_back(slot->second.environment);
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
  const auto erased =
      std::erase_if(idle_, [&](const Shared& each) { return each.get() == &environment; });
  return erased != 0;
}

std::optional<Work> Pool::Impl::next_waiting() {
  const std::lock_guard lock(mutex_);
  if (queue_.empty()) return std::nullopt;
  auto work = std::move(queue_.front());
  queue_.pop_front();
  return work;
}

Pool::Pool(FunctionConfig function, MakePlan plan, Options options)
    : impl_(std::make_shared<Impl>(std::move(function), std::move(plan), options)) {}

Pool::~Pool() {
  stop();
}

void Pool::invoke(InvocationRequest request, Done done) {
  impl_->enqueue({std::move(request), std::move(done)}, Impl::Place::Back);
}

int Pool::max_concurrency() const {
  return impl_->options_.max_environments * static_cast<int>(impl_->per_environment_);
}

void Pool::prepare() {
  impl_->plan();
}

void Pool::warm_up(std::function<void(std::optional<InitFailure>)> done) {
  impl_->warm_up(std::move(done));
}

std::shared_ptr<AttachedEnvironment> Pool::attach(std::optional<pid_t> process) {
  return impl_->attach(process);
}

int Pool::environments() const {
  return impl_->environments();
}

const FunctionConfig& Pool::function() const {
  return impl_->function_;
}

void Pool::request_stop() {
  impl_->request_stop();
}

void Pool::stop() {
  impl_->stop();
}

}  // namespace emulator
