// Bodies in pieces: requests that are read as they come, responses that are sent as they are made.
#include <array>
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "runtime_api/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace runtime_api;
using test::HttpClient;
using test::HttpReply;

namespace {

// Hands each request's exchange to the test, which answers it.
class Streaming {
 public:
  Streaming() : server({}, [this](HttpExchange& exchange) { return handle(exchange); }) {}

  // The exchange of the request that has come; the handler waits for its answer.
  HttpExchange& next() {
    HttpExchange* exchange = nullptr;
    if (!test::eventually([&] { return (exchange = coming_.exchange(nullptr)) != nullptr; }))
      throw std::runtime_error("no request in time");
    return *exchange;
  }

  std::atomic<int> over{0};  // handlers that have returned

 private:
  HttpResponse handle(HttpExchange& exchange) {
    coming_ = &exchange;
    exchange.wait(Peer::Ignored);
    ++over;
    return {};
  }

  std::atomic<HttpExchange*> coming_{nullptr};

 public:
  HttpServer server;
};

bool send(HttpExchange& exchange, std::string_view text) {
  return exchange.stream(std::array{text});
}

HttpResponse head_of(std::string content_type) {
  HttpResponse head;
  head.content_type = std::move(content_type);
  return head;
}

// Written by the connection's thread, read by the test's.
class Pieces final : public BodyReader {
 public:
  void begin_chunk(std::uint64_t bytes) override {
    const std::lock_guard lock(mutex_);
    chunks_.push_back(bytes);
  }
  void take(std::string_view piece) override {
    const std::lock_guard lock(mutex_);
    text_ += piece;
  }
  std::vector<std::uint64_t> chunks() {
    const std::lock_guard lock(mutex_);
    return chunks_;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::uint64_t> chunks_;  // guarded by mutex_
  std::string text_;                   // guarded by mutex_
};

}  // namespace

TEST_CASE("pieces of a response arrive while it is being made") {
  Streaming serving;
  HttpClient client(serving.server.port());
  for (int round = 0; round < 2; ++round) {  // the connection goes on afterwards
    client.send_request("GET", "/");
    HttpExchange& exchange = serving.next();
    exchange.begin_stream(head_of("text/plain"));
    CHECK(send(exchange, "one"));
    const HttpReply head = client.read_head();
    CHECK(head.status == 200);
    CHECK(head.header("Transfer-Encoding") == "chunked");
    CHECK(head.header("Content-Length").empty());
    CHECK(client.read_chunk() == "one");
    const std::string_view parts[] = {"t", "", "wo"};
    CHECK(exchange.stream(parts));
    CHECK(client.read_chunk() == "two");
    exchange.end_stream("rest", StreamEnd::Complete);
    CHECK(client.read_chunked_body() == "rest");
  }
}

TEST_CASE("a response in pieces may have none") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send_request("GET", "/");
  HttpExchange& exchange = serving.next();
  HttpResponse head = head_of("");
  SECTION("an empty body") {
    exchange.begin_stream(head);
    exchange.end_stream({}, StreamEnd::Complete);
    CHECK(client.read_head().status == 200);
    CHECK(client.read_chunk().empty());
  }
  SECTION("a status that has no body") {
    head.status = 204;
    exchange.begin_stream(head);
    CHECK(send(exchange, "unseen"));
    exchange.end_stream("unseen", StreamEnd::Complete);
    const HttpReply reply = client.read_head();
    CHECK(reply.status == 204);
    CHECK(reply.header("Transfer-Encoding").empty());
  }
  client.send_request("GET", "/");
  serving.next().respond(HttpResponse{});
  CHECK(client.read_head().status == 200);
}

TEST_CASE("a HEAD request gets the head of a response in pieces") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send_request("HEAD", "/");
  HttpExchange& exchange = serving.next();
  exchange.begin_stream(head_of("text/plain"));
  CHECK(send(exchange, "unseen"));
  exchange.end_stream({}, StreamEnd::Complete);
  CHECK(client.read_head().header("Content-Type") == "text/plain");
  client.send_request("GET", "/");
  serving.next().respond(HttpResponse{});
  CHECK(client.read_head().status == 200);
}

TEST_CASE("an HTTP/1.0 client reads pieces until the connection closes") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send("GET / HTTP/1.0\r\n\r\n");
  HttpExchange& exchange = serving.next();
  exchange.begin_stream(head_of("text/plain"));
  CHECK(send(exchange, "a"));
  exchange.end_stream("b", StreamEnd::Complete);
  const HttpReply head = client.read_head();
  CHECK(head.header("Transfer-Encoding").empty());
  CHECK(head.header("Connection") == "close");
  CHECK(client.read_to_end() == "ab");
}

TEST_CASE("a broken response ends without its last chunk") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send_request("GET", "/");
  HttpExchange& exchange = serving.next();
  exchange.begin_stream(head_of("text/plain"));
  CHECK(send(exchange, "half"));
  exchange.end_stream({}, StreamEnd::Broken);
  client.read_head();
  CHECK(client.read_chunk() == "half");
  CHECK(client.closed_by_server());
}

TEST_CASE("a client that goes away is noticed and waited for no longer") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send_request("GET", "/");
  HttpExchange& exchange = serving.next();
  exchange.begin_stream(head_of("text/plain"));
  CHECK(send(exchange, "one"));
  client.reset();
  CHECK(test::eventually([&] { return !send(exchange, std::string(4096, 'x')); }));
  exchange.end_stream("more", StreamEnd::Complete);
  CHECK(test::eventually([&] { return serving.over == 1; }));
}

TEST_CASE("a slow client holds back who writes, until interrupted, and what it gets stays whole") {
  Streaming serving;
  HttpClient client(serving.server.port());
  client.send_request("GET", "/");
  HttpExchange& exchange = serving.next();
  exchange.begin_stream(head_of("text/plain"));
  const std::string piece(256 * 1024, 'x');
  std::atomic<std::size_t> taken{0};
  std::thread writer([&] {
    while (send(exchange, piece)) ++taken;
  });
  // It blocks once the sockets' buffers are full.
  std::size_t before = 0;
  CHECK(test::eventually([&] {
    const std::size_t now = taken;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::exchange(before, now) == now && now > 0;
  }));
  CHECK(taken < 200);  // 50 MB
  exchange.interrupt_stream();
  writer.join();
  CHECK_FALSE(send(exchange, "nothing more"));
  exchange.end_stream("the end", StreamEnd::Complete);
  client.read_head();
  const std::string body = client.read_chunked_body();
  CHECK(body.size() == (taken + 1) * piece.size() + 7);  // the interrupted piece, too
  CHECK(body.substr(body.size() - 7) == "the end");
  client.send_request("GET", "/");
  serving.next().respond(HttpResponse{});
  CHECK(client.read_head().status == 200);
}

TEST_CASE("a request's body may be read as it comes") {
  Pieces pieces;
  HttpServer::Options options;
  options.receive_timeout = std::chrono::milliseconds(2'000);
  options.at_head = [&](HttpExchange& exchange) -> std::optional<HttpResponse> {
    if (exchange.path() != "/stream") return std::nullopt;
    const BodyEnd end = exchange.read_into(1000, pieces);
    HttpResponse response;
    response.status = end == BodyEnd::Complete ? 202 : end == BodyEnd::TooLarge ? 413 : 400;
    response.body = std::string(exchange.header("X-Trailer").value_or("none"));
    return response;
  };
  HttpServer server(options, [](HttpExchange& exchange) {
    HttpResponse response;
    response.body = exchange.take_body();
    return response;
  });
  HttpClient client(server.port());
  const std::string chunked = "POST /stream HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  bool goes_on = true;

  SECTION("chunked, with a trailer") {
    client.send(chunked);
    client.send_chunk("abc");
    REQUIRE(test::eventually([&] { return pieces.text() == "abc"; }));
    client.send_chunk("defg");
    client.send("0\r\nX-Trailer: t\r\n\r\n");
    const HttpReply reply = client.read_reply();
    CHECK(reply.status == 202);
    CHECK(reply.body == "t");
    CHECK(pieces.text() == "abcdefg");
    CHECK(pieces.chunks() == std::vector<std::uint64_t>{3, 4});
  }
  SECTION("with a length, pipelined") {
    client.send("POST /stream HTTP/1.1\r\nContent-Length: 3\r\n\r\nxyzGET /next HTTP/1.1\r\n\r\n");
    CHECK(client.read_reply().status == 202);
    CHECK(pieces.text() == "xyz");
    CHECK(client.read_reply().status == 200);
  }
  SECTION("too large, with a length") {
    client.send_request("POST", "/stream", std::string(1001, 'x'));
    CHECK(client.read_reply().status == 413);
    CHECK(pieces.text().empty());
  }
  SECTION("too large, chunked") {
    client.send(chunked);
    client.send_chunk(std::string(900, 'x'));
    client.send_chunk(std::string(900, 'y'));
    client.send("0\r\n\r\n");
    CHECK(client.read_reply().status == 413);
    CHECK(pieces.text().size() <= 1000);
  }
  SECTION("truncated") {
    client.send(chunked);
    client.send_chunk("abc");
    client.finish_sending();
    CHECK(client.read_reply().status == 400);
    goes_on = false;
  }
  SECTION("broken framing") {
    client.send(chunked + "zz\r\n");
    CHECK(client.read_reply().status == 400);
    goes_on = false;
  }
  if (goes_on) CHECK(client.request("POST", "/other", "whole").body == "whole");
}
