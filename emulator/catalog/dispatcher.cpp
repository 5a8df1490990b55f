#include "emulator/catalog/dispatcher.h"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/catalog/alias_weights.h"
#include "emulator/catalog/api_error.h"

namespace emulator {
namespace {

// TooManyRequestsException's Reason (docs API_Invoke.html, "Errors"; recorded for concurrency 0).
constexpr const char* kReservedConcurrency = "ReservedFunctionConcurrentInvocationLimitExceeded";
constexpr const char* kStateConflict =
    "The operation cannot be performed at this time. The function is currently in the following "
    "state: ";

// Invoke and its likes name the qualifier even when the caller did not (recorded).
ApiError not_found(const std::string& name, const std::string& qualifier) {
  return function_not_found(name, qualifier.empty() ? kLatest : qualifier);
}

Outcome refusal(Outcome::Kind kind, std::string request_id, std::string error_type,
                std::string text) {
  Outcome outcome;
  outcome.kind = kind;
  outcome.request_id = std::move(request_id);
  outcome.error_type = std::move(error_type);
  outcome.payload = std::move(text);
  return outcome;
}

}  // namespace

void require_active(const FunctionVersion& version) {
  if (version.deployment.state != "Active")
    throw resource_conflict(kStateConflict + version.deployment.state);
}

class Dispatcher::Impl {
 public:
  Impl(FunctionCatalog& catalog, Options options)
      : catalog_(catalog), options_(std::move(options)), reaper_([this] { reap(); }) {}

  Target resolve(const std::string& name, const std::string& qualifier) const;
  // Takes `request` and `done` only if it does not throw.
  void invoke(const Target& target, InvocationRequest&& request, Invoker::Done&& done);
  int max_concurrency(const std::string& name) const;
  void prepare(const FunctionVersion& version);
  void warm_up(const Target& target, std::function<void(std::optional<Pool::InitFailure>)> done);
  std::shared_ptr<AttachedEnvironment> attach(const std::string& name,
                                              std::optional<pid_t> process);
  Activity activity(const std::string& name) const;
  void changed(const FunctionCatalog::Snapshot& before, const FunctionCatalog::Snapshot& after);
  void stop();

 private:
  // What runs one version of a function as it was deployed once.
  struct Deployed {
    Deployed(const FunctionVersion& version, Pool::MakePlan plan, const Pool::Options& options)
        : id(version.deployment_id), pool(version.config, std::move(plan), options) {}

    const std::string id;
    Pool pool;
    // guarded by mutex_
    int outstanding = 0;  // invocations: it lives while there are any
    bool retired = false;
  };
  // Held by the maps below; a pool is stopped before its last holder goes, since it cannot be
  // stopped from within an invocation's end.
  using Shared = std::shared_ptr<Deployed>;
  struct Running {
    int invocations = 0;                     // of all versions, retired ones among them
    std::map<std::string, Shared> versions;  // at most one deployment of each
  };
  enum class Refused { Stopping, ReservedConcurrency };
  using Admission = std::variant<Shared, Refused>;

  Admission admit(const Target& target);
  void finished(Deployed& deployed);
  void reap();

  // with mutex_ held
  Shared deployed(const FunctionVersion& version);
  Shared deployed(const std::string& name, const std::string& version);  // nullptr: not any more
  void forget_if_unused(const std::string& name);
  std::vector<Shared>::iterator find_finished();

  FunctionCatalog& catalog_;
  const Options options_;
  std::once_flag stop_once_;
  std::condition_variable reaper_wakes_;  // with mutex_

  // Taken before the catalog's own lock: what the catalog still shows under it is not yet retired
  // here, but will be.
  mutable std::mutex mutex_;
  // guarded by mutex_
  bool stopped_ = false;
  std::unordered_map<std::string, Running> functions_;  // that have been invoked or prepared
  std::vector<Shared> retired_;                         // stopped when nothing is outstanding

  std::thread reaper_;  // last: it uses all of the above
};

Dispatcher::Target Dispatcher::Impl::resolve(const std::string& name,
                                             const std::string& qualifier) const {
  Target target;
  target.function = catalog_.find(name);
  if (target.function == nullptr) throw not_found(name, qualifier);
  const auto alias = target.function->aliases.find(qualifier);
  if (qualifier.empty()) {
    target.version = &target.function->latest;
  } else {
    target.version = target.function->find_version(
        alias == target.function->aliases.end() ? qualifier : draw(alias->second));
  }
  if (target.version == nullptr) throw not_found(name, qualifier);
  target.invoked_arn = function_arn(name, qualifier);
  return target;
}

void Dispatcher::Impl::invoke(const Target& target, InvocationRequest&& request,
                              Invoker::Done&& done) {
  const auto admission = admit(target);
  if (const auto* refused = std::get_if<Refused>(&admission)) {
    return done(*refused == Refused::Stopping
                    ? refusal(Outcome::Kind::Cancelled, std::move(request.request_id), {}, {})
                    : refusal(Outcome::Kind::Throttled, std::move(request.request_id),
                              kReservedConcurrency, {}));
  }
  Deployed& deployed = *std::get<Shared>(admission);
  request.invoked_arn = target.invoked_arn;
  deployed.pool.invoke(std::move(request),
                       [this, &deployed, done = std::move(done)](Outcome outcome) {
                         if (outcome.ran())
                           outcome.executed_version = deployed.pool.function().version;
                         finished(deployed);  // first free, then done, as in the pool
                         done(std::move(outcome));
                       });
}

Dispatcher::Impl::Admission Dispatcher::Impl::admit(const Target& target) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return Refused::Stopping;
  // What is deployed now, should it have changed since `target` was found.
  const std::string& name = target.function->name();
  const auto function = catalog_.find(name);
  const auto* version = function ? function->find_version(target.version->version) : nullptr;
  if (version == nullptr) throw not_found(name, target.version->version);
  require_active(*version);
  const auto running = functions_.find(name);
  const int invocations = running == functions_.end() ? 0 : running->second.invocations;
  // "When all of the reserved concurrency is in use, the function is throttled"; it is shared by
  // all versions (docs configuration-concurrency.html).
  if (function->reserved_concurrency && invocations >= *function->reserved_concurrency)
    return Refused::ReservedConcurrency;
  auto found = deployed(*version);
  ++found->outstanding;
  ++functions_[name].invocations;
  return found;
}

Dispatcher::Impl::Shared Dispatcher::Impl::deployed(const FunctionVersion& version) {
  auto& present = functions_[version.config.name].versions[version.version];
  if (present == nullptr) {
    Pool::Options options;
    options.max_environments = options_.max_concurrency;
    options.environments = options_.environments;
    options.logs.directory = options_.environments.log_dir;
    if (options_.recent_logs != nullptr)
      options.logs.recent = options_.recent_logs->of(version.config.name);
    present = std::make_shared<Deployed>(
        version, [this, config = version.config] { return options_.plan(config); }, options);
  }
  return present;
}

Dispatcher::Impl::Shared Dispatcher::Impl::deployed(const std::string& name,
                                                    const std::string& version) {
  const auto function = catalog_.find(name);
  const auto* current = function ? function->find_version(version) : nullptr;
  return stopped_ || current == nullptr ? nullptr : deployed(*current);
}

void Dispatcher::Impl::finished(Deployed& deployed) {
  const std::lock_guard lock(mutex_);
  const std::string& name = deployed.pool.function().name;
  --functions_[name].invocations;
  if (--deployed.outstanding > 0 || !deployed.retired) return;
  forget_if_unused(name);
  reaper_wakes_.notify_one();
}

void Dispatcher::Impl::forget_if_unused(const std::string& name) {
  const auto running = functions_.find(name);
  if (running != functions_.end() && running->second.invocations == 0 &&
      running->second.versions.empty())
    functions_.erase(running);
}

void Dispatcher::Impl::changed(const FunctionCatalog::Snapshot& before,
                               const FunctionCatalog::Snapshot& after) {
  if (before == nullptr) return;
  const std::string& name = before->name();
  const std::lock_guard lock(mutex_);
  const auto running = functions_.find(name);
  if (running == functions_.end()) return;
  std::erase_if(running->second.versions, [&](const auto& entry) {
    const auto& [version, deployed] = entry;
    const auto* present = after ? after->find_version(version) : nullptr;
    if (present != nullptr && present->deployment_id == deployed->id) return false;
    deployed->retired = true;
    retired_.push_back(deployed);
    return true;
  });
  forget_if_unused(name);
  reaper_wakes_.notify_one();
}

std::vector<Dispatcher::Impl::Shared>::iterator Dispatcher::Impl::find_finished() {
  return std::find_if(retired_.begin(), retired_.end(),
                      [](const Shared& each) { return each->outstanding == 0; });
}

void Dispatcher::Impl::reap() {
  std::unique_lock lock(mutex_);
  for (;;) {
    auto next = retired_.end();
    reaper_wakes_.wait(lock,
                       [&] { return stopped_ || (next = find_finished()) != retired_.end(); });
    if (stopped_) return;
    const Shared retired = std::move(*next);
    retired_.erase(next);
    lock.unlock();
    retired->pool.stop();
    lock.lock();
  }
}

int Dispatcher::Impl::max_concurrency(const std::string& name) const {
  const auto function = catalog_.find(name);
  if (function == nullptr) return options_.max_concurrency;
  const auto& managed = function->latest.config.managed_instances;
  const int all = options_.max_concurrency * (managed ? managed->max_concurrency : 1);
  return std::min(all, function->reserved_concurrency.value_or(all));
}

void Dispatcher::Impl::prepare(const FunctionVersion& version) {
  Shared present;
  {
    const std::lock_guard lock(mutex_);
    const auto function = catalog_.find(version.config.name);
    const auto* current = function ? function->find_version(version.version) : nullptr;
    if (!stopped_ && current != nullptr && current->deployment_id == version.deployment_id)
      present = deployed(*current);
  }
  present ? present->pool.prepare() : static_cast<void>(options_.plan(version.config));
}

void Dispatcher::Impl::warm_up(const Target& target,
                               std::function<void(std::optional<Pool::InitFailure>)> done) {
  Shared present;
  {
    const std::lock_guard lock(mutex_);
    present = deployed(target.function->name(), target.version->version);
  }
  if (present == nullptr) return done(Pool::InitFailure{"Cancelled", "the function is gone"});
  present->pool.warm_up(std::move(done));
}

std::shared_ptr<AttachedEnvironment> Dispatcher::Impl::attach(const std::string& name,
                                                              std::optional<pid_t> process) {
  Shared present;
  {
    const std::lock_guard lock(mutex_);
    require_active(*resolve(name, {}).version);
    present = deployed(name, kLatest);
  }
  auto attached = present ? present->pool.attach(process) : nullptr;
  if (attached == nullptr) throw service_unavailable("klambda has no environment for this process");
  return attached;
}

Dispatcher::Activity Dispatcher::Impl::activity(const std::string& name) const {
  Activity activity;
  const std::lock_guard lock(mutex_);
  if (const auto running = functions_.find(name); running != functions_.end()) {
    activity.running = running->second.invocations;
    for (const auto& [version, deployed] : running->second.versions)
      activity.environments += deployed->pool.environments();
  }
  for (const auto& retired : retired_) {
    if (retired->pool.function().name == name)
      activity.environments += retired->pool.environments();
  }
  return activity;
}

void Dispatcher::Impl::stop() {
  std::call_once(stop_once_, [this] {
    std::vector<Shared> all;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      all = retired_;
      for (const auto& [name, running] : functions_) {
        for (const auto& [version, deployed] : running.versions) all.push_back(deployed);
      }
    }
    reaper_wakes_.notify_one();
    reaper_.join();
    // Extensions may need their two seconds: all at the same time.
    for (const auto& each : all) each->pool.request_stop();
    for (const auto& each : all) each->pool.stop();
  });
}

// --- what others see ---

class Dispatcher::Named final : public Invoker {
 public:
  Named(Impl& impl, std::string name, std::string qualifier)
      : impl_(impl), name_(std::move(name)), qualifier_(std::move(qualifier)) {}

  void invoke(InvocationRequest request, Done done) override {
    try {
      impl_.invoke(impl_.resolve(name_, qualifier_), std::move(request), std::move(done));
    } catch (const ApiError& error) {
      done(refusal(Outcome::Kind::ServiceError, std::move(request.request_id), error.type,
                   error.what()));
    }
  }

  int max_concurrency() const override { return impl_.max_concurrency(name_); }

 private:
  Impl& impl_;
  const std::string name_;
  const std::string qualifier_;
};

Dispatcher::Dispatcher(FunctionCatalog& catalog, Options options)
    : impl_(std::make_shared<Impl>(catalog, std::move(options))) {
  catalog.listen(
      [impl = impl_](const auto& before, const auto& after) { impl->changed(before, after); });
}

Dispatcher::~Dispatcher() {
  stop();
}

Dispatcher::Target Dispatcher::resolve(const std::string& name,
                                       const std::string& qualifier) const {
  return impl_->resolve(name, qualifier);
}

void Dispatcher::invoke(const Target& target, InvocationRequest request, Invoker::Done done) {
  impl_->invoke(target, std::move(request), std::move(done));
}

std::unique_ptr<Invoker> Dispatcher::invoker(const std::string& name,
                                             const std::string& qualifier) {
  return std::make_unique<Named>(*impl_, name, qualifier);
}

void Dispatcher::prepare(const FunctionVersion& version) {
  impl_->prepare(version);
}

void Dispatcher::warm_up(const Target& target,
                         std::function<void(std::optional<Pool::InitFailure>)> done) {
  impl_->warm_up(target, std::move(done));
}

std::shared_ptr<AttachedEnvironment> Dispatcher::attach(const std::string& name,
                                                        std::optional<pid_t> process) {
  return impl_->attach(name, process);
}

Dispatcher::Activity Dispatcher::activity(const std::string& name) const {
  return impl_->activity(name);
}

void Dispatcher::stop() {
  impl_->stop();
}

}  // namespace emulator
