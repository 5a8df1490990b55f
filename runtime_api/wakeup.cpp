#include "runtime_api/wakeup.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#ifdef __linux__
#include <sys/eventfd.h>
#endif

namespace runtime_api {

Wakeup::Wakeup() {
#ifdef __linux__
  read_fd_ = write_fd_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (read_fd_ < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
#else
  int ends[2];
  if (::pipe(ends) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int end : ends) {
    ::fcntl(end, F_SETFD, FD_CLOEXEC);
    ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
  read_fd_ = ends[0];
  write_fd_ = ends[1];
#endif
}

Wakeup::~Wakeup() {
  ::close(read_fd_);
  if (write_fd_ != read_fd_) ::close(write_fd_);
}

void Wakeup::signal() const {
  // Eight bytes are what an eventfd takes; a full pipe is readable already, so a failed write
  // changes nothing.
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = ::write(write_fd_, &one, sizeof one);
}

void Wakeup::clear() const {
#ifdef __linux__
  std::uint64_t count = 0;
  [[maybe_unused]] const auto got = ::read(read_fd_, &count, sizeof count);
#else
  char bytes[256];
  while (::read(read_fd_, bytes, sizeof bytes) > 0) {
  }
#endif
}

}  // namespace runtime_api
