// The execution environments of one function: starts them when they are needed, keeps them warm,
// replaces those that timed out or crashed, stops idle ones, and queues what is above the limit.
//
// Threads: any. One thread of its own for each environment (output, exit, deadline). Callbacks
// come from those or from the environment's HTTP threads.
// Lifetime: stop() kills every process group, answers everything outstanding with Cancelled and
// joins; idempotent.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "emulator/config/model.h"
#include "emulator/function/invoker.h"
#include "emulator/function/runtimes.h"

namespace emulator {

class Pool : public Invoker {
 public:
  struct Options {
    int max_environments = 10;  // 0: every invocation is Throttled
    std::size_t max_queued =
        10'000;  // invocations that wait for an environment; more are Throttled
    std::chrono::milliseconds idle_timeout{300'000};
    std::chrono::milliseconds init_timeout{
        10'000};  // AWS's init limit, docs lambda-runtime-environment.html
  };
  struct InitFailure {
    std::string error_type;  // "Runtime.ImportModuleError"
    std::string message;
  };

  Pool(FunctionConfig function, LaunchPlan plan, Options options);
  ~Pool() override;

  void invoke(InvocationRequest request, Done done) override;
  int max_concurrency() const override;

  // Starts one environment ahead of its first invocation. `done` is called once: nullopt when the
  // runtime is ready.
  void warm_up(std::function<void(std::optional<InitFailure>)> done);

  const FunctionConfig& function() const;
  void stop();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace emulator
