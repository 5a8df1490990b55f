// One handler process in a process group of its own, with standard output and standard error on
// one pipe. The only Boost.Process code of the project stands in process.cpp.
//
// Threads: launch() by a thread that lives until the process is reaped (the process dies with
// it); the rest by the owner, kill_group() and sample_peak_memory() by whoever holds the owner's
// lock.
// Lifetime: the destructor kills what is left of the group and reaps.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/function/platform.h"
#include "emulator/function/runtimes.h"

namespace emulator {

struct ExitStatus {
  bool signalled = false;
  int code = 0;            // exit status, or the signal's number
  int peak_memory_kb = 0;  // of the process and the children that it waited for

  // "exit status 1", "signal: killed": the words of Go's runtime, which AWS uses.
  std::string text() const;
};

struct LaunchFailure {
  std::string message;    // one line: what could not be started, from where, and why
  bool given_up = false;  // its turn came, and it was not wanted any more
};

class Process {
 public:
  using Variables = std::vector<std::pair<std::string, std::string>>;

  // `extra` is added to the plan's environment. Returns once the program runs (exec succeeded).
  // Launches wait for one another: `begin`, which may be empty, is called when it is this one's
  // turn, and false gives it up.
  static std::variant<std::unique_ptr<Process>, LaunchFailure> launch(
      const LaunchPlan& plan, const Variables& extra, const std::function<bool()>& begin = {});

  // One that somebody else started, and ends; nullopt: it is not known which, and never seen to
  // end.
  static std::unique_ptr<Process> attach(std::optional<pid_t> pid);

  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }
  int output_fd() const { return output_.get(); }  // non-blocking
  int exit_fd() const {
    return process_fd_.get();
  }  // readable after the end; -1: the system has none, use has_ended()

  // Neither has exit_fd() a descriptor, nor is it somebody else's that is not known.
  bool end_must_be_asked_for() const { return process_fd_.get() == -1 && pid_ != 0; }

  bool has_ended() const;
  void terminate_group();  // asks: SIGTERM
  // SIGSTOP, SIGCONT
  void signal_group(int signal);
  void kill_group();
  // Waits for the leader's end, kills the rest of its group and reaps it. Once; later calls return
  // the same.
  ExitStatus reap();
  // Kilobytes; the last known value once the process has ended.
  int sample_peak_memory_kb();

 private:
  Process(pid_t pid, platform::Fd output);
  explicit Process(pid_t attached);

  const pid_t pid_;  // 0: not known
  const bool is_ours_ = true;
  platform::Fd output_;
  platform::Fd process_fd_;
  platform::Fd status_fd_;
  int peak_memory_kb_ = 0;
  std::optional<ExitStatus> exit_;
};

// A helper program (an interpreter's probe, pip): runs it to its end, for at most `limit`.
struct ToolResult {
  std::optional<ExitStatus> exit;  // empty: not started, or killed at the limit
  std::string output;              // both streams; the reason when it was not started
  bool succeeded() const { return exit && !exit->signalled && exit->code == 0; }
};
ToolResult run_tool(const LaunchPlan& plan, std::chrono::seconds limit);

}  // namespace emulator
