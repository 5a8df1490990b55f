// From a runtime's pieces to a caller's connection, through a real server: what abandon() ends, and
// that nothing touches the exchange after the end.
#include "emulator/control/caller_stream.h"

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace emulator;
using runtime_api::HttpExchange;
using runtime_api::HttpResponse;
using test::eventually;
using test::HttpClient;

namespace {

class Text final : public CallerStream {
 public:
  using CallerStream::CallerStream;

 private:
  void on_begin(std::string_view content_type) override {
    HttpResponse head;
    head.content_type = content_type;
    exchange_.begin_stream(head);
  }
  void on_write(std::string_view piece) override { exchange_.stream(std::array{piece}); }
  void on_end(Outcome outcome) override {
    exchange_.end_stream(outcome.payload, runtime_api::StreamEnd::Complete);
  }
};

// The stream of the request that has come; its handler waits for the end.
class Serving {
 public:
  std::shared_ptr<Text> next() {
    std::shared_ptr<Text> stream;
    if (!eventually([&] { return (stream = take()) != nullptr; }))
      throw std::runtime_error("no request in time");
    return stream;
  }
  std::uint16_t port() const { return server_.port(); }

 private:
  std::shared_ptr<Text> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(coming_, nullptr);
  }
  HttpResponse handle(HttpExchange& exchange) {
    {
      const std::lock_guard lock(mutex_);
      coming_ = std::make_shared<Text>(exchange);
    }
    exchange.wait(runtime_api::Peer::Ignored);
    return {};
  }

  std::mutex mutex_;
  std::shared_ptr<Text> coming_;  // guarded by mutex_
  runtime_api::HttpServer server_{{}, [this](HttpExchange& exchange) { return handle(exchange); }};
};

Outcome ended_with(const std::string& text) {
  Outcome outcome;
  outcome.payload = text;
  return outcome;
}

}  // namespace

TEST_CASE("a caller's stream: pieces, then the end") {
  Serving serving;
  HttpClient client(serving.port());
  for (int round = 0; round < 2; ++round) {
    client.send_request("GET", "/");
    const auto stream = serving.next();
    stream->begin("text/x");
    stream->write("one");
    CHECK(client.read_head().header("Content-Type") == "text/x");
    CHECK(client.read_chunk() == "one");
    stream->end(ended_with("rest"));
    CHECK(client.read_chunked_body() == "rest");
    stream->write("too late");  // the exchange is gone
    stream->abandon();
  }
}

TEST_CASE("a caller's stream: abandoned while the caller does not read") {
  Serving serving;
  HttpClient client(serving.port());
  client.send_request("GET", "/");
  const auto stream = serving.next();
  std::atomic<bool> begun{false};
  std::atomic<bool> stops{false};
  std::thread runtime([&] {
    stream->begin("text/x");
    const std::string piece(256 * 1024, 'x');
    while (!stops) {
      stream->write(piece);
      begun = true;
    }
  });
  CHECK(eventually([&] { return begun.load(); }));
  stream->abandon();
  stream->end(ended_with("the end"));
  stops = true;
  runtime.join();
  client.read_head();
  const std::string body = client.read_chunked_body();
  CHECK(body.substr(body.size() - 7) == "the end");
  CHECK((body.size() - 7) % (256 * 1024) == 0);
}
