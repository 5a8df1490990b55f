// One execution environment: a session, its Runtime API listener, the handler's process, and one
// thread that launches the process, reads its output, enforces its limits and reaps it.
//
// States: Starting -> Idle <-> Busy -> Ending; Starting and Idle may go to Ending too. Idle means
// free to be offered an invocation, even before the runtime has asked for the next event.
// Threads: the environment thread runs main(). The runtime's requests arrive on HTTP threads as
// the session's callbacks: the answer is passed on there, so that a warm invocation wakes no
// thread of this class. run() is called by whoever has an invocation; START is printed there if
// the runtime waits already, else on the HTTP thread of its next request. One
// lock guards the invocation and the output; the owner and callers are never called under it.
// Lifetime: from start() until join(); the owner outlives it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "emulator/config/model.h"
#include "emulator/function/invoker.h"
#include "emulator/function/output_log.h"
#include "emulator/function/platform.h"
#include "emulator/function/pool.h"
#include "emulator/function/process.h"
#include "emulator/function/report.h"
#include "emulator/function/runtimes.h"
#include "runtime_api/runtime_api.h"
#include "runtime_api/session.h"

namespace emulator {

// An invocation with the one who waits for it.
struct Work {
  InvocationRequest request;
  Invoker::Done done;
  int withdrawals = 0;  // how often an environment ended before it took this
};

class Environment;

// What an environment needs of its pool. Called from the environment's thread and from HTTP
// threads, without locks held.
class EnvironmentOwner {
 public:
  virtual ~EnvironmentOwner() = default;

  virtual void became_ready(
      Environment& environment) = 0;  // once, with the runtime's first /next; it is free then
  virtual void became_free(Environment& environment) = 0;  // it has answered
  // The environment ended without having taken this: somebody else shall.
  virtual void take_back(Work work) = 0;
  // True: nobody will offer it anything any more.
  virtual bool retire_idle(Environment& environment) = 0;
  // The first waiting invocation, to be answered with why this environment could not start.
  virtual std::optional<Work> next_waiting() = 0;
  // Another environment whose init is part of this invocation takes this one's place.
  virtual void repeat_init(Environment& environment, Work work) = 0;
  virtual void ended(
      Environment& environment) = 0;  // the last call: process reaped, HTTP threads joined
};

class Environment {
 public:
  using WarmUpDone = std::function<void(std::optional<Pool::InitFailure>)>;

  // Constants of the function; outlive the environment.
  struct Settings {
    const FunctionConfig& function;
    const LaunchPlan& plan;
    const Pool::Options& options;
  };

  // `bound`: init is part of this invocation and under its timeout, since an earlier init took too
  // long.
  Environment(Settings settings, EnvironmentOwner& owner, std::optional<Work> bound,
              WarmUpDone warm_up_done);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  void start();
  // Only when free. Goes back to the owner if the environment is ending.
  void run(Work work);
  void request_stop();
  void join();

 private:
  using Clock = std::chrono::steady_clock;

  enum class State { Starting, Idle, Busy, Ending };
  // Why it ends. Stuck: the runtime answered but never asked for the next event, which waited for
  // its timeout's length.
  enum class End {
    None,
    Stop,
    Expired,
    Exited,
    InitError,
    InitTimeout,
    Timeout,
    Stuck,
    LaunchFailed
  };

  struct Active {
    std::string request_id;
    Invoker::Done done;
    int withdrawals = 0;
    bool taken = false;       // by the runtime
    bool started = false;     // START is printed, the duration counts: before it is taken when the
                              // init is repeated
    Clock::time_point since;  // of the offer, then of the start
    Clock::time_point deadline;  // of what it waits for: being taken, then its answer
  };
  struct Finished {  // what is left to say after the lock is released
    Invoker::Done done;
    Outcome outcome;
  };

  // environment thread
  void main();
  bool launch();
  End supervise();
  void wait(Clock::time_point wake);
  void finish(End end);
  void finish_init(End end, const ExitStatus& exit);
  void answer_init_failure(End end, const Pool::InitFailure& failure, Work work);
  std::optional<Finished> end_active(End end, const ExitStatus& exit);

  // HTTP threads
  void on_ready();
  void on_taken(const runtime_api::Invocation& invocation);
  void on_answered(const std::string& request_id, runtime_api::Answer answer);
  void on_init_error(runtime_api::InitError error);

  // under mutex_
  End look(Clock::time_point now, Clock::time_point& wake);
  void offer(Work work, std::chrono::milliseconds timeout);
  void print_start(const std::string& request_id);
  void drain();
  Finished conclude(Outcome outcome, ReportStatus status);
  void print_report(const std::string& request_id, std::chrono::microseconds duration,
                    ReportStatus status, std::string_view error_type);
  std::optional<Work> withdraw();
  void warn(std::string_view request_id, std::string_view what) const;

  // constant after construction
  const FunctionConfig& function_;
  const LaunchPlan& plan_;
  const Pool::Options& options_;
  EnvironmentOwner& owner_;
  const bool repeats_init_;
  const std::string arn_;
  platform::Wakeup wakeup_;

  // owned by the environment thread
  std::thread thread_;
  std::unique_ptr<runtime_api::RuntimeApi> api_;
  std::string launch_failure_;

  std::mutex mutex_;
  // guarded by mutex_
  State state_ = State::Starting;
  bool stop_requested_ = false;
  bool output_open_ = true;
  std::unique_ptr<Process> process_;  // set once, by launch()
  OutputLog output_;
  std::optional<Active> active_;
  std::optional<Work> bound_;  // waits for the repeated init
  WarmUpDone warm_up_done_;
  std::optional<runtime_api::InitError> init_error_;
  Clock::time_point init_error_at_;
  Clock::time_point launched_;
  Clock::time_point idle_since_;
  std::optional<std::chrono::microseconds> init_duration_;  // until the first REPORT has named it
  int peak_memory_kb_ = 0;
  Clock::time_point memory_sampled_;

  runtime_api::Session session_;  // last: its callbacks use all of the above
};

}  // namespace emulator
