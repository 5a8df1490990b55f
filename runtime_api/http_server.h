// The project's one HTTP/1.1 server: Runtime API listeners, the control plane and the console all
// stand on it.
//
// Threads: one that accepts, one for each open connection; the handler runs on the connection's
// thread and may block. Lifetime: serves from construction to stop(); stop() is idempotent, wakes
// every connection that reads, writes or sits in wait(), and joins them all. It must not be
// called from a handler. Limits, and what a client sees beyond them: header 431, body 413,
// connections 503; malformed request 400; handler threw 500; stalled in the middle of a request
// 408.
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
  // Used instead of `body` when set: bytes that others hold too (an event that may be retried)
  // leave without a copy.
  std::shared_ptr<const std::string> shared_body;
  // Called on the connection's thread when the client was gone before this could be sent; may be
  // empty.
  std::function<void()> on_unsent;
};

// Whether wait() ends when the client has closed the connection, or the server stops.
enum class Peer { Watched, Ignored };
// Why wait() returned.
enum class WaitResult { Answered, PeerGone, Stopping, TimedOut };

// One request under way, with the means to let another thread answer it, and to notice that its
// sender has gone. Valid only inside the handler's call.
class HttpExchange {
 public:
  virtual ~HttpExchange() = default;

  virtual std::string_view method() const = 0;
  virtual std::string_view path() const = 0;   // as sent, without query, not percent-decoded
  virtual std::string_view query() const = 0;  // without '?', not decoded; empty when absent
  // Value of a header or, for a chunked request, of a trailer that no header of that name precedes.
  // Name: any case.
  virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  virtual const std::string& body() const = 0;
  virtual std::string take_body() = 0;  // moves it out

  // Blocks until respond() was called, the limit is over, or, if it is watched, the client has gone
  // or the server stops; what has gone is not watched again. A pipelined request does not count as
  // the client having gone. After Answered the handler returns, and what it returns is not used.
  virtual WaitResult wait(Peer peer,
                          std::optional<std::chrono::milliseconds> limit = std::nullopt) = 0;
  // Answers in the handler's place, from any thread, at most once; whoever may call it must be
  // waited for. Never blocks. Touches nothing of the exchange once the handler may return.
  virtual void respond(HttpResponse response) = 0;
};

// What an upload may do before, or instead of, reaching the handler. Started precedes the other
// two.
enum class UploadEvent {
  Started,    // the header has arrived, the end of the body has not
  Truncated,  // the client vanished, stalled, or broke the chunked framing: the handler is not
              // called
  TooLarge    // the body is above the limit, and has been read to its end: 413, the handler is not
              // called
};

class HttpServer {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    std::size_t body_limit_bytes = 6u * 1024 * 1024;
    // What answers a larger request, with status 413 whatever it says; the request is read to its
    // end first (within a bound), because a client that sees a reset while writing does not read
    // the answer.
    HttpResponse too_large;
    // The body of the 400 that answers a request whose end never came (a client that only closed
    // its sending half reads it).
    std::string truncated_body;
    std::size_t header_limit_bytes =
        128u * 1024;  // a Node client's X-Ray cause header alone may be 64 KB
    std::size_t max_connections = 1024;
    // For a whole header, and between two pieces of a body; idle connections and wait() have no
    // limit.
    std::chrono::milliseconds receive_timeout{30'000};
  };
  using Handler = std::function<HttpResponse(HttpExchange&)>;
  // Called on the connection's thread; the exchange has the header, not the body. May be empty.
  using UploadHandler = std::function<void(UploadEvent, const HttpExchange&)>;

  // Binds and listens before it returns; throws std::system_error with the address in its text when
  // it cannot.
  HttpServer(Options options, Handler handler, UploadHandler on_upload = {});
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
