// From a name and a qualifier to something that runs: finds the version (aliases draw by weight),
// counts what runs at a time, and hands the invocation to the pool of that version, which is made
// with the first one. Pools of versions that were changed or deleted finish what they have and go.
//
// Threads: any. One thread of its own stops the pools that are retired.
// Lifetime: the program's; stop() ends every pool and answers what is outstanding with Cancelled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/catalog/functions.h"
#include "emulator/function/invoker.h"
#include "emulator/function/pool.h"
#include "emulator/function/recent_log.h"

namespace emulator {

// Throws ApiError: 409 while the version's state is not Active.
void require_active(const FunctionVersion& version);

class Dispatcher {
 public:
  struct Options {
    // Environments of one version of a function; more invocations wait in its queue.
    int max_concurrency = 10;
    // How a function is started: plan_launch, which may take seconds the first time. Throws
    // ConfigError.
    std::function<LaunchPlan(const FunctionConfig&)> plan;
    EnvironmentOptions environments{};
    RecentLogs* recent_logs = nullptr;  // outlives the dispatcher; may be none
  };

  // One version of a function, as one invocation has found it.
  struct Target {
    FunctionCatalog::Snapshot function;
    const FunctionVersion* version = nullptr;  // of `function`
    std::string invoked_arn;  // as the caller named it: with the qualifier if there was one
  };

  Dispatcher(FunctionCatalog& catalog, Options options);
  ~Dispatcher();
  Dispatcher(const Dispatcher&) = delete;
  Dispatcher& operator=(const Dispatcher&) = delete;

  // `qualifier`: empty, "$LATEST", a version or an alias. Throws ApiError: 404 "Function not found:
  // <arn>:<qualifier>", where "$LATEST" stands for none.
  Target resolve(const std::string& name, const std::string& qualifier) const;

  // As Invoker's. Throttled says why in error_type (TooManyRequestsException's Reason);
  // ServiceError says in payload why no environment starts. Throws ApiError, and then `done` is not
  // called: 409 while the version's state is not Active, 404 when it was deleted meanwhile.
  void invoke(const Target& target, InvocationRequest request, Invoker::Done done);

  // For a mapping: resolves anew with each invocation, so that it follows the function; while there
  // is no such function, or it is not Active, every invocation is a ServiceError that says so.
  // References this dispatcher.
  std::unique_ptr<Invoker> invoker(const std::string& name, const std::string& qualifier);

  // Finds or makes what is needed to start the version. Throws ConfigError.
  void prepare(const FunctionVersion& version);
  // Starts one environment ahead of its first invocation; `done` as Pool::warm_up's.
  void warm_up(const Target& target, std::function<void(std::optional<Pool::InitFailure>)> done);

  // An environment of the function for a process that the user started (Pool::attach). Throws
  // ApiError: 404, 409 while it is not Active, 503 when none can be made.
  std::shared_ptr<AttachedEnvironment> attach(const std::string& name,
                                              std::optional<pid_t> process);

  struct Activity {
    int environments = 0;
    int running = 0;  // invocations under way, those that wait among them
  };
  Activity activity(const std::string& name) const;  // of all the versions of a function

  void stop();

 private:
  class Impl;
  class Named;
  std::shared_ptr<Impl> impl_;
};

}  // namespace emulator
