#include "emulator/events.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace emulator {
namespace {

constexpr char kInterrupted = 'i';
constexpr char kChanged = 'c';

std::atomic<int> signal_fd{-1};  // where on_signal writes

void put(int fd, char what) {
  // A full pipe loses nothing: what is in it wakes the reader as well.
  while (::write(fd, &what, 1) < 0 && errno == EINTR) {
  }
}

void on_signal(int) {
  const int saved_errno = errno;
  if (const int fd = signal_fd.load(); fd >= 0) put(fd, kInterrupted);
  errno = saved_errno;
}

void install(int signal_number, void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  ::sigemptyset(&action.sa_mask);
  ::sigaction(signal_number, &action, nullptr);
}

}  // namespace

MainEvents::MainEvents() {
  std::array<int, 2> fds{};
  if (::pipe(fds.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int fd : fds) {
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  read_fd_ = fds[0];
  write_fd_ = fds[1];
  signal_fd = write_fd_;
  install(SIGINT, on_signal);
  install(SIGTERM, on_signal);
  install(SIGHUP, on_signal);
  install(SIGPIPE, SIG_IGN);
}

MainEvents::~MainEvents() {
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) install(number, SIG_IGN);
  signal_fd = -1;
  ::close(read_fd_);
  ::close(write_fd_);
}

void MainEvents::notify() {
  put(write_fd_, kChanged);
}

Event MainEvents::wait(std::optional<std::chrono::milliseconds> timeout) {
  pollfd descriptor{read_fd_, POLLIN, 0};
  const int timeout_ms =
      timeout ? static_cast<int>(std::clamp<long long>(timeout->count(), 0, 1'000'000'000)) : -1;
  const int ready = ::poll(&descriptor, 1, timeout_ms);
  if (ready == 0) return Event::TimedOut;
  std::array<char, 256> bytes{};
  const auto count = ::read(read_fd_, bytes.data(), bytes.size());
  if (count <= 0) return Event::Changed;  // EINTR: the caller looks again
  const std::string_view what(bytes.data(), static_cast<std::size_t>(count));
  return what.find(kInterrupted) != what.npos ? Event::Interrupted : Event::Changed;
}

}  // namespace emulator
