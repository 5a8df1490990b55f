// Responses for a caller that wants them while they arrive: what reaches its sink, and what does
// not harm it.
#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "runtime_api/runtime_api.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::Environment;
using test::error_path;
using test::HttpClient;
using test::HttpReply;
using test::kNext;
using test::response_path;

namespace {

class Sink : public ResponseSink {
 public:
  void begin(std::string_view content_type) override {
    const std::lock_guard lock(mutex_);
    type_ = content_type;
    ++begun_;
  }
  void write(std::string_view piece) override {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return open_ || abandoned_; });
    if (!abandoned_) text_ += piece;
  }
  void abandon() override {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
    changed_.notify_all();
  }

  // The caller does not keep up.
  void hold() {
    const std::lock_guard lock(mutex_);
    open_ = false;
  }
  std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  std::string type() {
    const std::lock_guard lock(mutex_);
    return type_;
  }
  int begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }
  bool has(const std::string& text) {
    return test::eventually([&] { return this->text() == text; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  bool abandoned_ = false;
  int begun_ = 0;
  std::string type_;
  std::string text_;
};

// A runtime that has taken the event "id", whose response goes to a sink.
struct Streaming {
  Streaming() {
    Invocation invocation;
    invocation.request_id = "id";
    invocation.payload = std::make_shared<const std::string>("{}");
    invocation.sink = sink;
    env.session.offer(std::move(invocation));
    client.request("GET", kNext);
  }
  void send_head(const std::string& more = {}) {
    client.send("POST " + response_path("id") +
                " HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
                "Transfer-Encoding: chunked\r\nContent-Type: text/x\r\n"
                "Trailer: Lambda-Runtime-Function-Error-Type\r\n"
                "Trailer: Lambda-Runtime-Function-Error-Body\r\n" +
                more + "\r\n");
  }
  Answer answer() {
    auto answers = env.wait_for_answers(1);
    if (answers.size() != 1) throw std::runtime_error("not one answer");
    return answers.front().second;
  }

  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  Environment env;
  HttpClient client{env.port()};
};

}  // namespace

TEST_CASE("a streamed response reaches its sink chunk by chunk, and the answer is empty") {
  Streaming s;
  s.send_head();
  s.client.send_chunk("one ");
  CHECK(s.sink->has("one "));
  CHECK(s.sink->type() == "text/x");
  CHECK(s.env.session.state() == SessionState::InvocationResponse);
  CHECK(s.env.answers().empty());
  s.client.send_chunk("two");
  CHECK(s.sink->has("one two"));
  s.client.send("0\r\n\r\n");
  CHECK(s.client.read_reply().status == 202);
  const Answer answer = s.answer();
  CHECK(answer.kind == Answer::Kind::Response);
  CHECK(answer.payload.empty());
  CHECK(answer.streamed_bytes == 7);
  CHECK(s.sink->begun() == 1);
  s.env.offer("next");
  CHECK(s.client.request("GET", kNext).header("Lambda-Runtime-Aws-Request-Id") == "next");
}

TEST_CASE("a response that its runtime does not stream goes to the sink all the same") {
  Streaming s;
  const std::string body(3'000'000, 'x');
  const HttpReply reply =
      s.client.request("POST", response_path("id"), body, "Content-Type: application/json\r\n");
  CHECK(reply.status == 202);
  CHECK((s.sink->text() == body));
  CHECK(s.sink->type() == "application/json");
  CHECK(s.answer().payload.empty());
}

TEST_CASE("an empty streamed response has begun") {
  Streaming s;
  s.send_head();
  s.client.send("0\r\n\r\n");
  CHECK(s.client.read_reply().status == 202);
  CHECK(s.sink->begun() == 1);
  CHECK(s.answer().kind == Answer::Kind::Response);
}

TEST_CASE("errors of a stream") {
  Streaming s;
  const std::string type = "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n";
  const std::string body = "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCb29tIn0=\r\n";
  s.send_head();
  std::string seen;
  SECTION("in trailers, before the first byte") {
    s.client.send("0\r\n" + type + body + "\r\n");
  }
  SECTION("in trailers, midstream") {
    s.client.send_chunk("data");
    s.client.send("0\r\n" + type + body + "\r\n");
    seen = "data";
  }
  SECTION("in Rust's last chunk") {
    s.client.send_chunk("data");
    s.client.send_chunk(type + body);
    s.client.send("0\r\n\r\n");
    seen = "data";
  }
  SECTION("in Rust's last chunk, lower case, in two pieces") {
    s.client.send_chunk("data");
    std::string lines = "lambda-runtime-function-error-type: Runtime.StreamError\r\n" + body;
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", lines.size());
    s.client.send(size + lines.substr(0, 10));
    CHECK(s.sink->has("data"));
    s.client.send(lines.substr(10) + "\r\n0\r\n\r\n");
    seen = "data";
  }
  CHECK(s.client.read_reply().status == 202);
  const Answer answer = s.answer();
  CHECK(answer.kind == Answer::Kind::Error);
  CHECK(answer.error_type == "Runtime.StreamError");
  CHECK(answer.payload == R"({"errorType":"Boom"})");
  CHECK(s.sink->text() == seen);
  CHECK(s.sink->begun() == (seen.empty() ? 0 : 1));
}

TEST_CASE("data that only looks like Rust's error is passed on") {
  Streaming s;
  s.send_head();
  std::string data = "Lambda-Runtime-Function-Error-Type: " + std::string(200, 'x');
  std::string seen = data;
  s.client.send_chunk(data);
  SECTION("before another chunk") {
    s.client.send_chunk("more");
    seen += "more";
    CHECK(s.sink->has(seen));
  }
  SECTION("at the end") {}
  s.client.send("0\r\n\r\n");
  CHECK(s.client.read_reply().status == 202);
  CHECK(s.sink->text() == seen);
  CHECK(s.answer().kind == Answer::Kind::Response);
}

TEST_CASE("Go's stream has trailers and no mode header") {
  Streaming s;
  s.client.send("POST " + response_path("id") +
                " HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTrailer: "
                "Lambda-Runtime-Function-Error-Type,Lambda-Runtime-Function-Error-Body\r\n\r\n");
  s.client.send_chunk("data");
  CHECK(s.sink->has("data"));
  s.client.send(
      "0\r\nLambda-Runtime-Function-Error-Type: errorString\r\n"
      "Lambda-Runtime-Function-Error-Body: e30=\r\n\r\n");
  CHECK(s.client.read_reply().status == 202);
  CHECK(s.answer().error_type == "errorString");
}

TEST_CASE("a stream whose sender vanishes is a truncated one") {
  Streaming s;
  s.send_head();
  s.client.send_chunk("data");
  CHECK(s.sink->has("data"));
  SECTION("half closed") {
    s.client.finish_sending();
    const HttpReply reply = s.client.read_reply();
    CHECK(reply.status == 400);
    CHECK(reply.body == R"({"errorMessage":"HTTP request detected as truncated",)"
                        R"("errorType":"TruncatedHTTPRequest"})");
  }
  SECTION("reset") {
    s.client.reset();
  }
  SECTION("broken framing") {
    s.client.send("no size\r\n");
    CHECK(s.client.read_reply().status == 400);
  }
  CHECK(s.answer().error_type == "Runtime.TruncatedResponse");
  CHECK(s.sink->text() == "data");
}

TEST_CASE("limits: 6 MB for a response, 200 MB for a stream") {
  Streaming s;
  HttpReply reply;
  std::string limit;
  SECTION("with a length") {
    reply =
        s.client.request("POST", response_path("id"), std::string(kResponseLimitBytes + 1, 'x'));
    limit = "6291556";
    CHECK(s.sink->begun() == 0);
  }
  SECTION("a stream") {
    s.send_head();
    const std::string chunk(4 * 1024 * 1024, 'x');
    for (std::size_t sent = 0; sent <= kStreamLimitBytes; sent += chunk.size())
      s.client.send_chunk(chunk);
    s.client.send("0\r\n\r\n");
    reply = s.client.read_reply();
    limit = "209715200";
    CHECK(s.sink->text().size() <= kStreamLimitBytes);
    CHECK(s.sink->text().size() >= kStreamLimitBytes - chunk.size());
  }
  CHECK(reply.status == 413);
  CHECK(reply.body == R"({"errorMessage":"Exceeded maximum allowed payload size ()" + limit +
                          R"( bytes).","errorType":"RequestEntityTooLarge"})");
  const Answer answer = s.answer();
  CHECK(answer.kind == Answer::Kind::ResponseTooLarge);
  CHECK(answer.error_type == "Function.ResponseSizeTooLarge");
}

TEST_CASE("while a response streams, nothing else answers its invocation") {
  Streaming s;
  s.send_head();
  s.client.send_chunk("data");
  CHECK(s.sink->has("data"));
  HttpClient other(s.env.port());
  CHECK(other.request("POST", response_path("id"), "x").status == 403);
  CHECK(other.request("POST", error_path("id"), "x").status == 403);
  other.send("POST " + response_path("id") + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  other.send_chunk("intruder");
  other.send("0\r\n\r\n");
  CHECK(other.read_reply().status == 403);
  HttpClient vanishing(s.env.port());
  vanishing.send("POST " + response_path("id") + " HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
  vanishing.finish_sending();
  CHECK(vanishing.read_reply().status == 400);
  CHECK(s.env.answers().empty());
  s.client.send("0\r\n\r\n");
  CHECK(s.client.read_reply().status == 202);
  CHECK(s.sink->text() == "data");
  CHECK(s.answer().kind == Answer::Kind::Response);
}

TEST_CASE("an unknown response mode is refused before anything streams") {
  Streaming s;
  const HttpReply reply = s.client.request("POST", response_path("id"), "x",
                                           "Lambda-Runtime-Function-Response-Mode: bogus\r\n");
  CHECK(reply.status == 400);
  CHECK(s.answer().error_type == "Runtime.InvalidResponseModeHeader");
  CHECK(s.sink->begun() == 0);
}

TEST_CASE("a slow caller holds its runtime back, and close() ends that") {
  Streaming s;
  s.sink->hold();
  s.send_head();
  std::atomic<std::size_t> sent{0};
  std::atomic<bool> knows_the_end{false};
  std::thread runtime([&] {
    const std::string chunk(256 * 1024, 'x');
    try {
      for (; sent < 100; ++sent) s.client.send_chunk(chunk);
    } catch (const std::runtime_error&) {
      knows_the_end = true;
    }
  });
  CHECK(test::eventually([&] { return s.sink->begun() == 1; }));
  std::size_t before = 0;
  CHECK(test::eventually([&] {
    const std::size_t now = sent;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    return std::exchange(before, now) == now;
  }));
  CHECK(sent < 100);
  s.env.session.close();
  s.env.api.stop();
  CHECK(test::eventually([&] { return knows_the_end.load(); }));
  runtime.join();
  CHECK(s.env.answers().empty());
  CHECK(s.sink->text().empty());
}
