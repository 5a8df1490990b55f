// What the files of Pool share: its environments, its queue, and who is idle.
#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "emulator/function/environment.h"
#include "emulator/function/environment_tmp.h"
#include "emulator/function/pool.h"

namespace emulator {

class Pool::Impl final : public EnvironmentOwner {
 public:
  Impl(FunctionConfig function, MakePlan make_plan, Options options)
      : function_(std::move(function)),
        options_(options),
        per_environment_(
            function_.managed_instances
                ? static_cast<std::size_t>(function_.managed_instances->max_concurrency)
                : 1),
        make_plan_(std::move(make_plan)) {}

  enum class Place { Front, Back };
  static constexpr const char* kNoThread =
      "cannot start an execution environment: the system has no thread or descriptor left";

  void enqueue(Work work, Place place);
  void warm_up(Environment::WarmUpDone done);
  std::shared_ptr<AttachedEnvironment> attach(std::optional<pid_t> process);
  int environments() const;
  void request_stop();
  void stop();

  const LaunchPlan& plan() override;
  EnvironmentTmps& tmps() override { return tmps_; }
  void became_ready(Environment& environment) override;
  void became_free(Environment& environment) override { hand_out(environment); }
  void settled() override;
  void take_back(Work work) override;
  bool retire_idle(Environment& environment) override;
  std::optional<Work> next_waiting() override;
  void repeat_init(Environment& environment, Work work) override;
  void ended(Environment& environment) override;

  const FunctionConfig function_;
  const Options options_;
  const std::size_t per_environment_;  // invocations at a time

 private:
  using Shared = std::shared_ptr<Environment>;
  struct Slot {
    Shared environment;
    bool starting = true;
    bool attached = false;
  };
  // The last used is the first taken, so that surplus ones expire. One of managed instances stands
  // here as often as it can be run.
  using Idle = std::vector<Shared>;
  void hand_out(Environment& environment);

  // under mutex_
  bool start_environment(std::optional<Work>& bound, Environment::WarmUpDone warm_up_done);
  std::vector<Work> start_what_is_needed();
  std::size_t arriving() const;
  void rely_on_expected();
  std::size_t coming() const;
  std::size_t own() const { return slots_.size() - attached_; }
  void remove(Environment& environment);

  static void answer(Work work, Outcome::Kind kind, std::string text = {});
  static void refuse(std::vector<Work> unserved);

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

}  // namespace emulator
