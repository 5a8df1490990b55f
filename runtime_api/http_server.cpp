// Beast parses requests; the socket calls around it are our own (runtime_api/socket.h), because
// Asio's synchronous reads ignore SO_RCVTIMEO and http::read moves a large body through a small
// buffer.
#include "runtime_api/http_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <cerrno>
#include <exception>
#include <limits>

#include "runtime_api/acceptor.h"
#include "runtime_api/http_request.h"
#include "runtime_api/http_response.h"
#include "runtime_api/late_response.h"
#include "runtime_api/receive_body.h"
#include "runtime_api/socket.h"

namespace runtime_api {
namespace {

namespace http = boost::beast::http;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kHeadReadBytes = 4 * 1024;        // a Runtime API request is about 300 bytes
constexpr std::size_t kChunkReadBytes = 32 * 1024;      // Go sends chunks of this size
constexpr std::size_t kFirstReserveBytes = 512 * 1024;  // of a chunked body that outgrows one read
constexpr std::size_t kDrainLimitBytes =
    256u * 1024 * 1024;  // of a request that is too large; then the connection closes
constexpr milliseconds kLingerLimit{
    2'000};  // for a client to stop sending and read why it was refused
constexpr std::string_view kFullAnswer =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// How reading one piece of a request ended.
enum class Read { Done, Closed, Cut, Stalled, Malformed, HeadTooLarge, TooLarge, TooLargeUnread };

// Fills an HttpRequest. Beast's own message allocates for each header and refuses values above 64
// KB, but the X-Ray cause that Python and Node send with a deep stack trace may reach 1 MB.
class RequestParser final : public http::basic_parser<true> {
 public:
  using Text = boost::beast::string_view;
  using Error = boost::beast::error_code;

  RequestParser(HttpRequest& request, const HttpServer::Options& options)
      : request_(request), body_limit_bytes_(options.body_limit_bytes) {
    request.clear();
    header_limit(static_cast<std::uint32_t>(options.header_limit_bytes));
    // The connection counts, so that a body can be read to its end. (Beast 1.74 takes "no limit"
    // for a limit of zero.)
    body_limit(std::numeric_limits<std::uint64_t>::max());
  }

 private:
  void on_request_impl(http::verb, Text method, Text target, int, Error&) override {
    request_.text.append(method.data(), method.size()).append(target.data(), target.size());
    request_.method_size = method.size();
    request_.target_size = target.size();
  }
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(http::field, Text name, Text value, Error&) override {
    const std::size_t at = request_.text.size();
    request_.text.append(name.data(), name.size()).append(value.data(), value.size());
    request_.fields.push_back({at, name.size(), at + name.size(), value.size()});
  }
  void on_header_impl(Error&) override {}
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Error&) override {}
  std::size_t on_body_impl(Text piece, Error&) override { return piece.size(); }
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text piece, Error& error) override {
    request_.body_bytes += piece.size();
    if (request_.body_bytes > kDrainLimitBytes) error = http::error::body_limit;
    if (request_.body_bytes > body_limit_bytes_) return piece.size();
    std::string& body = request_.body;
    if (body.size() + piece.size() > body.capacity()) {
      body.reserve(std::max({kFirstReserveBytes, piece.size(), 2 * body.capacity()}));
    }
    body.append(piece.data(), piece.size());
    return piece.size();
  }
  void on_finish_impl(Error&) override {}

  HttpRequest& request_;
  const std::size_t body_limit_bytes_;
};

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
        buffer_(options.header_limit_bytes + 2 * kChunkReadBytes) {}

  void run() {
    while (serve_one()) {
    }
  }

  std::string_view method() const override { return request_.method(); }
  std::string_view path() const override {
    return request_.target().substr(0, request_.target().find('?'));
  }
  std::string_view query() const override {
    const auto target = request_.target();
    const auto mark = target.find('?');
    return mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  }
  std::optional<std::string_view> header(std::string_view name) const override {
    return request_.header(name);
  }
  const std::string& body() const override { return request_.body; }
  std::string take_body() override { return std::move(request_.body); }
  WaitResult wait(Peer peer, std::optional<milliseconds> limit) override;
  void respond(HttpResponse response) override { late_.respond(std::move(response)); }

 private:
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
  bool answer_late();
  bool send(const HttpResponse& response, KeepAlive keep_alive, std::size_t sent_bytes = 0);
  ResponseForm form(KeepAlive keep_alive) const {
    return {keep_alive, parser_->is_header_done() && method() == "HEAD"};
  }
  KeepAlive keep_alive() const { return parser_->keep_alive() ? KeepAlive::Yes : KeepAlive::No; }
  void linger();

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
  std::string head_;  // of the response; kept for its capacity
  bool peer_gone_ = false;
};

bool Connection::serve_one() {
  peer_gone_ = false;
  late_.reset();
  if (buffer_.size() == 0 && buffer_.capacity() > HttpRequest::kKeptBytes) buffer_.shrink_to_fit();
  parser_.emplace(request_, options_);
  Read read = read_head();
  if (read == Read::Done) read = read_body();
  return read == Read::Done ? answer() : refuse(read);
}

// Answers a request that does not reach the handler. True: the connection is still in step and goes
// on.
bool Connection::refuse(Read why) {
  if (stopping_ || why == Read::Closed) return false;
  if (why == Read::TooLarge || why == Read::TooLargeUnread) {
    notify(UploadEvent::TooLarge);
    const bool in_step = why == Read::TooLarge && parser_->keep_alive();
    auto refusal = options_.too_large;
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
  if (!parser_->chunked() && (!length || *length == 0)) return Read::Done;
  const bool too_large = length && *length > options_.body_limit_bytes;
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
  return read_sized_body(*length);
}

Read Connection::read_sized_body(std::uint64_t length) {
  std::string& body = request_.body;
  const std::size_t size = static_cast<std::size_t>(length);  // at most body_limit_bytes
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
    const bool fits = request_.body_bytes <= options_.body_limit_bytes;
    if (parser_->is_done() && fits) return Read::Done;
    if (!started) notify(UploadEvent::Started);
    started = true;
    if (parser_->is_done()) return Read::TooLarge;
    if (error == http::error::body_limit) return Read::TooLargeUnread;
    if (error) return Read::Malformed;
    if (const Read read = fill(kChunkReadBytes, deadline()); read != Read::Done) return read;
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

bool Connection::answer_late() {
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

// Reads on for a while after a refusal: closing with unread bytes sends a reset, and the client
// would lose the answer.
void Connection::linger() {
  ::shutdown(socket_, SHUT_WR);
  const Deadline until = steady_clock::now() + kLingerLimit;
  while (!stopping_ && steady_clock::now() < *until &&
         discard(socket_, kDrainLimitBytes, until) > 0) {
  }
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
