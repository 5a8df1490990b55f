// Beast parses requests; the socket calls around it are our own (runtime_api/socket.h), because Asio's synchronous reads
// ignore SO_RCVTIMEO and http::read moves a large body through a small buffer.
#include "runtime_api/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <cerrno>
#include <exception>
#include <limits>

#include "runtime_api/acceptor.h"
#include "runtime_api/http_response.h"
#include "runtime_api/socket.h"

namespace runtime_api {
namespace {

namespace http = boost::beast::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kHeadReadBytes = 4 * 1024;    // a Runtime API request is about 300 bytes
constexpr std::size_t kChunkReadBytes = 32 * 1024;  // Go sends chunks of this size
constexpr std::size_t kKeptBufferBytes = 64 * 1024;
constexpr std::size_t kBodyStepBytes = 256 * 1024;  // what resize() zeroes is still in the cache when recv() fills it
constexpr std::size_t kFirstReserveBytes = 512 * 1024;  // of a chunked body that outgrows one read
constexpr std::size_t kDrainLimitBytes = 256u * 1024 * 1024;  // of a request that is too large; then the connection closes
constexpr milliseconds kLingerLimit{2'000};     // for a client to stop sending and read why it was refused
constexpr std::string_view kFullAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// How reading one piece of a request ended.
enum class Read { Done, Closed, Cut, Stalled, Malformed, HeadTooLarge, TooLarge, TooLargeUnread };

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

HttpResponse error_response(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

HttpResponse internal_error() {
  return error_response(
      500, R"({"errorMessage":"Internal Server Error","errorType":"InternalServerError"})");
}

// One client's connection: reads requests one after another and answers each. Lives on its thread; the acceptor owns the
// socket.
class Connection final : public HttpExchange {
 public:
  Connection(const HttpServer::Options& options, const HttpServer::Handler& handler,
             const HttpServer::UploadHandler& on_upload, const std::atomic<bool>& stopping,
             int socket)
      : options_(options), handler_(handler), on_upload_(on_upload), stopping_(stopping),
        socket_(socket),
        // Room for the largest head or trailer section and one more read.
        buffer_(options.header_limit_bytes + 2 * kChunkReadBytes) {}

  void run() {
    while (serve_one()) {
    }
  }

  std::string_view method() const override { return view(parser_->get().method_string()); }
  std::string_view path() const override { return target().substr(0, target().find('?')); }
  std::string_view query() const override {
    const auto mark = target().find('?');
    return mark == std::string_view::npos ? std::string_view() : target().substr(mark + 1);
  }
  std::optional<std::string_view> header(std::string_view name) const override {
    // Trailers are fields that come after the headers, and find() returns the first of a name.
    const auto& fields = parser_->get();
    const auto found = fields.find(boost::beast::string_view(name.data(), name.size()));
    if (found == fields.end()) return std::nullopt;
    return view(found->value());
  }
  const std::string& body() const override { return body_; }
  std::string take_body() override { return std::move(body_); }
  WaitResult wait_for(int event_fd, std::optional<milliseconds> limit) override;

 private:
  // Only headers go into the message: the body is read past the parser, or handed over chunk by chunk.
  using Parser = http::request_parser<http::empty_body>;

  std::string_view target() const { return view(parser_->get().target()); }
  Deadline deadline() const { return steady_clock::now() + options_.receive_timeout; }
  void notify(UploadEvent event) const {
    if (on_upload_) on_upload_(event, *this);
  }

  bool serve_one();
  bool refuse(Read why);
  Read read_head();
  Read read_body();
  Read read_sized_body(std::uint64_t length);
  Read read_chunked_body();
  Read drain(std::uint64_t bytes);
  Read fill(std::size_t bytes, const Deadline& until);
  bool answer();
  bool send(const HttpResponse& response, KeepAlive keep_alive);
  void linger();

  const HttpServer::Options& options_;
  const HttpServer::Handler& handler_;
  const HttpServer::UploadHandler& on_upload_;
  const std::atomic<bool>& stopping_;
  const int socket_;

  boost::beast::flat_buffer buffer_;  // lives as long as the connection: a pipelined request may already be in it
  std::optional<Parser> parser_;      // one a request
  std::string body_;
  std::string head_;  // of the response; kept for its capacity
  bool peer_gone_ = false;
};

bool Connection::serve_one() {
  peer_gone_ = false;
  body_.clear();
  if (body_.capacity() > kKeptBufferBytes) body_ = std::string();
  if (buffer_.size() == 0 && buffer_.capacity() > kKeptBufferBytes) buffer_.shrink_to_fit();
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(options_.header_limit_bytes));
  // Counted here, so that the body can be read to its end. (Beast 1.74 refuses every length when there is no limit at all.)
  parser_->body_limit(std::numeric_limits<std::uint64_t>::max());

  Read read = read_head();
  if (read == Read::Done) read = read_body();
  return read == Read::Done ? answer() : refuse(read);
}

// Answers a request that does not reach the handler. True: the connection is still in step and goes on.
bool Connection::refuse(Read why) {
  const bool in_body = parser_->is_header_done();
  if (stopping_ || why == Read::Closed) return false;
  switch (why) {
    case Read::TooLarge:
      notify(UploadEvent::TooLarge);
      return send(error_response(413, options_.too_large_body),
                  parser_->keep_alive() ? KeepAlive::Yes : KeepAlive::No) &&
             parser_->keep_alive();
    case Read::TooLargeUnread:
      notify(UploadEvent::TooLarge);
      send(error_response(413, options_.too_large_body), KeepAlive::No);
      break;
    case Read::HeadTooLarge:
      send(error_response(431, R"({"errorMessage":"Request header fields too large",)"
                               R"("errorType":"RequestHeaderFieldsTooLarge"})"),
           KeepAlive::No);
      break;
    case Read::Stalled:
      if (in_body) notify(UploadEvent::Truncated);
      send(error_response(408, R"({"errorMessage":"Request timeout","errorType":"RequestTimeout"})"),
           KeepAlive::No);
      break;
    default:
      if (in_body) notify(UploadEvent::Truncated);
      send(error_response(400, in_body && !options_.truncated_body.empty()
                                   ? options_.truncated_body
                                   : R"({"errorMessage":"Bad request","errorType":"BadRequest"})"),
           KeepAlive::No);
      break;
  }
  linger();
  return false;
}

// Appends what the client sends to the buffer.
Read Connection::fill(std::size_t bytes, const Deadline& until) {
  if (buffer_.size() + bytes > buffer_.max_size()) return Read::Malformed;  // endless trailers or chunk extensions
  const auto space = buffer_.prepare(bytes);
  const ssize_t got = receive(socket_, space.data(), space.size(), until);
  if (got > 0) {
    buffer_.commit(static_cast<std::size_t>(got));
    return Read::Done;
  }
  return got < 0 && errno == ETIMEDOUT ? Read::Stalled : Read::Cut;
}

Read Connection::read_head() {
  Deadline until;  // none before the first byte: an idle connection may stay for ever
  for (;;) {
    if (buffer_.size() > 0) {
      boost::beast::error_code error;
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (error == http::error::header_limit) return Read::HeadTooLarge;
      if (error && error != http::error::need_more) return Read::Malformed;
      if (parser_->is_header_done()) return Read::Done;
      if (!until) until = deadline();
    }
    const Read read = fill(kHeadReadBytes, until);
    if (read == Read::Cut && !until) return Read::Closed;
    if (read != Read::Done) return read;
  }
}

Read Connection::read_body() {
  const auto length = parser_->content_length();
  if (!parser_->chunked() && (!length || *length == 0)) return Read::Done;
  const bool too_large = length && *length > options_.body_limit_bytes;
  const auto expect = header("Expect");
  if (expect && buffer_.size() == 0 && parser_->get().version() >= 11) {
    // A client that waits for permission has sent nothing yet, so there is nothing to drain (RFC 9110 10.1.1).
    if (too_large) {
      notify(UploadEvent::Started);
      return Read::TooLargeUnread;
    }
    std::string text = "HTTP/1.1 100 Continue\r\n\r\n";
    iovec part{text.data(), text.size()};
    if (!send_all(socket_, &part, 1)) return Read::Cut;
  }
  if (parser_->chunked()) return read_chunked_body();
  if (too_large) {
    notify(UploadEvent::Started);
    return drain(*length);
  }
  return read_sized_body(*length);
}

// Straight into the string: a body of megabytes is copied once, by the kernel.
Read Connection::read_sized_body(std::uint64_t length) {
  const std::size_t size = static_cast<std::size_t>(length);  // at most body_limit_bytes
  const std::size_t present = std::min(size, buffer_.size());
  body_.reserve(size);
  body_.assign(static_cast<const char*>(buffer_.data().data()), present);
  buffer_.consume(present);
  if (present < size) notify(UploadEvent::Started);
  std::size_t have = present;
  while (have < size) {
    if (have == body_.size()) body_.resize(std::min(size, have + kBodyStepBytes));
    const ssize_t got =
        receive(socket_, body_.data() + have, body_.size() - have, deadline());
    if (got <= 0) return got < 0 && errno == ETIMEDOUT ? Read::Stalled : Read::Cut;
    have += static_cast<std::size_t>(got);
  }
  return Read::Done;
}

// The limit is counted while reading (Go sends every response chunked, without a length); what is above it is thrown away
// and the framing followed to its end, so that the client reads its 413 and the connection goes on.
Read Connection::read_chunked_body() {
  std::uint64_t total = 0;
  auto on_piece = [&](std::uint64_t, boost::beast::string_view piece, boost::beast::error_code& error) {
    total += piece.size();
    if (total > kDrainLimitBytes) {
      error = http::error::body_limit;
    } else if (total <= options_.body_limit_bytes) {
      if (total > body_.capacity()) {
        body_.reserve(std::max<std::size_t>(kFirstReserveBytes, 2 * body_.capacity()));
      }
      body_.append(piece.data(), piece.size());
    }
    return piece.size();
  };
  parser_->on_chunk_body(on_piece);
  parser_->eager(true);
  bool started = false;
  for (;;) {
    if (buffer_.size() > 0) {
      boost::beast::error_code error;
      buffer_.consume(parser_->put(buffer_.data(), error));
      if (error == http::error::body_limit) return Read::TooLargeUnread;
      if (error && error != http::error::need_more) return Read::Malformed;
      if (parser_->is_done()) break;
    }
    if (!started) notify(UploadEvent::Started);
    started = true;
    if (const Read read = fill(kChunkReadBytes, deadline()); read != Read::Done) return read;
  }
  if (total <= options_.body_limit_bytes) return Read::Done;
  if (!started) notify(UploadEvent::Started);
  return Read::TooLarge;
}

Read Connection::drain(std::uint64_t bytes) {
  const auto present = std::min<std::uint64_t>(bytes, buffer_.size());
  buffer_.consume(static_cast<std::size_t>(present));
  std::uint64_t left = bytes - present;
  if (left > kDrainLimitBytes) return Read::TooLargeUnread;
  while (left > 0) {
    const ssize_t got = discard(socket_, static_cast<std::size_t>(left), deadline());
    if (got <= 0) return got < 0 && errno == ETIMEDOUT ? Read::Stalled : Read::Cut;
    left -= static_cast<std::uint64_t>(got);
  }
  return Read::TooLarge;
}

bool Connection::answer() {
  HttpResponse response;
  try {
    response = handler_(*this);
  } catch (const std::exception&) {
    response = internal_error();
  }
  if (peer_gone_ || stopping_) return false;
  const bool keep_alive = parser_->keep_alive();
  return send(response, keep_alive ? KeepAlive::Yes : KeepAlive::No) && keep_alive;
}

bool Connection::send(const HttpResponse& response, KeepAlive keep_alive) {
  const std::string& body = response.shared_body ? *response.shared_body : response.body;
  write_head(response, body.size(), keep_alive, head_);
  const bool without_body = body.empty() || !may_have_body(response.status) ||
                            (parser_->is_header_done() && parser_->get().method() == http::verb::head);
  // sendmsg(2) reads only; iovec has no const form.
  iovec parts[] = {{head_.data(), head_.size()}, {const_cast<char*>(body.data()), body.size()}};
  return send_all(socket_, parts, without_body ? 1 : 2);
}

// Reads on for a while after a refusal: closing with unread bytes sends a reset, and the client would lose the answer.
void Connection::linger() {
  ::shutdown(socket_, SHUT_WR);
  const Deadline until = steady_clock::now() + kLingerLimit;
  while (!stopping_ && steady_clock::now() < *until &&
         discard(socket_, kDrainLimitBytes, until) > 0) {
  }
}

WaitResult Connection::wait_for(int event_fd, std::optional<milliseconds> limit) {
  Deadline until;
  if (limit) until = steady_clock::now() + *limit;
  const Readiness ready = wait_for_event(socket_, event_fd, until);
  if (stopping_) return WaitResult::Stopping;
  if (ready == Readiness::TimedOut) return WaitResult::TimedOut;
  if (ready == Readiness::Event) return WaitResult::Signalled;
  peer_gone_ = true;
  return WaitResult::PeerGone;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Options options, Handler handler, UploadHandler on_upload)
      : options_(std::move(options)), handler_(std::move(handler)),
        on_upload_(std::move(on_upload)),
        acceptor_({options_.address, options_.port, options_.max_connections,
                   std::string(kFullAnswer), options_.receive_timeout},
                  [this](int fd, const std::atomic<bool>& stopping) {
                    Connection(options_, handler_, on_upload_, stopping, fd).run();
                  }) {}

  const Options& options() const { return options_; }
  std::uint16_t port() const { return acceptor_.port(); }
  void stop() { acceptor_.stop(); }

 private:
  const Options options_;
  const Handler handler_;
  const UploadHandler on_upload_;
  Acceptor acceptor_;  // last: its threads use the others
};

HttpServer::HttpServer(Options options, Handler handler, UploadHandler on_upload)
    : impl_(std::make_unique<Impl>(std::move(options), std::move(handler), std::move(on_upload))) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const { return impl_->port(); }

std::string HttpServer::host_and_port() const {
  const std::string& address = impl_->options().address;
  const bool ipv6 = address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(impl_->port());
}

void HttpServer::stop() { impl_->stop(); }

}  // namespace runtime_api
