// The execution environments of one function: starts them when they are needed, keeps them warm,
// replaces those that timed out or crashed, stops idle ones, and queues what is above the limit.
// An environment of managed instances is filled before another one is started.
//
// Threads: any. One thread of its own for each environment (output, exit, deadline). Callbacks
// come from those or from the environment's HTTP threads.
// Lifetime: stop() kills every process group, answers everything outstanding with Cancelled and
// joins; idempotent.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/config/model.h"
#include "emulator/function/invoker.h"
#include "emulator/function/output_log.h"
#include "emulator/function/runtimes.h"

namespace emulator {

// The environment of a process that the user started himself. Any thread; may outlive its pool.
class AttachedEnvironment {
 public:
  virtual ~AttachedEnvironment() = default;
  virtual std::uint16_t port() const = 0;  // of its Runtime API, on 127.0.0.1
  virtual bool has_ended() const = 0;      // or is about to
  virtual void detach() = 0;
};

class Pool : public Invoker {
 public:
  struct Options {
    int max_environments = 10;  // 0: every invocation is Throttled
    std::size_t max_queued =
        10'000;  // invocations that wait for an environment; more are Throttled
    std::chrono::milliseconds idle_timeout{300'000};
    std::chrono::milliseconds init_timeout{
        10'000};  // AWS's init limit, docs lambda-runtime-environment.html
    // What extensions do after an answer is mostly over within this time, and takes less than
    // another environment's start: for so long, the next invocation waits for theirs.
    std::chrono::milliseconds closing_grace{200};
    EnvironmentOptions environments{};
    bool own_tmp = true;  // each environment has a directory as TMPDIR, unless its plan names one
    LogTargets logs{};
    // Where the first environment's Runtime API listens; the others, which run at the same time,
    // and 0: any free port.
    std::string runtime_api_address = "127.0.0.1";
    std::uint16_t runtime_api_port = 0;
  };
  struct InitFailure {
    std::string error_type;  // "Runtime.ImportModuleError"
    std::string message;
  };

  // How the function is started, which may take seconds the first time. Throws ConfigError.
  using MakePlan = std::function<LaunchPlan()>;

  // `plan` is called by prepare() or the first environment's thread, and again when it threw: the
  // invocation that waits for the environment is then a ServiceError with its text.
  Pool(FunctionConfig function, MakePlan plan, Options options);
  ~Pool() override;

  void invoke(InvocationRequest request, Done done) override;
  int max_concurrency() const override;

  // Plans the start now. Throws ConfigError.
  void prepare();
  // Starts one environment ahead of its first invocation. `done` is called once: nullopt when the
  // runtime is ready.
  void warm_up(std::function<void(std::optional<InitFailure>)> done);

  // An environment for a process that is there already; nullopt: it is not known which, and
  // detach() says when it has gone. Invocations go to such an environment first, and it counts for
  // no limit. nullptr: the pool has stopped, or no environment can be made.
  std::shared_ptr<AttachedEnvironment> attach(std::optional<pid_t> process);

  int environments() const;  // that have not begun to end
  const FunctionConfig& function() const;
  // Begins what stop() waits for.
  void request_stop();
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace emulator
