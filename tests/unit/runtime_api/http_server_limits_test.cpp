// What the HTTP server does with requests that are too large, end early or never end.
#include <mutex>
#include <string>
#include <vector>

#include "runtime_api/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace runtime_api;
using namespace std::chrono_literals;
using test::HttpClient;
using test::HttpReply;

namespace {

constexpr std::size_t kLimit = 1'000;
constexpr std::size_t kTinyLimit = 10;

// A small server and what happened to it.
class Limited {
 public:
  explicit Limited(std::chrono::milliseconds receive_timeout = 30s)
      : server(
            options(receive_timeout), [this](HttpExchange& exchange) { return handle(exchange); },
            [this](UploadEvent event, const HttpExchange& exchange) { note(event, exchange); }) {}

  std::vector<std::string> events() {
    const std::lock_guard lock(mutex_);
    return events_;
  }
  bool saw(const std::string& event) {
    return test::eventually([&] {
      for (const auto& seen : events()) {
        if (seen == event) return true;
      }
      return false;
    });
  }

 private:
  static HttpServer::Options options(std::chrono::milliseconds receive_timeout) {
    HttpServer::Options options;
    options.body_limit_bytes = kLimit;
    options.body_limit_of = [](const HttpExchange& exchange) {
      return exchange.path().starts_with("/tiny") ? kTinyLimit : kLimit;
    };
    options.too_large = [](const HttpExchange& exchange) {
      HttpResponse response;
      response.body = "too large for " + std::string(exchange.path());
      return response;
    };
    options.truncated_body = "truncated";
    options.header_limit_bytes = 16 * 1024;
    options.max_connections = 8;
    options.full.body = "full";
    options.receive_timeout = receive_timeout;
    return options;
  }
  HttpResponse handle(HttpExchange& exchange) {
    HttpResponse response;
    response.body = std::to_string(exchange.body().size());
    return response;
  }
  void note(UploadEvent event, const HttpExchange& exchange) {
    static const char* const kNames[] = {"started ", "truncated ", "too large "};
    const std::lock_guard lock(mutex_);
    events_.push_back(kNames[static_cast<int>(event)] + std::string(exchange.path()));
  }

  std::mutex mutex_;
  std::vector<std::string> events_;

 public:
  HttpServer server;
};

using Events = std::vector<std::string>;

}  // namespace

TEST_CASE(
    "a body of exactly the limit passes, one byte more is a 413 after which the connection goes "
    "on") {
  Limited limited;
  HttpClient client(limited.server.port());
  CHECK(client.request("POST", "/fits", std::string(kLimit, 'x')).body == "1000");
  const HttpReply reply = client.request("POST", "/big", std::string(kLimit + 1, 'x'));
  CHECK(reply.status == 413);
  CHECK(reply.body == "too large for /big");
  CHECK(client.request("POST", "/again", "x").body == "1");
  CHECK(limited.saw("too large /big"));
}

TEST_CASE("each request has its own limit and its own answer above it") {
  Limited limited;
  HttpClient client(limited.server.port());
  CHECK(client.request("POST", "/tiny", std::string(kTinyLimit, 'x')).body == "10");
  const HttpReply reply = client.request("POST", "/tiny", std::string(kTinyLimit + 1, 'x'));
  CHECK(reply.status == 413);
  CHECK(reply.body == "too large for /tiny");
  client.send("POST /tiny/chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 3; ++i) client.send_chunk(std::string(kTinyLimit, 'x'));
  client.send_chunk("");
  client.send("\r\n");
  CHECK(client.read_reply().body == "too large for /tiny/chunks");
  CHECK(client.request("POST", "/large", std::string(kLimit, 'x')).body == "1000");
}

TEST_CASE("a chunked body above the limit is read to its end and then gets its 413") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /chunks HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (int i = 0; i < 100; ++i) client.send_chunk(std::string(10'000, 'x'));
  client.send_chunk("");
  client.send("X-Trailer: 1\r\n\r\n");
  CHECK(client.read_reply().status == 413);
  CHECK(client.request("POST", "/again", "x").body == "1");
  CHECK(limited.events() == Events{"started /chunks", "too large /chunks"});
}

TEST_CASE("a large body with a length is read to its end and then gets its 413") {
  Limited limited;
  HttpClient client(limited.server.port());
  const HttpReply reply = client.request("POST", "/big", std::string(8'000'000, 'x'));
  CHECK(reply.status == 413);
  CHECK(client.request("POST", "/again", "x").body == "1");
  CHECK(limited.events() == Events{"started /big", "too large /big"});
}

TEST_CASE("a client that asks before it sends too much gets its 413 at once") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /ask HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 100000\r\n\r\n");
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 413);
  CHECK(reply.header("Connection") == "close");
  CHECK(client.closed_by_server());
  CHECK(limited.events() == Events{"started /ask", "too large /ask"});
}

TEST_CASE("a body without end is refused within a bound, and the client reads why") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /endless HTTP/1.1\r\nContent-Length: 999999999999\r\n\r\n");
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 413);
  CHECK(reply.header("Connection") == "close");
}

TEST_CASE("a header above the limit is a 431") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.try_send("GET / HTTP/1.1\r\nX-Large: " + std::string(64 * 1024, 'x') + "\r\n\r\n");
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 431);
}

TEST_CASE("trailers without end are refused") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /t HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n");
  client.try_send("X-Large: " + std::string(512 * 1024, 'x'));
  CHECK(client.read_reply().status == 400);
}

TEST_CASE("a client that vanishes in the middle of a body is noticed") {
  Limited limited;
  SECTION("body with a length, closed") {
    HttpClient client(limited.server.port());
    client.send("POST /cut HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    client.close();
  }
  SECTION("body with a length, reset") {
    HttpClient client(limited.server.port());
    client.send("POST /cut HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(limited.saw("started /cut"));
    client.reset();
  }
  SECTION("chunked") {
    HttpClient client(limited.server.port());
    client.send("POST /cut HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    client.close();
  }
  SECTION("chunked, before the last chunk") {
    HttpClient client(limited.server.port());
    client.send("POST /cut HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n");
    client.close();
  }
  SECTION("a body that is too large") {
    HttpClient client(limited.server.port());
    client.send("POST /cut HTTP/1.1\r\nContent-Length: 100000\r\n\r\nabc");
    client.close();
  }
  CHECK(limited.saw("truncated /cut"));
  CHECK(limited.events() == Events{"started /cut", "truncated /cut"});
}

TEST_CASE("a client that only stops sending reads that its request was truncated") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /cut HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
  client.finish_sending();
  const HttpReply reply = client.read_reply();
  CHECK(reply.status == 400);
  CHECK(reply.body == "truncated");
  CHECK(client.closed_by_server());
}

TEST_CASE("broken chunk framing counts as truncated") {
  Limited limited;
  HttpClient client(limited.server.port());
  client.send("POST /broken HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcXX\r\n");
  CHECK(client.read_reply().body == "truncated");
  CHECK(limited.events() == Events{"started /broken", "truncated /broken"});
}

TEST_CASE("a client that ends within a header, or between requests, is no upload") {
  Limited limited;
  HttpClient half(limited.server.port());
  half.send("POST /half HTTP/1.1\r\nContent-Le");
  half.finish_sending();
  CHECK(half.read_reply().status == 400);
  HttpClient idle(limited.server.port());
  CHECK(idle.request("GET", "/").status == 200);
  idle.finish_sending();
  CHECK(idle.closed_by_server());
  CHECK(limited.events().empty());
}

TEST_CASE(
    "a client that stalls in a request is given up, and one that idles between requests is not") {
  Limited limited(100ms);
  HttpClient idle(limited.server.port());
  CHECK(idle.request("GET", "/").status == 200);
  SECTION("in the header") {
    HttpClient client(limited.server.port());
    client.send("GET / HTTP/1.1\r\nX-Slow: ");
    CHECK(client.read_reply().status == 408);
    CHECK(client.closed_by_server());
    CHECK(limited.events().empty());
  }
  SECTION("in the body") {
    HttpClient client(limited.server.port());
    client.send("POST /slow HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc");
    CHECK(client.read_reply().status == 408);
    CHECK(limited.events() == Events{"started /slow", "truncated /slow"});
  }
  SECTION("in a chunk") {
    HttpClient client(limited.server.port());
    client.send("POST /slow HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
    CHECK(client.read_reply().status == 408);
  }
  CHECK(idle.request("GET", "/").status == 200);
}

TEST_CASE("a client above the connection limit is turned away, and served once there is room") {
  Limited limited;
  std::vector<HttpClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back(limited.server.port());
    CHECK(clients.back().request("GET", "/").status == 200);
  }
  HttpClient extra(limited.server.port());
  const HttpReply full = extra.read_reply();
  CHECK(full.status == 503);
  CHECK(full.body == "full");
  CHECK(extra.closed_by_server());
  clients.pop_back();
  CHECK(test::eventually([&] {
    HttpClient retry(limited.server.port());
    retry.try_send("GET / HTTP/1.1\r\n\r\n");
    return retry.read_reply().status == 200;
  }));
}
