#include "emulator/function/platform.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

#ifdef __linux__
#include <linux/close_range.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

namespace emulator::platform {
namespace {

[[noreturn]] void fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

// Of a thousand environments with room to spare; whoever has no limit gets this one.
constexpr rlim_t kDescriptorsMax = 1u << 20;

// Written once, before the first launch.
rlimit descriptors_at_start{0, 0};

#ifndef __linux__
void close_on_exec(int fd) {
  if (::fcntl(fd, F_SETFD, FD_CLOEXEC) == -1) fail("fcntl(F_SETFD)");
}
#endif

}  // namespace

Fd& Fd::operator=(Fd&& other) noexcept {
  if (this != &other) {
    if (fd_ != -1) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

Fd::~Fd() {
  if (fd_ != -1) ::close(fd_);
}

int Fd::release() {
  return std::exchange(fd_, -1);
}

PipeEnds make_pipe() {
  std::array<int, 2> ends{};
#ifdef __linux__
  if (::pipe2(ends.data(), O_CLOEXEC) == -1) fail("pipe2");
  return {Fd(ends[0]), Fd(ends[1])};
#else
  if (::pipe(ends.data()) == -1) fail("pipe");
  PipeEnds made{Fd(ends[0]), Fd(ends[1])};
  close_on_exec(made.read.get());
  close_on_exec(made.write.get());
  return made;
#endif
}

void set_nonblocking(int fd) {
  const int flags = ::fcntl(fd, F_GETFL);
  if (flags == -1 || ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) fail("fcntl(O_NONBLOCK)");
}

Wakeup::Wakeup() {
#ifdef __linux__
  read_ = Fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (read_.get() == -1) fail("eventfd");
#else
  auto ends = make_pipe();
  set_nonblocking(ends.read.get());
  set_nonblocking(ends.write.get());
  read_ = std::move(ends.read);
  write_ = std::move(ends.write);
#endif
}

void Wakeup::notify() {
  const std::uint64_t one = 1;
  const int fd = write_.get() != -1 ? write_.get() : read_.get();
  // A full counter or pipe is as readable as can be, so a failed write loses nothing.
  [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

void Wakeup::drain() {
  std::array<char, 64> ignored{};
  while (::read(read_.get(), ignored.data(), ignored.size()) ==
         static_cast<ssize_t>(ignored.size())) {
  }
}

Fd open_process([[maybe_unused]] pid_t pid) {
#ifdef SYS_pidfd_open
  // By number: glibc 2.36 has a wrapper, older ones do not. The descriptor closes on exec by
  // itself.
  return Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
#else
  return Fd();
#endif
}

void raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  descriptors_at_start = limit;
  limit.rlim_cur = std::min(limit.rlim_max, kDescriptorsMax);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void prepare_child([[maybe_unused]] pid_t parent) noexcept {
  ::setpgid(0, 0);
  if (descriptors_at_start.rlim_max != 0) ::setrlimit(RLIMIT_NOFILE, &descriptors_at_start);
  // First the actions: the child may still share klambda's memory, where its handlers would run.
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD})
    ::signal(signal, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
#ifdef __linux__
  // SIGKILL when the launching thread ends. The launcher may have died before this call was made.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  // Marking instead of closing leaves the pipe on which a failed exec is reported open until exec.
  ::syscall(SYS_close_range, 3u, ~0u, static_cast<unsigned>(CLOSE_RANGE_CLOEXEC));
#else
  const long limit = ::sysconf(_SC_OPEN_MAX);
  for (int fd = 3; fd < (limit > 0 ? limit : 1024); ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
#endif
}

void close_descriptors_from(int first, int except) noexcept {
#ifdef __linux__
  const auto from = static_cast<unsigned>(first);
  const auto kept = static_cast<unsigned>(except);
  if (kept > from) ::syscall(SYS_close_range, from, kept - 1, 0u);
  ::syscall(SYS_close_range, std::max(kept + 1, from), ~0u, 0u);
#else
  const long limit = ::sysconf(_SC_OPEN_MAX);
  for (int fd = first; fd < (limit > 0 ? limit : 1024); ++fd) {
    if (fd != except) ::close(fd);
  }
#endif
}

void set_thread_name([[maybe_unused]] std::string_view name) {
#ifdef __linux__
  const std::string cut(name.substr(0, 15));  // the kernel's limit without the final zero
  ::pthread_setname_np(::pthread_self(), cut.c_str());
#elif defined(__APPLE__)
  ::pthread_setname_np(std::string(name.substr(0, 63)).c_str());
#endif
}

Fd open_memory_status([[maybe_unused]] pid_t pid) {
#ifdef __linux__
  const std::string path = "/proc/" + std::to_string(pid) + "/status";
  return Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
#else
  return Fd();
#endif
}

int read_peak_memory_kb(int status_fd) {
  std::array<char, 4096> text{};
  const auto got = ::pread(status_fd, text.data(), text.size() - 1, 0);
  if (got <= 0) return 0;
  const std::string_view view(text.data(), static_cast<std::size_t>(got));
  constexpr std::string_view kKey = "VmHWM:";
  const auto at = view.find(kKey);
  if (at == std::string_view::npos) return 0;
  return static_cast<int>(std::strtol(text.data() + at + kKey.size(), nullptr, 10));
}

int peak_memory_kb(long ru_maxrss) {
#ifdef __APPLE__
  return static_cast<int>(ru_maxrss / 1024);
#else
  return static_cast<int>(ru_maxrss);
#endif
}

}  // namespace emulator::platform
