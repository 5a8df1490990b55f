// One execution environment: a session, its Runtime API listener, the handler's process, those of
// external extensions, and one thread that launches the processes, reads their output, enforces
// limits and reaps them.
//
// States: Starting -> Idle <-> Busy -> Ending; Starting and Idle may go to Ending too. Idle means
// free to be offered an invocation, even before the runtime has asked for the next event; but while
// extensions have a part in an invocation, or somebody gets its telemetry, it is busy until they
// and the runtime have asked for the next event (`closing_`).
// One of managed instances has several invocations at a time: it is busy while it has any, and free
// as often as its session has room.
// Threads: the environment thread runs main(). The runtime's requests arrive on HTTP threads as
// the session's callbacks: the answer is passed on there, so that a warm invocation wakes no
// thread of this class. run() is called by whoever has an invocation; START is printed there if
// the runtime waits already, else on the HTTP thread of its next request. One
// lock guards the invocation and the output; the owner and callers are never called under it.
// Lifetime: from start() until join(); the owner outlives it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/function/debugger.h"
#include "emulator/function/environment_tmp.h"
#include "emulator/function/extension_processes.h"
#include "emulator/function/invoker.h"
#include "emulator/function/output_log.h"
#include "emulator/function/platform.h"
#include "emulator/function/platform_event.h"
#include "emulator/function/pool.h"
#include "emulator/function/process.h"
#include "emulator/function/runtimes.h"
#include "runtime_api/concurrent_session.h"
#include "runtime_api/extension_routes.h"
#include "runtime_api/extensions.h"
#include "runtime_api/runtime_api.h"
#include "runtime_api/runtime_session.h"
#include "runtime_api/session.h"
#include "runtime_api/telemetry.h"
#include "runtime_api/telemetry_routes.h"

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

  // How the process is started; outlives the environment. Throws ConfigError.
  virtual const LaunchPlan& plan() = 0;
  virtual EnvironmentTmps& tmps() = 0;
  virtual void became_ready(
      Environment& environment) = 0;  // once, with the runtime's first /next; it is free then
  // It has answered; one of managed instances: can take one more invocation. One run() follows each
  // such call, and became_ready(), at most.
  virtual void became_free(Environment& environment) = 0;
  virtual void settled() = 0;  // what it expected() has not come
  // The environment ended without having taken this: somebody else shall.
  virtual void take_back(Work work) = 0;
  // True: it was idle, and nobody will offer it anything any more.
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

  // Of an environment for a process that is there already; nullopt: it is not known which.
  struct AttachedProcess {
    std::optional<pid_t> pid;
  };
  // The references are constants of the function and outlive the environment.
  struct Settings {
    const FunctionConfig& function;
    const Pool::Options& options;
    std::optional<AttachedProcess> attached{};
  };

  // `bound`: init is part of this invocation and under its timeout, since an earlier init took too
  // long.
  Environment(Settings settings, EnvironmentOwner& owner, std::optional<Work> bound,
              WarmUpDone warm_up_done);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  void start();
  // Only when free. Goes back to the owner if the environment is ending, or has no room after all.
  void run(Work work);
  void request_stop();
  void join();

  // Of the Runtime API, once it listens; 0: it never will.
  std::uint16_t await_port() const { return port_.get(); }
  bool has_ended() const { return ending_; }  // or is about to
  // Invocations that it will be free for in a moment: when the work that follows an answer is over,
  // or with the next workers of managed instances. Any thread.
  int expected() const { return expected_; }
  void rely_on_expected();  // somebody waits for that, and is to be told when it does not come
  void arrived();           // what was expected() is with the owner now, who calls this

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
    LaunchFailed,
    ExtensionFailed,
    OutOfMemory
  };

  struct Active {
    std::string request_id;
    std::optional<platform_event::Tracing> tracing;
    Invoker::Done done;
    int withdrawals = 0;
    bool taken = false;       // by the runtime
    bool started = false;     // START is printed, the duration counts: before it is taken when the
                              // init is repeated
    Clock::time_point since;  // of the offer, then of the start
    Clock::time_point deadline;        // of what it waits for: being taken, then its answer
    bool extensions_owe = false;       // some that got INVOKE have not asked for the next event
    std::uint64_t streamed_bytes = 0;  // of the response, that went to the caller's sink
    bool held = false;                 // its deadline has been put off for a debugger
  };
  // An invocation whose caller has its answer, while the runtime or extensions still work on it.
  struct Closing {
    platform_event::RuntimeDone done;
    Clock::time_point since;
    Clock::time_point answered;
    Clock::time_point deadline;
    std::optional<Clock::time_point> runtime_asked;  // for the next event
    bool extensions_took_part = false;
    bool extensions_owe = false;
  };
  struct ExtensionFailure {
    std::string error_type;
    std::string message;
  };
  struct Finished {  // what is left to say after the lock is released
    Invoker::Done done;
    Outcome outcome;
  };

  // environment thread
  void main();
  End launch();
  End launch_extensions(const std::vector<ExtensionFile>& files);
  End launch_runtime();
  End attach();
  std::unique_ptr<runtime_api::RuntimeApi> open_runtime_api();
  bool begin_launch();
  End supervise();
  End look_at_ends();
  bool retire();
  void wait(Clock::time_point wake);
  void drain_extensions();
  End check_memory(Clock::time_point now, Clock::time_point& wake);
  void check_tmp(Clock::time_point now, Clock::time_point& wake);
  void take_tmp();
  void give_up_tmp(End end);
  void finish(End end);
  void finish_alone(End end);
  void finish_with_extensions(End end);
  void cut_off_answers();
  void answer_what_is_left(End end, const ExitStatus& exit);
  void end_runtime(Clock::time_point until);
  void shut_down_extensions(End end, Clock::time_point until);
  void wait_until(const std::function<bool()>& over, Clock::time_point until);
  void finish_init(End end, const ExitStatus& exit);
  std::string late_extensions() const;
  void answer_init_failure(End end, const Pool::InitFailure& failure, Work work);
  Finished end_active(Active& active, End end, const ExitStatus& exit);
  void end_closing(End end);
  void look_at_workers(Clock::time_point now, Clock::time_point& wake);
  void answer_overdue(Clock::time_point now);
  void answer_overdue(const std::string& request_id);
  void settle_workers(Clock::time_point now, Clock::time_point& wake);
  void settle_closing(Clock::time_point now, Clock::time_point& wake);

  // HTTP threads
  void on_ready();
  void complete_init();
  void on_taken(const runtime_api::Invocation& invocation);
  void on_answered(const std::string& request_id, runtime_api::Answer answer);
  void on_asked();
  void tell_free(int times);
  void on_init_error(runtime_api::InitError error);
  void on_extensions_registered();
  void on_extensions_done();
  void on_extension_failed(const runtime_api::ExtensionFailure& failure);
  void on_subscribed(const std::string& extension,
                     const runtime_api::TelemetrySubscription& subscription);
  void on_dropped(const std::string& extension, const runtime_api::TelemetryDrop& drop);

  runtime_api::SessionEvents session_events();
  runtime_api::RuntimeSession& open_session();
  runtime_api::ExtensionsEvents extensions_events();
  runtime_api::TelemetryEvents telemetry_events();
  static platform_event::LogsDropped logs_dropped(const runtime_api::TelemetryDrop& drop);

  // under mutex_
  End look(Clock::time_point now, Clock::time_point& wake);
  End look_at_invocation(Clock::time_point now, Clock::time_point& wake);
  Clock::time_point next_deadline(Clock::time_point now) const;
  void hold_deadline(Clock::time_point now);
  void offer(Work work, std::chrono::milliseconds timeout);
  // What the platform says goes to the log and to those who get telemetry.
  void emit(const PlatformEvent& event);
  platform_event::InitializationType init_type() const;
  platform_event::Phase init_phase() const;
  void emit_init_start();
  void emit_init_runtime_done(platform_event::Status status, std::string_view error_type);
  void emit_init_report(platform_event::Status status, std::chrono::microseconds duration,
                        std::string_view error_type);
  void emit_start(platform_event::Start start);
  void drain();
  void sample_memory();
  Active* find_active(std::string_view request_id);
  void erase(const Active& active);
  platform_event::RuntimeDone runtime_done(Active& active, const Outcome& outcome,
                                           platform_event::Status status);
  Finished conclude(Active& active, Outcome outcome, platform_event::Status status,
                    std::optional<Clock::time_point> answer_began = std::nullopt);
  Finished answer_early(Active& active, Outcome outcome, platform_event::Status status,
                        Clock::time_point answer_began);
  bool close_invocation();  // true: the environment is free now
  bool become_idle();       // the same
  bool wears_out() const;   // with the invocation that it has
  int free_after_answer();  // how often the owner is to be told so
  int grant_room();         // the same
  void freeze();
  void thaw();
  void emit_runtime_done(platform_event::RuntimeDone& done, Clock::time_point asked);
  platform_event::Report report_of(const platform_event::RuntimeDone& done) const;
  void complete(platform_event::Report& report);
  void emit_report(platform_event::Report report);
  void emit_fault(End end, std::string_view request_id);
  std::optional<Work> withdraw(Active& active);
  void warn(std::string_view request_id, std::string_view what) const;

  // constant after construction
  const FunctionConfig& function_;
  const Pool::Options& options_;
  EnvironmentOwner& owner_;
  const bool repeats_init_;
  const std::optional<AttachedProcess> attached_;
  const bool managed_;         // several invocations at a time
  const int max_concurrency_;  // 1 unless managed_
  const std::chrono::milliseconds init_limit_;
  const std::string arn_;
  platform::Wakeup wakeup_;

  // owned by the environment thread
  std::thread thread_;
  std::unique_ptr<runtime_api::RuntimeApi> api_;
  std::optional<LaunchPlan> plan_;
  std::filesystem::path tmp_;  // empty: none of its own
  bool tmp_too_large_ = false;
  Clock::time_point tmp_checked_;
  Clock::time_point memory_checked_;
  ExtensionProcesses extension_processes_;
  std::string launch_failure_;
  std::promise<std::uint16_t> port_promise_;
  std::optional<DebuggerWatch> debugger_;
  Clock::time_point debugger_seen_;

  const std::shared_future<std::uint16_t> port_{port_promise_.get_future()};
  std::atomic<bool> ending_{false};
  std::atomic<int> expected_{0};
  std::atomic<bool> relied_on_{false};

  std::mutex mutex_;
  // guarded by mutex_
  State state_ = State::Starting;
  bool stop_requested_ = false;
  bool output_open_ = true;
  bool launch_begun_ = false;       // of the first process
  bool was_ready_ = false;          // its init is over
  bool runtime_init_done_ = false;  // the runtime has asked for its first event
  bool runtime_may_start_ = false;  // every external extension has registered
  bool runtime_reaped_ = false;
  bool frozen_ = false;  // --freeze: stopped until it is offered the next invocation
  bool worn_ = false;    // --cold: has served all that it may
  int served_ = 0;
  std::unique_ptr<Process> process_;  // set once, by launch_runtime()
  OutputLog output_;
  std::vector<Active> active_;      // the oldest first; unless managed_ one at most
  std::optional<Closing> closing_;  // never of managed_
  std::optional<Work> bound_;       // waits for the repeated init
  WarmUpDone warm_up_done_;
  std::optional<runtime_api::InitError> init_error_;
  Clock::time_point init_error_at_;
  std::optional<ExtensionFailure> extension_failure_;
  Clock::time_point extension_failed_at_;
  Clock::time_point launched_;
  Clock::time_point idle_since_;
  std::optional<std::chrono::microseconds> init_duration_;  // until the first REPORT has named it
  int peak_memory_kb_ = 0;
  Clock::time_point memory_sampled_;
  // of managed_
  int granted_ = 0;  // calls of run() that the owner may still make
  int workers_seen_ = 0;
  bool workers_settled_ = false;
  Clock::time_point ready_at_;

  // last: their callbacks use all of the above
  runtime_api::Telemetry telemetry_;
  runtime_api::Extensions extensions_;
  std::optional<runtime_api::Session> single_;
  std::optional<runtime_api::ConcurrentSession> concurrent_;  // of managed_
  runtime_api::RuntimeSession& session_;                      // the one of the two
  runtime_api::ExtensionRoutes extension_routes_{extensions_};
  runtime_api::TelemetryRoutes telemetry_routes_{extensions_, telemetry_};
};

}  // namespace emulator
