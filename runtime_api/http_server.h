// The project's one HTTP/1.1 server: Runtime API listeners, the control plane and the console all stand on it.
//
// Threads: one that accepts, one for each open connection; the handler runs on the connection's thread and may block.
// Lifetime: serves from construction to stop(); stop() is idempotent, wakes every blocked connection and joins them all.
// Limits: header bytes, body bytes and connections are bounded by Options; see http_server.cpp for what a client sees.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace runtime_api {

struct HttpResponse {
  unsigned status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // Used instead of `body` when set: bytes that others hold too (an event that may be retried) leave without a copy.
  std::shared_ptr<const std::string> shared_body;
};

// Why wait_for() returned.
enum class WaitResult { Signalled, PeerGone, Stopping };

// One request under way, with the means to notice that its sender has gone. Valid only inside the handler's call.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;   // as sent, without query, not percent-decoded
  virtual std::string_view query() const = 0;  // without '?', not decoded; empty when absent
  // Value of a header or, for a chunked request, of a trailer that no header of that name precedes. Name: any case.
  virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  virtual const std::string& body() const = 0;
  virtual std::string take_body() = 0;  // moves it out

  // Blocks until `event_fd` is readable, the peer has closed the connection, or the server stops.
  // A pipelined request does not count as the peer having gone.
  virtual WaitResult wait_for(int event_fd) = 0;
};

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    std::size_t body_limit_bytes = 6u * 1024 * 1024;
    // The body of the 413 that answers a larger request; the request is read to its end first (within a bound), because
    // a client that sees a reset while writing does not read the answer.
    std::string too_large_body;
    std::size_t header_limit_bytes = 128u * 1024;  // a Node client's X-Ray cause header alone may be 64 KB
    std::size_t max_connections = 1024;
    std::chrono::milliseconds receive_timeout{30'000};  // while a header or body is under way; idle connections wait for ever
  };
  using Handler = std::function<HttpResponse(HttpExchange&)>;
  // Called on the connection's thread when a client vanishes in the middle of sending a request, with the request line's
  // path; may be empty.
  using TruncatedHandler = std::function<void(std::string_view path)>;

  // Binds and listens before it returns; throws std::system_error with the address in its text when it cannot.
  HttpServer(Options options, Handler handler, TruncatedHandler on_truncated = {});
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  std::uint16_t port() const;
  std::string host_and_port() const;  // "127.0.0.1:9001"
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime_api
