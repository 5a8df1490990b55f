#include "runtime_api/socket.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <string>
#include <system_error>

namespace runtime_api {
namespace {

constexpr int kBacklog = 1024;  // connections; the system caps it (SOMAXCONN)

#ifdef MSG_NOSIGNAL
constexpr int kNoSignal = MSG_NOSIGNAL;
#else
constexpr int kNoSignal = 0;       // SO_NOSIGPIPE instead, set on accept
#endif

#ifdef POLLRDHUP
constexpr short kHangup = POLLRDHUP;
#else
constexpr short kHangup = POLLIN;  // the end shows as readable with nothing to read
#endif

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

int new_socket(int family) {
#ifdef SOCK_CLOEXEC
  return ::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
#else
  const int fd = ::socket(family, SOCK_STREAM, 0);
  if (fd >= 0) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
#endif
}

struct Address {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  int family = AF_INET;
};

// A numeric address needs no resolver, which would load libraries and read files.
bool parse_numeric(const std::string& text, std::uint16_t port, Address& out) {
  sockaddr_in v4{};
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&out.bytes, &v4, sizeof v4);
    out.size = sizeof v4;
    return true;
  }
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&out.bytes, &v6, sizeof v6);
    out.size = sizeof v6;
    out.family = AF_INET6;
    return true;
  }
  return false;
}

Address resolve(const std::string& text, std::uint16_t port) {
  Address address;
  if (parse_numeric(text, port, address)) return address;
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(text.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    throw std::system_error(std::make_error_code(std::errc::address_not_available),
                            "cannot listen on " + text + ": " + ::gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> owner(found, ::freeaddrinfo);
  std::memcpy(&address.bytes, found->ai_addr, found->ai_addrlen);
  address.size = found->ai_addrlen;
  address.family = found->ai_family;
  return address;
}

const sockaddr* generic(const sockaddr_storage& storage) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&storage));
}

sockaddr* generic(sockaddr_storage& storage) {
  return static_cast<sockaddr*>(static_cast<void*>(&storage));
}

// Rounded up, so that a wait never ends just before its deadline and turns in circles.
int poll_timeout(const Deadline& deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now());
  return static_cast<int>(std::clamp<long long>(left.count(), 0, INT_MAX));
}

// Number of ready descriptors; 0: the deadline is over.
int poll_until(pollfd* fds, nfds_t count, const Deadline& deadline) {
  for (;;) {
    const int ready = ::poll(fds, count, poll_timeout(deadline));
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

ssize_t receive_with(int fd, void* data, std::size_t size, int flags, const Deadline& deadline) {
  for (;;) {
    // Without a deadline one blocking call is all it takes.
    const ssize_t got = ::recv(fd, data, size, flags | (deadline ? MSG_DONTWAIT : 0));
    if (got >= 0) return got;
    if (errno == EINTR) continue;
    if (!deadline || (errno != EAGAIN && errno != EWOULDBLOCK)) return -1;
    pollfd readable{fd, POLLIN, 0};
    if (poll_until(&readable, 1, deadline) == 0) {
      errno = ETIMEDOUT;
      return -1;
    }
  }
}

void advance(msghdr& message, std::size_t bytes) {
  while (message.msg_iovlen > 0 && bytes >= message.msg_iov->iov_len) {
    bytes -= message.msg_iov->iov_len;
    ++message.msg_iov;
    --message.msg_iovlen;
  }
  if (message.msg_iovlen > 0) {
    message.msg_iov->iov_base = static_cast<char*>(message.msg_iov->iov_base) + bytes;
    message.msg_iov->iov_len -= bytes;
  }
}

// Whether what poll(2) found on a socket is bytes to read, and not its end.
bool has_input([[maybe_unused]] int fd, short revents) {
  if (revents != POLLIN) return false;
#ifdef POLLRDHUP
  return true;
#else
  char byte = 0;
  return ::recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
#endif
}

// Of a connection; `send_timeout` 0: none.
void set_options(const Socket& socket, std::chrono::milliseconds send_timeout) {
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
#ifdef SO_NOSIGPIPE
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on);
#endif
  timeval limit{};
  limit.tv_sec = static_cast<decltype(limit.tv_sec)>(send_timeout.count() / 1000);
  limit.tv_usec = static_cast<decltype(limit.tv_usec)>(send_timeout.count() % 1000 * 1000);
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

}  // namespace

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket listen_on(const std::string& address, std::uint16_t port) {
  const Address target = resolve(address, port);
  Socket socket(new_socket(target.family));
  const std::string what = "cannot listen on " + address + ":" + std::to_string(port);
  if (socket.fd() < 0) fail(what);
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(socket.fd(), generic(target.bytes), target.size) != 0) fail(what);
  if (::listen(socket.fd(), kBacklog) != 0) fail(what);
  // A client may vanish between poll(2) and accept(2), which must not block the accepting thread
  // then.
  ::fcntl(socket.fd(), F_SETFL, O_NONBLOCK);
  return socket;
}

std::uint16_t local_port(const Socket& socket) {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  if (::getsockname(socket.fd(), generic(bytes), &size) != 0) fail("getsockname");
  if (bytes.ss_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &bytes, sizeof v6);
    return ntohs(v6.sin6_port);
  }
  sockaddr_in v4{};
  std::memcpy(&v4, &bytes, sizeof v4);
  return ntohs(v4.sin_port);
}

std::string peer_address(int fd) {
  sockaddr_storage bytes{};
  socklen_t size = sizeof bytes;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (::getpeername(fd, generic(bytes), &size) != 0 ||
      ::getnameinfo(generic(std::as_const(bytes)), size, text.data(), text.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
    return {};
  return text.data();
}

Socket accept_connection(const Socket& listener, std::chrono::milliseconds send_timeout) {
#ifdef __linux__
  Socket socket(::accept4(listener.fd(), nullptr, nullptr, SOCK_CLOEXEC));
#else
  Socket socket(::accept(listener.fd(), nullptr, nullptr));
#endif
  if (socket.fd() < 0) return socket;
#ifndef __linux__
  ::fcntl(socket.fd(), F_SETFD, FD_CLOEXEC);
  ::fcntl(socket.fd(), F_SETFL, 0);  // BSD sockets inherit O_NONBLOCK from the listener
#endif
  set_options(socket, send_timeout);
  return socket;
}

Socket connect_to_this_machine(std::uint16_t port, std::chrono::milliseconds send_timeout) {
  Socket socket(::socket(AF_INET, SOCK_STREAM, 0));
  if (socket.fd() < 0) return socket;
  ::fcntl(socket.fd(), F_SETFD, FD_CLOEXEC);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
  if (::connect(socket.fd(), generic, sizeof address) != 0) return Socket();
  set_options(socket, send_timeout);
  return socket;
}

ssize_t receive(int fd, void* data, std::size_t size, const Deadline& deadline) {
  return receive_with(fd, data, size, 0, deadline);
}

ssize_t discard(int fd, std::size_t size, const Deadline& deadline) {
  std::array<char, 16 * 1024> bytes;
  return receive_with(fd, bytes.data(), std::min(size, bytes.size()), 0, deadline);
}

void reset_on_close(int fd) {
  const linger at_once{1, 0};
  ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

bool send_all(int fd, iovec* parts, std::size_t count, std::size_t sent) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  advance(message, sent);
  while (message.msg_iovlen > 0) {
    const ssize_t more = ::sendmsg(fd, &message, kNoSignal);
    if (more < 0) {
      if (errno == EINTR) continue;
      return false;
    }
    advance(message, static_cast<std::size_t>(more));
  }
  return true;
}

bool send_all(int fd, std::string_view bytes) {
  // sendmsg(2) reads only; iovec has no const form.
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  return send_all(fd, &part, 1);
}

SendEnd send_until(int fd, iovec* parts, std::size_t count, int stop_fd, std::size_t& sent) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  advance(message, 0);
  while (message.msg_iovlen > 0) {
    const ssize_t more = ::sendmsg(fd, &message, kNoSignal | MSG_DONTWAIT);
    if (more >= 0) {
      sent += static_cast<std::size_t>(more);
      advance(message, static_cast<std::size_t>(more));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) return SendEnd::PeerGone;
    pollfd fds[] = {{fd, POLLOUT, 0}, {stop_fd, POLLIN, 0}};
    poll_until(fds, 2, std::nullopt);
    if (fds[1].revents != 0) return SendEnd::Stopped;
  }
  return SendEnd::All;
}

std::size_t send_now(int fd, iovec* parts, std::size_t count) {
  msghdr message{};
  message.msg_iov = parts;
  message.msg_iovlen = count;
  const ssize_t sent = ::sendmsg(fd, &message, kNoSignal | MSG_DONTWAIT);
  return sent < 0 ? 0 : static_cast<std::size_t>(sent);
}

bool peer_is_there(int fd) {
  pollfd socket{fd, kHangup, 0};
  return ::poll(&socket, 1, 0) == 0 || has_input(fd, socket.revents);
}

Readiness wait_for_event(int socket_fd, Watch watch, int event_fd, const Deadline& deadline) {
  short events = watch == Watch::Input ? POLLIN | kHangup : kHangup;
#ifndef POLLRDHUP
  if (watch == Watch::Hangup) events = 0;  // after a pipelined request only a reset is seen
#endif
  pollfd fds[] = {{watch == Watch::Nothing ? -1 : socket_fd, events, 0}, {event_fd, POLLIN, 0}};
  const int ready = poll_until(fds, 2, deadline);
  if (ready == 0) return Readiness::TimedOut;
  if (ready < 0) return Readiness::PeerGone;
  if (fds[0].revents == 0) return Readiness::Event;
  if (!has_input(socket_fd, fds[0].revents)) return Readiness::PeerGone;
  return fds[1].revents != 0 ? Readiness::Event : Readiness::Input;
}

bool wait_readable(int fd, int other_fd, const Deadline& deadline) {
  pollfd fds[] = {{fd, POLLIN, 0}, {other_fd, POLLIN, 0}};
  return poll_until(fds, 2, deadline) > 0;
}

}  // namespace runtime_api
