// Beast parses requests; the socket calls around it are our own (runtime_api/socket.h), because
// Asio's synchronous reads ignore SO_RCVTIMEO and http::read moves a large body through a small
// buffer.
#include "runtime_api/http_server.h"

#include <algorithm>
#include <atomic>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <exception>

#include "runtime_api/acceptor.h"
#include "runtime_api/http_request.h"
#include "runtime_api/http_response.h"
#include "runtime_api/late_response.h"
#include "runtime_api/receive_body.h"
#include "runtime_api/request_parser.h"
#include "runtime_api/socket.h"

namespace runtime_api {
namespace {

namespace http = boost::beast::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kHeadReadBytes = 4 * 1024;    // a Runtime API request is about 300 bytes
constexpr std::size_t kChunkReadBytes = 32 * 1024;  // Go sends chunks of this size
constexpr std::size_t kPieceBytes = 256 * 1024;     // of a body that is read as it comes
constexpr milliseconds kLingerLimit{
    2'000};  // for a client to stop sending and read why it was refused

// How reading one piece of a request ended.
enum class Read { Done, Closed, Cut, Stalled, Malformed, HeadTooLarge, TooLarge, TooLargeUnread };

// One client's connection: reads requests one after another and answers each. Lives on its thread;
// the acceptor owns the socket.
class Connection final : public HttpExchange {
 public:
  Connection(const HttpServer::Options& options, const HttpServer::Handler& handler,
             const HttpServer::UploadHandler& on_upload, const std::atomic<bool>& stopping,
             int socket)
      : options_(options),
        handler_(handler),
        on_upload_(on_upload),
        stopping_(stopping),
        socket_(socket),
        late_(socket),
        // Room for the largest head or trailer section and one more read.
        buffer_(options.header_limit_bytes + 2 * kPieceBytes) {}

  void run() {
    while (serve_one()) {
    }
    if (stopping_ && received_ == Read::Cut) reset_on_close(socket_);
  }

  std::string_view method() const override { return request_.method(); }
  std::string_view path() const override {
    const auto path = request_.target().substr(0, request_.target().find('?'));
    const auto& prefix = options_.path_prefix;
    return path.starts_with(prefix) ? path.substr(prefix.size()) : path;
  }
  std::string_view query() const override {
    const auto target = request_.target();
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }
  std::optional<std::string_view> header(std::string_view name) const override {
    return request_.header(name);
  }
  void each_header(
      const std::function<void(std::string_view, std::string_view)>& see) const override {
    request_.each_header(see);
  }
  std::string peer() const override { return peer_address(socket_); }
  const std::string& body() const override { return request_.body; }
  std::string take_body() override { return std::move(request_.body); }
  WaitResult wait(Peer peer, std::optional<milliseconds> limit) override;
  void respond(HttpResponse response) override { late_.respond(std::move(response)); }
  BodyEnd read_into(std::size_t limit_bytes, BodyReader& reader) override;
  void begin_stream(const HttpResponse& head) override;
  bool stream(std::span<const std::string_view> parts) override {
    return late_.stream().write(parts);
  }
  void interrupt_stream() override { late_.stream().interrupt(); }
  void end_stream(std::string_view rest, StreamEnd end) override { late_.end_stream(rest, end); }

 private:
  Deadline deadline() const { return steady_clock::now() + options_.receive_timeout; }
  void notify(UploadEvent event) const {
    if (on_upload_ && reader_ == nullptr) on_upload_(event, *this);
  }
  bool has_body() const { return parser_->chunked() || parser_->content_length().value_or(0) > 0; }

  bool serve_one();
  bool refuse(Read why);
  Read read_head();
  Read read_body();
  Read read_sized_body(std::uint64_t length);
  Read pass_sized_body(std::uint64_t length);
  Read read_chunked_body();
  Read drain(std::uint64_t bytes);
  Read fill(std::size_t bytes, const Deadline& until);
  bool answer_at_head(const HttpResponse& response);
  bool answer();
  bool answer_late();
  bool send(const HttpResponse& response, KeepAlive keep_alive, std::size_t sent_bytes = 0);
  ResponseForm form(KeepAlive keep_alive) const {
    return {keep_alive, parser_->is_header_done() && method() == "HEAD"};
  }
  KeepAlive keep_alive() const { return parser_->keep_alive() ? KeepAlive::Yes : KeepAlive::No; }
  void linger() { discard_until_closed(socket_, kLingerLimit, stopping_); }

  const HttpServer::Options& options_;
  const HttpServer::Handler& handler_;
  const HttpServer::UploadHandler& on_upload_;
  const std::atomic<bool>& stopping_;
  const int socket_;
  LateResponse late_;

  boost::beast::flat_buffer
      buffer_;  // lives as long as the connection: a pipelined request may already be in it
  std::optional<RequestParser> parser_;  // one a request
  HttpRequest request_;
  std::string head_;              // of the response; kept for its capacity
  BodyReader* reader_ = nullptr;  // of a body that is read as it comes
  Read received_ = Read::Done;    // of the body
  bool peer_gone_ = false;
};

bool Connection::serve_one() {
  peer_gone_ = false;
  late_.reset();
  if (buffer_.size() == 0 && buffer_.capacity() > HttpRequest::kKeptBytes) buffer_.shrink_to_fit();
  parser_.emplace(request_, options_);
  reader_ = nullptr;
  received_ = Read::Done;
  Read read = read_head();
  if (read == Read::Done && options_.at_head && has_body()) {
    if (const auto response = options_.at_head(*this)) return answer_at_head(*response);
  }
  if (read == Read::Done) read = received_ = read_body();
  return read == Read::Done ? answer() : refuse(read);
}

// True: as serve_one().
bool Connection::answer_at_head(const HttpResponse& response) {
  const bool in_step = received_ == Read::Done || received_ == Read::TooLarge;
  if (in_step) return send(response, keep_alive()) && parser_->keep_alive();
  send(response, KeepAlive::No);
  linger();
  return false;
}

BodyEnd Connection::read_into(std::size_t limit_bytes, BodyReader& reader) {
  reader_ = &reader;
  parser_->keep_bytes(limit_bytes);
  parser_->read_into(reader);
  received_ = read_body();
  if (received_ == Read::Done) return BodyEnd::Complete;
  const bool too_large = received_ == Read::TooLarge || received_ == Read::TooLargeUnread;
  return too_large ? BodyEnd::TooLarge : BodyEnd::Truncated;
}

// Answers a request that does not reach the handler. True: the connection is still in step and goes
// on.
bool Connection::refuse(Read why) {
  if (stopping_ || why == Read::Closed) return false;
  if (why == Read::TooLarge || why == Read::TooLargeUnread) {
    notify(UploadEvent::TooLarge);
    const bool in_step = why == Read::TooLarge && parser_->keep_alive();
    auto refusal = options_.too_large ? options_.too_large(*this) : error_response(413, {});
    refusal.status = 413;
    if (send(refusal, in_step ? KeepAlive::Yes : KeepAlive::No) && !in_step) linger();
    return in_step;
  }
  unsigned status = 400;
  if (why == Read::HeadTooLarge) status = 431;
  if (why == Read::Stalled) status = 408;
  const bool in_body = parser_->is_header_done();
  if (in_body) notify(UploadEvent::Truncated);
  const bool truncated = in_body && status == 400;
  send(error_response(status, truncated ? options_.truncated_body : std::string()), KeepAlive::No);
  linger();
  return false;
}

// Appends what the client sends to the buffer.
Read Connection::fill(std::size_t bytes, const Deadline& until) {
  if (buffer_.size() + bytes > buffer_.max_size())
    return Read::Malformed;  // endless trailers or chunk extensions
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
  if (!has_body()) return Read::Done;
  if (options_.body_limit_of && reader_ == nullptr)
    parser_->keep_bytes(options_.body_limit_of(*this));
  const bool too_large = length && *length > parser_->keep_bytes();
  const auto expect = header("Expect");
  if (expect && buffer_.size() == 0) {
    // A client that waits for permission has sent nothing yet, so there is nothing to drain (RFC
    // 9110 10.1.1).
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
  return reader_ == nullptr ? read_sized_body(*length) : pass_sized_body(*length);
}

Read Connection::read_sized_body(std::uint64_t length) {
  std::string& body = request_.body;
  const std::size_t size = static_cast<std::size_t>(length);  // at most keep_bytes()
  const std::size_t present = std::min(size, buffer_.size());
  body.reserve(size);
  body.assign(static_cast<const char*>(buffer_.data().data()), present);
  buffer_.consume(present);
  if (present == size) return Read::Done;
  notify(UploadEvent::Started);
  const ssize_t got = receive_body(socket_, body, size, options_.receive_timeout);
  if (got > 0) return Read::Done;
  return got < 0 && errno == ETIMEDOUT ? Read::Stalled : Read::Cut;
}

Read Connection::pass_sized_body(std::uint64_t length) {
  for (std::uint64_t left = length; left > 0;) {
    if (buffer_.size() == 0) {
      const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, kPieceBytes));
      if (const Read read = fill(bytes, deadline()); read != Read::Done) return read;
    }
    const auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(left, buffer_.size()));
    reader_->take({static_cast<const char*>(buffer_.data().data()), bytes});
    buffer_.consume(bytes);
    left -= bytes;
  }
  return Read::Done;
}

// The limit is counted while reading (Go sends every response chunked, without a length); what is
// above it is thrown away and the framing followed to its end, so that the client reads its 413 and
// the connection goes on.
Read Connection::read_chunked_body() {
  parser_->eager(true);
  bool started = false;
  for (;;) {
    boost::beast::error_code error;
    if (buffer_.size() > 0) buffer_.consume(parser_->put(buffer_.data(), error));
    if (error == http::error::need_more) error = {};
    const bool fits = request_.body_bytes <= parser_->keep_bytes();
    if (parser_->is_done() && fits) return Read::Done;
    if (!started) notify(UploadEvent::Started);
    started = true;
    if (parser_->is_done()) return Read::TooLarge;
    if (error == http::error::body_limit) return Read::TooLargeUnread;
    if (error) return Read::Malformed;
    const std::size_t bytes = reader_ == nullptr ? kChunkReadBytes : kPieceBytes;
    if (const Read read = fill(bytes, deadline()); read != Read::Done) return read;
  }
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
    response = error_response(500, {});
  }
  if (late_.answered()) return answer_late();
  if (peer_gone_ || stopping_) return false;
  return send(response, keep_alive()) && parser_->keep_alive();
}

void Connection::begin_stream(const HttpResponse& head) {
  using Kind = BodyFrame::Kind;
  const bool chunked = request_.http_minor >= 1;
  late_.stream().begin(head, form(keep_alive()), chunked ? Kind::Chunked : Kind::UntilClose);
}

bool Connection::answer_late() {
  if (const auto rest = late_.take_rest()) {
    return send_all(socket_, rest->bytes) && !rest->closes && parser_->keep_alive();
  }
  const auto unsent = late_.take_unsent();
  if (!unsent) return parser_->keep_alive();
  const bool there = unsent->peer == Peer::Ignored || peer_is_there(socket_);
  if (there && send(unsent->response, keep_alive(), unsent->sent_bytes))
    return parser_->keep_alive();
  if (unsent->response.on_unsent) unsent->response.on_unsent();
  return false;
}

bool Connection::send(const HttpResponse& response, KeepAlive keep_alive, std::size_t sent_bytes) {
  ResponseParts parts(response, form(keep_alive), head_);
  return send_all(socket_, parts.begin(), parts.count(), sent_bytes);
}

WaitResult Connection::wait(Peer peer, std::optional<milliseconds> limit) {
  Deadline until;
  if (limit) until = steady_clock::now() + *limit;
  const auto result = late_.wait({form(keep_alive()), buffer_.size() > 0}, peer, until);
  if (result != WaitResult::PeerGone) return result;
  peer_gone_ = true;
  return stopping_ ? WaitResult::Stopping : WaitResult::PeerGone;
}

}  // namespace

class HttpServer::Impl {
 public:
  Impl(Options options, Handler handler, UploadHandler on_upload)
      : options_(std::move(options)),
        handler_(std::move(handler)),
        on_upload_(std::move(on_upload)),
        acceptor_({options_.address, options_.port, options_.max_connections,
                   closing_answer(503, options_.full), options_.receive_timeout},
                  [this](int fd, const std::atomic<bool>& stopping) {
                    if (options_.divert && options_.divert(fd, stopping)) return;
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

std::uint16_t HttpServer::port() const {
  return impl_->port();
}

std::string HttpServer::host_and_port() const {
  const std::string& address = impl_->options().address;
  const bool ipv6 = address.find(':') != std::string::npos;
  return (ipv6 ? "[" + address + "]" : address) + ":" + std::to_string(impl_->port());
}

void HttpServer::stop() {
  impl_->stop();
}

}  // namespace runtime_api
