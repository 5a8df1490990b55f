#include "emulator/function/watchdog.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <string>
#include <system_error>
#include <vector>

#include "emulator/function/platform.h"

namespace emulator {
namespace {

// Of the process, as the watchdog is: written once by start(), before any thread exists.
std::atomic<int> socket_to_watchdog{-1};
std::atomic<pid_t> watchdog_pid{-1};

// One message: the kind and the group, of fixed size, so that a stream keeps them apart.
struct Message {
  enum class Kind : int { Watch, Forget };
  Kind kind;
  pid_t process_group;
};

void update(const Message& message, std::vector<pid_t>& groups) {
  if (message.kind == Message::Kind::Watch) {
    groups.push_back(message.process_group);
    return;
  }
  const auto found = std::find(groups.begin(), groups.end(), message.process_group);
  if (found != groups.end()) groups.erase(found);
}

// False at the end of the stream, that is of klambda.
bool receive(int fd, Message& message) {
  std::array<char, sizeof(Message)> bytes{};
  std::size_t have = 0;
  while (have < bytes.size()) {
    const auto got = ::read(fd, bytes.data() + have, bytes.size() - have);
    if (got > 0) {
      have += static_cast<std::size_t>(got);
    } else if (got == 0 || errno != EINTR) {
      return false;
    }
  }
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(&message));
  return true;
}

[[noreturn]] void guard(int fd, const sigset_t& signal_mask) {
  // Ctrl-C and a closed terminal reach every process of the terminal; the watchdog ends with
  // klambda and not before it.
  ::setsid();
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE}) ::signal(signal, SIG_IGN);
  ::sigprocmask(SIG_SETMASK, &signal_mask, nullptr);
  // Whoever reads klambda's output to its end must not wait for the watchdog.
  const int null = ::open("/dev/null", O_RDWR);
  for (int standard = 0; standard <= 2; ++standard) ::dup2(null, standard);
  platform::close_descriptors_from(3, fd);
  platform::set_thread_name("klambda-watch");

  std::vector<pid_t> groups;
  Message message{};
  while (receive(fd, message)) update(message, groups);
  for (const pid_t group : groups) ::kill(-group, SIGKILL);
  ::_exit(0);
}

void send(const Message& message) {
  const int fd = socket_to_watchdog.load(std::memory_order_relaxed);
  if (fd == -1) return;
#ifdef MSG_NOSIGNAL
  constexpr int kFlags = MSG_NOSIGNAL;
#else
  constexpr int kFlags = 0;
#endif
  // Small enough never to be split; a watchdog that somebody killed is not worth failing a launch
  // for.
  while (::send(fd, &message, sizeof message, kFlags) == -1 && errno == EINTR) {
  }
}

}  // namespace

void Watchdog::start() {
  if (watchdog_pid.load() != -1) return;
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) == -1) {
    throw std::system_error(errno, std::generic_category(), "socketpair");
  }
  platform::Fd ours(ends[0]);
  platform::Fd theirs(ends[1]);
  // A Ctrl-C in the moment between fork() and guard() must not end the watchdog: it waits, and is
  // dropped when guard() ignores it.
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t pid = ::fork();
  const int fork_error = errno;
  if (pid != 0) ::sigprocmask(SIG_SETMASK, &before, nullptr);
  if (pid == -1) throw std::system_error(fork_error, std::generic_category(), "fork");
  if (pid == 0) {
    // Our own copy of klambda's end would keep the stream open for ever; guard() closes it with all
    // others.
    guard(theirs.release(), before);
  }
  ::fcntl(ours.get(), F_SETFD, FD_CLOEXEC);
#ifdef SO_NOSIGPIPE
  const int on = 1;
  ::setsockopt(ours.get(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  socket_to_watchdog.store(ours.release());
  watchdog_pid.store(pid);
}

void Watchdog::watch(pid_t process_group) {
  send({Message::Kind::Watch, process_group});
}

void Watchdog::forget(pid_t process_group) {
  send({Message::Kind::Forget, process_group});
}

void Watchdog::stop() {
  const pid_t pid = watchdog_pid.exchange(-1);
  if (pid == -1) return;
  ::close(socket_to_watchdog.exchange(-1));
  while (::waitpid(pid, nullptr, 0) == -1 && errno == EINTR) {
  }
}

pid_t Watchdog::pid() {
  return watchdog_pid.load();
}

}  // namespace emulator
