// A raw-socket HTTP/1.1 client for conversation tests: it sends exactly the bytes it is told to,
// broken ones included.
//
// Threads: one at a time each. Every wait has a generous limit, so that a test fails instead of
// hanging. Errors are exceptions: usable from threads other than the test's.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace test {

inline constexpr std::chrono::seconds kPatience{30};

// Polls until the condition holds; false when the patience is over.
inline bool eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

struct HttpReply {
  int status = 0;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;

  // Value of the first header of that name (any case); empty when absent.
  std::string header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key.size() != name.size()) continue;
      bool same = true;
      for (std::size_t i = 0; i < key.size(); ++i) {
        same = same && std::tolower(static_cast<unsigned char>(key[i])) ==
                           std::tolower(static_cast<unsigned char>(name[i]));
      }
      if (same) return value;
    }
    return {};
  }
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) {
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto* generic = static_cast<const sockaddr*>(static_cast<const void*>(&address));
    if (fd_ < 0 || ::connect(fd_, generic, sizeof address) != 0) {
      close();
      throw std::runtime_error("connect failed");
    }
    const int on = 1;
    ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  }
  HttpClient(HttpClient&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), unread_(std::move(other.unread_)) {}
  HttpClient& operator=(HttpClient&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(unread_, other.unread_);
    return *this;
  }
  ~HttpClient() { close(); }

  // False when the server has closed the connection.
  bool try_send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  void send(std::string_view bytes) {
    if (!try_send(bytes)) throw std::runtime_error("send failed");
  }
  // `head_lines`: further header lines, each ending in \r\n.
  void send_request(std::string_view method, std::string_view path, std::string_view body = {},
                    std::string_view head_lines = {}) {
    std::string text(method);
    text.append(" ").append(path).append(" HTTP/1.1\r\nHost: localhost\r\n").append(head_lines);
    if (method != "GET" && method != "HEAD") {
      text.append("Content-Length: ").append(std::to_string(body.size())).append("\r\n");
    }
    text.append("\r\n").append(body);
    send(text);
  }
  HttpReply request(std::string_view method, std::string_view path, std::string_view body = {},
                    std::string_view head_lines = {}) {
    send_request(method, path, body, head_lines);
    return method == "HEAD" ? read_head() : read_reply();
  }
  // One chunk of a chunked body; an empty one ends the body, before the trailers.
  void send_chunk(std::string_view data) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string size;
    for (std::size_t n = data.size(); n > 0; n /= 16) size.insert(size.begin(), kDigits[n % 16]);
    send(data.empty() ? std::string("0\r\n") : size + "\r\n" + std::string(data) + "\r\n");
  }

  HttpReply read_reply() {
    HttpReply reply = read_head();
    if (const std::string length = reply.header("Content-Length"); !length.empty()) {
      const std::size_t size = std::strtoull(length.c_str(), nullptr, 10);
      while (unread_.size() < size) receive_some();
      reply.body = unread_.substr(0, size);
      unread_.erase(0, size);
    }
    return reply;
  }
  HttpReply read_head() {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) receive_some();
    HttpReply reply;
    const std::string head = unread_.substr(0, end + 2);
    unread_.erase(0, end + 4);
    if (head.size() < 12 || head.compare(0, 9, "HTTP/1.1 ") != 0) {
      throw std::runtime_error("not an HTTP status line: " + head);
    }
    reply.status = std::atoi(head.c_str() + 9);
    for (std::size_t at = head.find("\r\n") + 2; at < head.size();) {
      const std::size_t line_end = head.find("\r\n", at);
      const std::string line = head.substr(at, line_end - at);
      const std::size_t colon = line.find(": ");
      if (colon == std::string::npos) throw std::runtime_error("bad header line: " + line);
      reply.headers.emplace_back(line.substr(0, colon), line.substr(colon + 2));
      at = line_end + 2;
    }
    return reply;
  }

  // The next chunk of a chunked body; empty: the last one, without trailers.
  std::string read_chunk() {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n")) == std::string::npos) receive_some();
    const std::size_t size = std::strtoull(unread_.c_str(), nullptr, 16);
    while (unread_.size() < end + 2 + size + 2) receive_some();
    std::string data = unread_.substr(end + 2, size);
    unread_.erase(0, end + 2 + size + 2);
    return data;
  }
  // Joins chunks until the last one.
  std::string read_chunked_body() {
    std::string body;
    for (std::string chunk; !(chunk = read_chunk()).empty();) body += chunk;
    return body;
  }

  // Everything until the server closes the connection.
  std::string read_to_end() {
    try {
      for (;;) receive_some();
    } catch (const std::runtime_error&) {
      return std::exchange(unread_, {});
    }
  }

  // True when the server closes the connection without sending anything more.
  bool closed_by_server() {
    pollfd readable{fd_, POLLIN, 0};
    const int limit_ms = static_cast<int>(std::chrono::milliseconds(kPatience).count());
    if (!unread_.empty() || ::poll(&readable, 1, limit_ms) <= 0) return false;
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) <= 0;
  }
  // True when something can be read right now.
  bool has_input() {
    pollfd readable{fd_, POLLIN, 0};
    return !unread_.empty() || ::poll(&readable, 1, 0) > 0;
  }

  void finish_sending() { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  // Closes with a reset, as a killed process with unread input does.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  void receive_some() {
    pollfd readable{fd_, POLLIN, 0};
    const int limit_ms = static_cast<int>(std::chrono::milliseconds(kPatience).count());
    if (::poll(&readable, 1, limit_ms) <= 0) throw std::runtime_error("no answer in time");
    char bytes[64 * 1024];
    const ssize_t got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) throw std::runtime_error("connection closed");
    unread_.append(bytes, static_cast<std::size_t>(got));
  }

  int fd_ = -1;
  std::string unread_;
};

}  // namespace test
