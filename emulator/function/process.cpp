// Boost.Process leaves vfork() out under the POSIX of 2008, where the C library still has it.
#define BOOST_POSIX_HAS_VFORK 1

#include "emulator/function/process.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/error.hpp>
#include <boost/process/exe.hpp>
#include <boost/process/extend.hpp>
#include <boost/process/io.hpp>
#include <boost/process/posix.hpp>
#include <boost/process/start_dir.hpp>
#include <cerrno>
#include <filesystem>
#include <mutex>
#include <system_error>
#include <thread>

#include "emulator/function/watchdog.h"

namespace emulator {
namespace {

namespace bp = boost::process;

constexpr std::chrono::milliseconds kEndPollInterval{
    10};  // where there is no descriptor for a process

// fork() copies the page tables of every thread's stack: with hundreds of environments that takes
// longer than a handler's start. With vfork() the child borrows klambda's memory until it runs its
// program. ThreadSanitizer makes a fork of it, and Boost.Process then misses a failed exec.
#ifdef __SANITIZE_THREAD__
constexpr struct : bp::extend::handler {
} kFork;
#else
constexpr auto& kFork = bp::posix::use_vfork;
#endif

// Boost.Process reports a failed exec through a pipe that a sibling forked at the same moment would
// inherit, and the launch would then last as long as the sibling lives: one launch at a time, in
// the whole program.
std::mutex launch_mutex;

// Names as Go's syscall package has them: AWS's messages come from there.
std::string signal_name(int signal) {
  switch (signal) {
    case SIGHUP:
      return "hangup";
    case SIGINT:
      return "interrupt";
    case SIGQUIT:
      return "quit";
    case SIGILL:
      return "illegal instruction";
    case SIGTRAP:
      return "trace/breakpoint trap";
    case SIGABRT:
      return "aborted";
    case SIGBUS:
      return "bus error";
    case SIGFPE:
      return "floating point exception";
    case SIGKILL:
      return "killed";
    case SIGUSR1:
      return "user defined signal 1";
    case SIGSEGV:
      return "segmentation fault";
    case SIGUSR2:
      return "user defined signal 2";
    case SIGPIPE:
      return "broken pipe";
    case SIGALRM:
      return "alarm clock";
    case SIGTERM:
      return "terminated";
    default:
      return "signal " + std::to_string(signal);
  }
}

// What Boost.Process would accept silently or report without its path.
std::optional<std::string> obstacle(const LaunchPlan& plan) {
  std::error_code error;
  if (!plan.executable.is_absolute())
    return "cannot start " + plan.executable.string() + ": not an absolute path";
  if (!std::filesystem::is_directory(plan.working_directory, error)) {
    return "cannot start " + plan.executable.string() + " in " + plan.working_directory.string() +
           ": no such directory";
  }
  if (::access(plan.working_directory.c_str(), X_OK) != 0) {
    return "cannot start " + plan.executable.string() + " in " + plan.working_directory.string() +
           ": " + std::generic_category().message(errno);
  }
  return std::nullopt;
}

// The block that exec takes, complete: nothing of klambda's own. Not bp::environment, whose look-up
// of a name reads beyond the end of shorter entries.
class EnvironmentBlock {
 public:
  EnvironmentBlock(const LaunchPlan& plan, const Process::Variables& extra) {
    for (const auto* variables : {&plan.environment, &extra}) {
      for (const auto& [name, value] : *variables) entries_.push_back(name + "=" + value);
    }
    for (auto& entry : entries_) pointers_.push_back(entry.data());
    pointers_.push_back(nullptr);
  }
  char** get() { return pointers_.data(); }

 private:
  std::vector<std::string> entries_;
  std::vector<char*> pointers_;
};

}  // namespace

std::string ExitStatus::text() const {
  return signalled ? "signal: " + signal_name(code) : "exit status " + std::to_string(code);
}

std::variant<std::unique_ptr<Process>, LaunchFailure> Process::launch(
    const LaunchPlan& plan, const Variables& extra, const std::function<bool()>& begin) {
  if (auto problem = obstacle(plan)) return LaunchFailure{*std::move(problem)};

  EnvironmentBlock environment(plan, extra);
  auto output = platform::make_pipe();
  platform::set_nonblocking(output.read.get());
  const int output_fd = output.write.get();
  const pid_t parent = ::getpid();

  std::error_code error;
  pid_t pid = -1;
  {
    const std::lock_guard lock(launch_mutex);
    if (begin && !begin()) return LaunchFailure{"klambda is stopping", true};
    bp::child child(
        bp::exe = plan.executable.string(), bp::args = plan.arguments,
        bp::start_dir = plan.working_directory.string(), bp::std_in < bp::null, error, kFork,
        bp::extend::on_setup = [&environment](auto& executor) { executor.env = environment.get(); },
        bp::extend::on_exec_setup =
            [output_fd, parent](auto& /*executor*/) {
              ::dup2(output_fd, STDOUT_FILENO);
              ::dup2(output_fd, STDERR_FILENO);
              platform::prepare_child(parent);
            });
    if (!error) {
      pid = child.id();
      Watchdog::watch(pid);
    }
    child.detach();  // its destructor would kill; this class waits and kills by itself
  }
  if (error)
    return LaunchFailure{"cannot start " + plan.executable.string() + ": " + error.message()};
  return std::unique_ptr<Process>(new Process(pid, std::move(output.read)));
}

Process::Process(pid_t pid, platform::Fd output)
    : pid_(pid),
      output_(std::move(output)),
      process_fd_(platform::open_process(pid)),
      status_fd_(platform::open_memory_status(pid)) {}

Process::Process(pid_t attached)
    : pid_(attached),
      is_ours_(false),
      process_fd_(attached == 0 ? platform::Fd() : platform::open_process(attached)),
      status_fd_(attached == 0 ? platform::Fd() : platform::open_memory_status(attached)) {}

std::unique_ptr<Process> Process::attach(std::optional<pid_t> pid) {
  return std::unique_ptr<Process>(new Process(pid.value_or(0)));
}

Process::~Process() {
  kill_group();
  reap();
}

bool Process::has_ended() const {
  if (exit_) return true;
  if (!is_ours_) {  // a parent of its own reaps it
    pollfd end{process_fd_.get(), POLLIN, 0};
    return pid_ != 0 && (end.fd == -1 ? ::kill(pid_, 0) != 0 : ::poll(&end, 1, 0) > 0);
  }
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

void Process::terminate_group() {
  if (!exit_ && is_ours_) ::kill(-pid_, SIGTERM);
}

void Process::signal_group(int signal) {
  if (!exit_ && is_ours_) ::kill(-pid_, signal);
}

void Process::kill_group() {
  // An unreaped leader keeps the group's number from being given to somebody else.
  if (!exit_ && is_ours_) ::kill(-pid_, SIGKILL);
}

ExitStatus Process::reap() {
  if (exit_) return *exit_;
  if (!is_ours_) return *(exit_ = ExitStatus());
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) == -1 &&
         errno == EINTR) {
  }
  kill_group();
  Watchdog::forget(pid_);
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) == -1 && errno == EINTR) {
  }
  ExitStatus exit;
  exit.signalled = WIFSIGNALED(status);
  exit.code = exit.signalled ? WTERMSIG(status) : WEXITSTATUS(status);
  exit.peak_memory_kb = platform::peak_memory_kb(usage.ru_maxrss);
  // Only where nothing was sampled: on Linux this figure starts at the launching process's own.
  if (peak_memory_kb_ == 0) peak_memory_kb_ = exit.peak_memory_kb;
  exit_ = exit;
  return exit;
}

int Process::sample_peak_memory_kb() {
  if (!exit_ && status_fd_.get() != -1) {
    peak_memory_kb_ = std::max(peak_memory_kb_, platform::read_peak_memory_kb(status_fd_.get()));
  }
  return peak_memory_kb_;
}

ToolResult run_tool(const LaunchPlan& plan, std::chrono::seconds limit) {
  auto launched = Process::launch(plan, {});
  if (auto* failure = std::get_if<LaunchFailure>(&launched))
    return {std::nullopt, std::move(failure->message)};
  auto& process = *std::get<std::unique_ptr<Process>>(launched);

  ToolResult result;
  std::array<char, 4096> buffer{};
  const auto read_all = [&] {
    for (;;) {
      const auto got = ::read(process.output_fd(), buffer.data(), buffer.size());
      if (got <= 0) return;
      result.output.append(buffer.data(), static_cast<std::size_t>(got));
    }
  };
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (!process.has_ended()) {
    if (std::chrono::steady_clock::now() >= deadline) {
      process.kill_group();
      process.reap();
      read_all();
      return result;
    }
    std::array<pollfd, 2> fds{{{process.output_fd(), POLLIN, 0}, {process.exit_fd(), POLLIN, 0}}};
    ::poll(fds.data(), fds.size(), static_cast<int>(kEndPollInterval.count()));
    // A program that closed its output would make poll() return at once until it ends.
    if ((fds[0].revents & POLLHUP) != 0) std::this_thread::sleep_for(kEndPollInterval);
    read_all();
  }
  result.exit = process.reap();
  read_all();
  return result;
}

}  // namespace emulator
