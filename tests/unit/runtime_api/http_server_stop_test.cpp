// wait_for(), stop() in every phase of a request, and what is left of connections that ended.
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "runtime_api/http_server.h"
#include "runtime_api/wakeup.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace runtime_api;
using namespace std::chrono_literals;
using test::HttpClient;

namespace {

// A server whose /wait waits for `event`; counts why the waits ended.
class Waiting {
 public:
  Waiting() : server({}, [this](HttpExchange& exchange) { return handle(exchange); }) {}

  Wakeup event;
  std::atomic<int> waiting{0}, signalled{0}, gone{0}, stopped{0}, timed_out{0};
  HttpServer server;  // last: stops before the rest goes

 private:
  HttpResponse handle(HttpExchange& exchange) {
    HttpResponse response;
    response.body = "served";
    if (exchange.path() != "/wait" && exchange.path() != "/wait-briefly") return response;
    ++waiting;
    std::optional<std::chrono::milliseconds> limit;
    if (exchange.path() == "/wait-briefly") limit = 20ms;
    switch (exchange.wait_for(event.fd(), limit)) {
      case WaitResult::Signalled:
        ++signalled;
        break;
      case WaitResult::PeerGone:
        ++gone;
        break;
      case WaitResult::Stopping:
        ++stopped;
        break;
      case WaitResult::TimedOut:
        ++timed_out;
        break;
    }
    return response;
  }
};

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace

TEST_CASE("a wait ends with its event") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  CHECK_FALSE(client.has_input());
  w.event.signal();
  CHECK(client.read_reply().body == "served");
  CHECK(w.signalled == 1);
}

TEST_CASE("a wait with a limit ends with it") {
  Waiting w;
  HttpClient client(w.server.port());
  CHECK(client.request("GET", "/wait-briefly").body == "served");
  CHECK(w.timed_out == 1);
}

TEST_CASE("a waiting client that closes, resets or ends its half is gone at once") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  SECTION("closes") {
    client.close();
  }
  SECTION("resets") {
    client.reset();
  }
  SECTION("ends its half") {
    client.finish_sending();
    CHECK(client.closed_by_server());
  }
  CHECK(test::eventually([&] { return w.gone == 1; }));
  CHECK(w.signalled == 0);
}

TEST_CASE("a client that went before the wait began does not get the event") {
  Waiting w;
  w.event.signal();
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  client.finish_sending();
  // Either it was served before its end was seen, or it counts as gone: never both.
  CHECK(test::eventually([&] { return w.gone + w.signalled == 1; }));
}

TEST_CASE("a pipelined request does not end a wait and is served afterwards") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  client.send_request("GET", "/second");
  CHECK(client.has_input() == false);
  w.event.signal();
  CHECK(client.read_reply().body == "served");
  CHECK(client.read_reply().body == "served");
  CHECK(w.signalled == 1);
  CHECK(w.gone == 0);
}

TEST_CASE("stop() ends connections in every phase") {
  Waiting w;
  const auto port = w.server.port();
  HttpClient fresh(port);
  HttpClient idle(port);
  CHECK(idle.request("GET", "/").status == 200);
  HttpClient in_header(port);
  in_header.send("GET / HTTP/1.1\r\nX-Ha");
  HttpClient in_body(port);
  in_body.send("POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc");
  HttpClient in_chunk(port);
  in_chunk.send("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc");
  HttpClient waiting(port);
  waiting.send_request("GET", "/wait");
  HttpClient with_limit(port);
  with_limit.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 2; }));

  w.server.stop();
  CHECK(w.stopped == 2);
  CHECK(idle.closed_by_server());
  CHECK(in_body.closed_by_server());
  CHECK(in_chunk.closed_by_server());
  CHECK(waiting.closed_by_server());
  CHECK_THROWS(HttpClient(port));
  w.server.stop();
}

TEST_CASE("stop() ends an answer that its client does not read") {
  const auto large = std::make_shared<const std::string>(64'000'000, 'x');
  std::atomic<bool> answering{false};
  HttpServer server({}, [&](HttpExchange&) {
    HttpResponse response;
    response.shared_body = large;
    answering = true;
    return response;
  });
  HttpClient client(server.port());
  client.send_request("GET", "/");
  REQUIRE(test::eventually([&] { return answering && client.has_input(); }));
  server.stop();
}

TEST_CASE("stop() from several threads at once waits for all connections") {
  Waiting w;
  std::vector<HttpClient> clients;
  for (int i = 0; i < 16; ++i) {
    clients.emplace_back(w.server.port());
    clients.back().send_request("GET", "/wait");
  }
  REQUIRE(test::eventually([&] { return w.waiting == 16; }));
  std::atomic<int> too_early{0};
  std::vector<std::thread> stoppers;
  for (int i = 0; i < 4; ++i) {
    stoppers.emplace_back([&] {
      w.server.stop();
      if (w.stopped != 16) ++too_early;
    });
  }
  for (auto& thread : stoppers) thread.join();
  CHECK(too_early == 0);
}

TEST_CASE("connections that ended leave no thread behind") {
  Waiting w;
  const std::size_t before = threads();
  for (int i = 0; i < 2'000; ++i) {
    HttpClient client(w.server.port());
    REQUIRE(client.request("GET", "/").status == 200);
  }
  // The last to end waits for the next to be joined, and shows as a thread only until it has
  // returned.
  CHECK(test::eventually([&] { return threads() <= before + 1; }));
}

TEST_CASE("stop() races with connections that come and go") {
  for (int round = 0; round < 20; ++round) {
    Waiting w;
    std::atomic<bool> done{false};
    std::vector<std::thread> clients;
    for (int i = 0; i < 4; ++i) {
      clients.emplace_back([&, port = w.server.port()] {
        while (!done) {
          try {
            HttpClient client(port);
            client.request("GET", "/");
          } catch (const std::exception&) {
            return;  // the server has stopped
          }
        }
      });
    }
    std::this_thread::yield();
    w.server.stop();
    done = true;
    for (auto& thread : clients) thread.join();
  }
  SUCCEED();
}
