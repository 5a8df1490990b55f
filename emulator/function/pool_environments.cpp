// How the environments of a pool begin and end.
#include <algorithm>
#include <system_error>
#include <utility>

#include "emulator/function/pool_impl.h"
#include "emulator/observe/log.h"

namespace emulator {

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
  refuse(std::move(unserved));
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

}  // namespace emulator
