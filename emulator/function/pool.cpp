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

// TooManyRequestsException's Reason (docs API_Invoke.html, "Errors").
constexpr const char* kQueueFull = "ConcurrentInvocationLimitExceeded";
constexpr const char* kNoThread =
    "cannot start an execution environment: the system has no thread or descriptor left";

}  // namespace

class Pool::Impl final : public EnvironmentOwner {
 public:
  Impl(FunctionConfig function, MakePlan make_plan, Options options)
      : function_(std::move(function)), options_(options), make_plan_(std::move(make_plan)) {}

  enum class Place { Front, Back };

  void enqueue(Work work, Place place);
  void warm_up(Environment::WarmUpDone done);
  std::shared_ptr<AttachedEnvironment> attach(std::optional<pid_t> process);
  int environments() const;
  void request_stop();
  void stop();

  const LaunchPlan& plan() override;
  EnvironmentTmps& tmps() override { return tmps_; }
  void became_ready(Environment& environment) override;
  void became_free(Environment& environment) override;
  void take_back(Work work) override;
  bool retire_idle(Environment& environment) override;
  std::optional<Work> next_waiting() override;
  void repeat_init(Environment& environment, Work work) override;
  void ended(Environment& environment) override;

  const FunctionConfig function_;
  const Options options_;

 private:
  using Shared = std::shared_ptr<Environment>;
  struct Slot {
    Shared environment;
    bool starting = true;
    bool attached = false;
  };
  using Idle =
      std::vector<Shared>;  // the last used is the first taken, so that surplus ones expire
  void hand_out(Environment& environment);

  // under mutex_
  bool start_environment(std::optional<Work>& bound, Environment::WarmUpDone warm_up_done);
  std::vector<Work> start_what_is_needed();
  std::size_t coming() const;  // with mutex_ held
  std::size_t own() const { return slots_.size() - attached_; }
  void remove(Environment& environment);

  static void answer(Work work, Outcome::Kind kind, std::string text = {});

  const MakePlan make_plan_;
  EnvironmentTmps tmps_;
  std::mutex planning_;             // held while the plan is made
  std::optional<LaunchPlan> plan_;  // guarded by planning_ until it is there, constant then
  std::once_flag stop_once_;
  mutable std::mutex mutex_;
  // guarded by mutex_
  bool stopped_ = false;
  std::deque<Work> queue_;
  std::unordered_map<Environment*, Slot> slots_;  // every environment that is not ending
  Idle idle_;
  Idle idle_attached_;
  std::size_t starting_ = 0;      // of slots_
  std::size_t attached_ = 0;      // of slots_
  std::vector<Shared> finished_;  // their threads are about to return
  std::vector<Shared> stopping_;  // what stop() is to join
};

void Pool::Impl::answer(Work work, Outcome::Kind kind, std::string text) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.request_id = std::move(work.request.request_id);
  outcome.payload = std::move(text);
  if (kind == Outcome::Kind::Throttled) outcome.error_type = kQueueFull;
  work.done(std::move(outcome));
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
    } else if (own() < static_cast<std::size_t>(options_.max_environments)) {
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
  return starting_ + (limit - std::min(limit, own()));
}

// A queued invocation waits for no environment in particular: for each that is not covered by one
// that is starting, another starts while the limit allows it. Returns those that cannot be served
// because no thread can be made.
std::vector<Work> Pool::Impl::start_what_is_needed() {
  std::vector<Work> unserved;
  while (!stopped_ && queue_.size() > starting_ &&
         own() < static_cast<std::size_t>(options_.max_environments)) {
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
  const Environment::Settings settings{function_, options_};
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

namespace {

class Attached final : public AttachedEnvironment {
 public:
  explicit Attached(std::shared_ptr<Environment> environment)
      : environment_(std::move(environment)) {}
  std::uint16_t port() const override { return environment_->await_port(); }
  bool has_ended() const override { return environment_->has_ended(); }
  void detach() override { environment_->request_stop(); }

 private:
  const std::shared_ptr<Environment> environment_;
};

}  // namespace

std::shared_ptr<AttachedEnvironment> Pool::Impl::attach(std::optional<pid_t> process) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return nullptr;
  Environment::Settings settings{function_, options_};
  settings.attached = Environment::AttachedProcess{process};
  try {
    auto environment = std::make_shared<Environment>(settings, *this, std::nullopt, nullptr);
    environment->start();
    slots_.emplace(environment.get(), Slot{environment, false, true});
    ++attached_;
    return std::make_shared<Attached>(std::move(environment));
  } catch (const std::system_error& error) {
    log::error("[{}] {}: {}", function_.name, kNoThread, error.what());
    return nullptr;
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
  if (slot->second.attached) --attached_;
  for (auto* idle : {&idle_, &idle_attached_})
    std::erase_if(*idle, [&](const Shared& each) { return each.get() == &environment; });
  slots_.erase(slot);
}

int Pool::Impl::environments() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(slots_.size());
}

void Pool::Impl::request_stop() {
  std::vector<Shared> environments;
  std::deque<Work> waiting;
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(stopped_, true)) return;
    for (const auto& [pointer, slot] : slots_) environments.push_back(slot.environment);
    waiting.swap(queue_);
    stopping_ = environments;
    stopping_.insert(stopping_.end(), finished_.begin(), finished_.end());
    finished_.clear();
  }
  for (const auto& each : environments) each->request_stop();
  for (auto& work : waiting) answer(std::move(work), Outcome::Kind::Cancelled);
}

void Pool::Impl::stop() {
  request_stop();
  std::call_once(stop_once_, [this] {
    std::vector<Shared> environments;
    {
      const std::lock_guard lock(mutex_);
      environments.swap(stopping_);
    }
    for (const auto& each : environments) each->join();
  });
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
  return impl_->options_.max_environments;
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
