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

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
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

// Takes a request's body as it arrives.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // Of a chunked body: the pieces until the next call make one chunk of so many bytes.
  virtual void begin_chunk(std::uint64_t /*bytes*/) {}
  virtual void take(std::string_view piece) = 0;  // valid during the call
};
// How reading it ended. Truncated: the client vanished, stalled, or broke the chunked framing.
// TooLarge: what was above the limit has been read to its end (within a bound) and thrown away.
enum class BodyEnd { Complete, Truncated, TooLarge };

// Whether a response in pieces is whole. Broken: the connection closes without the end of its body,
// which is how the client sees it.
enum class StreamEnd { Complete, Broken };

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
  // Every header, as it was sent.
  virtual void each_header(
      const std::function<void(std::string_view name, std::string_view value)>& see) const = 0;
  virtual std::string peer() const = 0;  // the client's address, without its port
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

  // In Options::at_head only, once: reads the body on this thread, piece by piece.
  virtual BodyEnd read_into(std::size_t limit_bytes, BodyReader& reader) = 0;

  // A response in pieces, instead of respond(): begin_stream(), then stream() as often as there is
  // something, then end_stream(), from one thread at a time; and wait() as for respond().
  // `head`: without a body; it leaves with the first piece.
  virtual void begin_stream(const HttpResponse& head) = 0;
  // Sends the parts (five at most), one after the other; blocks while the client does not keep up.
  // False: the client has gone, or interrupt_stream() was called: nothing is sent any more but by
  // end_stream().
  virtual bool stream(std::span<const std::string_view> parts) = 0;
  // Ends a stream() that blocks, and makes later ones return at once. Any thread, until
  // end_stream().
  virtual void interrupt_stream() = 0;
  // Answers like respond(), and never blocks. `rest`: what is still to be sent, if the client is
  // there.
  virtual void end_stream(std::string_view rest, StreamEnd end) = 0;
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
    // Another limit for one request, asked when its header has arrived and a body follows; empty:
    // the one above for all.
    std::function<std::size_t(const HttpExchange&)> body_limit_of;
    // What answers a larger request, with status 413 whatever it says (empty: the text of that
    // status); the request is read to its end first (within a bound) without being kept, because a
    // client that sees a reset while writing does not read the answer.
    std::function<HttpResponse(const HttpExchange&)> too_large;
    // The body of the 400 that answers a request whose end never came (a client that only closed
    // its sending half reads it).
    std::string truncated_body;
    // Asked when a header has arrived and a body follows: may read the body itself, as it comes,
    // and answer. nullopt (or empty): the body is read first and the handler called then.
    std::function<std::optional<HttpResponse>(HttpExchange&)> at_head;
    std::size_t header_limit_bytes =
        128u * 1024;  // a Node client's X-Ray cause header alone may be 64 KB
    // Asked about a new connection before anything of it was read: true when it has served the
    // connection to its end itself. May be empty.
    std::function<bool(int socket, const std::atomic<bool>& stopping)> divert;
    // Taken off the paths that begin with it: "/orders".
    std::string path_prefix;
    std::size_t max_connections = 1024;
    // What answers a connection above it, with status 503 whatever it says; without a body: the
    // text of that status.
    HttpResponse full;
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
