// The few socket calls that the HTTP server needs, with what differs between systems (accept4,
// POLLRDHUP, MSG_NOSIGNAL). Every descriptor is close-on-exec: a handler process must not inherit a
// connection.
#pragma once

#include <sys/types.h>
#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace runtime_api {

class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Socket();
  int fd() const { return fd_; }

 private:
  int fd_ = -1;
};

using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // nullopt: none

// Binds and listens; `address` is an IPv4 or IPv6 address or a host name. Throws std::system_error
// naming the address.
Socket listen_on(const std::string& address, std::uint16_t port);
std::uint16_t local_port(const Socket& socket);

// The other end's address as text; empty when it cannot be told.
std::string peer_address(int fd);

// One connection that is already in the backlog, with TCP_NODELAY; fd() is -1 and errno tells why
// when there is none.
Socket accept_connection(const Socket& listener, std::chrono::milliseconds send_timeout);

// A connection to a port of 127.0.0.1, with TCP_NODELAY; fd() is -1 when nobody listens.
// `send_timeout` 0: none.
Socket connect_to_this_machine(std::uint16_t port, std::chrono::milliseconds send_timeout);

// Waits for bytes. Their count; 0: the peer closed its sending half; -1: error, or ETIMEDOUT after
// the deadline.
ssize_t receive(int fd, void* data, std::size_t size, const Deadline& deadline);
// Throws away up to `size` bytes without looking at them; result as receive().
ssize_t discard(int fd, std::size_t size, const Deadline& deadline);
// Sends all parts but their first `sent` bytes, in one call where the peer keeps up; the parts are
// used up. False: the peer has gone.
bool send_all(int fd, iovec* parts, std::size_t count, std::size_t sent = 0);
bool send_all(int fd, std::string_view bytes);
// The same, adding to `sent` what has left, until `stop_fd` becomes readable while the peer does
// not keep up.
enum class SendEnd { All, Stopped, PeerGone };
SendEnd send_until(int fd, iovec* parts, std::size_t count, int stop_fd, std::size_t& sent);
// Sends what the socket takes without waiting, which may be nothing; the number of bytes.
std::size_t send_now(int fd, iovec* parts, std::size_t count);
// False once the peer has closed the connection or its sending half.
bool peer_is_there(int fd);
// For one that ends in the midst of what the peer sends. After shutdown(2) the system announces no
// room any more, and a peer that waits for some would learn of the end only minutes later.
void reset_on_close(int fd);

enum class Watch { Input, Hangup, Nothing };  // of a socket; Input includes Hangup
enum class Readiness { Event, Input, PeerGone, TimedOut };
// Waits until `event_fd` is readable or the socket has what is watched for; PeerGone wins over the
// others.
Readiness wait_for_event(int socket_fd, Watch watch, int event_fd, const Deadline& deadline);
// Waits until one of the two is readable; false when the deadline is over.
bool wait_readable(int fd, int other_fd, const Deadline& deadline);

}  // namespace runtime_api
