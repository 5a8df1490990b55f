// As little HTTP/1.1 as the benchmark's programs need, on blocking sockets: what they measure must
// not be themselves. Messages carry Content-Length or no body. Any error ends the program with one
// line; nothing here is for other use. Threads: an object belongs to one thread.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <string_view>
#include <utility>

namespace bench {

[[noreturn]] inline void die(const std::string& what) {
  std::fprintf(stderr, "bench: %s\n", what.c_str());
  std::exit(1);
}

inline std::int64_t clock_ns(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// sockaddr_in as the sockets API wants it.
inline const sockaddr* as_sockaddr(const sockaddr_in& address) {
  return static_cast<const sockaddr*>(static_cast<const void*>(&address));
}

// -1: nobody listens there (yet).
inline int try_connect(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) die("no socket");
  const auto address = loopback(port);
  if (connect(fd, as_sockaddr(address), sizeof address) != 0) {
    close(fd);
    return -1;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

inline int connect_or_die(std::uint16_t port) {
  const int fd = try_connect(port);
  if (fd < 0) die("nothing listens on port " + std::to_string(port));
  return fd;
}

inline int listen_on_free_port(std::uint16_t& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  auto address = loopback(0);
  if (fd < 0 || bind(fd, as_sockaddr(address), sizeof address) != 0 || listen(fd, 64) != 0)
    die("cannot listen");
  socklen_t length = sizeof address;
  getsockname(fd, static_cast<sockaddr*>(static_cast<void*>(&address)), &length);
  port = ntohs(address.sin_port);
  return fd;
}

// "127.0.0.1:9001" or "9001"
inline std::uint16_t port_of(std::string_view address) {
  const auto colon = address.rfind(':');
  if (colon != std::string_view::npos) address.remove_prefix(colon + 1);
  return static_cast<std::uint16_t>(std::atoi(std::string(address).c_str()));
}

class Connection {
 public:
  explicit Connection(int fd) : fd_(fd), buffer_(kBufferBytes, '\0') {}
  ~Connection() { close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(std::string_view head, std::string_view body = {}) {
    while (!head.empty() || !body.empty()) {
      iovec parts[2] = {{const_cast<char*>(head.data()), head.size()},
                        {const_cast<char*>(body.data()), body.size()}};
      msghdr message{};
      message.msg_iov = parts;
      message.msg_iovlen = 2;
      const ssize_t sent = sendmsg(fd_, &message, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0) die(std::string("send: ") + std::strerror(errno));
      const auto from_head = std::min(head.size(), static_cast<std::size_t>(sent));
      head.remove_prefix(from_head);
      body.remove_prefix(static_cast<std::size_t>(sent) - from_head);
    }
  }

  // Reads up to the empty line; false when the peer closed the connection before a first byte. The
  // head stays readable until the next call that reads.
  bool read_head() {
    head_start_ = start_;
    std::size_t searched = start_;
    for (;;) {
      const auto found = std::string_view(buffer_.data(), end_).find("\r\n\r\n", searched);
      if (found != std::string_view::npos) {
        head_ = std::string_view(buffer_.data() + head_start_, found + 2 - head_start_);
        start_ = found + 4;
        const auto length = header("Content-Length");
        body_left_ = length.empty() ? 0 : std::strtoull(std::string(length).c_str(), nullptr, 10);
        chunked_ = length.empty() && !header("Transfer-Encoding").empty();
        return true;
      }
      searched = end_ > head_start_ + 3 ? end_ - 3 : head_start_;
      if (head_start_ > 0 && head_start_ == end_) {
        head_start_ = start_ = end_ = searched = 0;
      } else if (end_ == buffer_.size()) {
        if (head_start_ == 0) die("a message head larger than the buffer");
        std::memmove(buffer_.data(), buffer_.data() + head_start_, end_ - head_start_);
        end_ -= head_start_;
        searched -= head_start_;
        head_start_ = start_ = 0;
      }
      if (!fill()) {
        if (end_ == head_start_) return false;
        die("the peer closed the connection in the middle of a message");
      }
    }
  }

  std::string_view head() const { return head_; }

  // Value of a header; empty when it is absent. Name in any case.
  std::string_view header(std::string_view name) const {
    auto rest = head_;
    while (!rest.empty()) {
      const auto end = rest.find("\r\n");
      const auto line = rest.substr(0, end);
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 2);
      if (line.size() <= name.size() || line[name.size()] != ':') continue;
      if (strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
      const auto value = line.substr(name.size() + 1);
      const auto first = value.find_first_not_of(' ');
      return first == std::string_view::npos ? std::string_view{} : value.substr(first);
    }
    return {};
  }

  std::size_t body_bytes() const { return body_left_; }  // 0: none, or a chunked one

  void read_body(std::string& body) {
    body.clear();
    while (chunked_) {
      const std::size_t size = std::strtoull(read_line().c_str(), nullptr, 16);
      append(body, size);
      read_line();  // of a chunk's end, or the empty one after the last chunk
      chunked_ = size != 0;
    }
    append(body, std::exchange(body_left_, 0));
  }

  // Reads the body into one buffer again and again.
  void drop_body() {
    const auto held = std::min(body_left_, end_ - start_);
    start_ += held;
    body_left_ -= held;
    while (body_left_ > 0) {
      start_ = end_ = 0;
      const ssize_t got = recv(fd_, buffer_.data(), std::min(buffer_.size(), body_left_), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) die("the peer closed the connection in the middle of a body");
      body_left_ -= static_cast<std::size_t>(got);
    }
  }

  int fd() const { return fd_; }

 private:
  static constexpr std::size_t kBufferBytes = 256u * 1024;

  // `size` bytes of the peer's, after what is in `body`.
  void append(std::string& body, std::size_t size) {
    const auto held = std::min(size, end_ - start_);
    auto filled = body.size() + held;
    body.append(buffer_.data() + start_, held).resize(filled - held + size);
    start_ += held;
    while (filled < body.size()) {
      const ssize_t got = recv(fd_, body.data() + filled, body.size() - filled, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) die("the peer closed the connection in the middle of a body");
      filled += static_cast<std::size_t>(got);
    }
  }

  std::string read_line() {
    std::string line;
    while (!line.ends_with("\r\n")) {
      if (start_ == end_) {
        start_ = end_ = 0;
        if (!fill()) die("the peer closed the connection in the middle of a body");
      }
      line.push_back(buffer_[start_++]);
    }
    return line;
  }

  bool fill() {
    for (;;) {
      const ssize_t got = recv(fd_, buffer_.data() + end_, buffer_.size() - end_, 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      end_ += static_cast<std::size_t>(got);
      return true;
    }
  }

  const int fd_;
  std::string buffer_;
  std::size_t start_ = 0;  // of what was not taken yet
  std::size_t end_ = 0;
  std::size_t head_start_ = 0;
  std::string_view head_;
  std::size_t body_left_ = 0;
  bool chunked_ = false;
};

}  // namespace bench
