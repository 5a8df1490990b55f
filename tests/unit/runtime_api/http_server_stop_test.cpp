// wait() and respond(), stop() in every phase of a request, and what is left of connections that
// ended.
#include <atomic>
#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "runtime_api/http_server.h"
#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace runtime_api;
using namespace std::chrono_literals;
using test::HttpClient;

namespace {

// A server whose /wait waits until respond() is called for it; counts why the waits ended.
class Waiting {
 public:
  Waiting() : server({}, [this](HttpExchange& exchange) { return handle(exchange); }) {}

  // In the place of the handler that waits; false: none does.
  bool respond(HttpResponse response) {
    HttpExchange* exchange = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (exchanges_.empty()) return false;
      exchange = exchanges_.front();
      exchanges_.pop_front();
    }
    exchange->respond(std::move(response));
    return true;
  }
  bool respond(const std::string& body) {
    HttpResponse response;
    response.body = body;
    return respond(std::move(response));
  }

 private:
  std::mutex mutex_;
  std::deque<HttpExchange*> exchanges_;  // guarded by mutex_

 public:
  std::atomic<int> waiting{0}, answered{0}, gone{0}, stopped{0}, timed_out{0};
  HttpServer server;  // last: stops before the rest goes

 private:
  bool leave(HttpExchange& exchange) {
    const std::lock_guard lock(mutex_);
    return std::erase(exchanges_, &exchange) != 0;
  }

  HttpResponse handle(HttpExchange& exchange) {
    HttpResponse response;
    response.body = "served";
    if (!exchange.path().starts_with("/wait")) return response;
    {
      const std::lock_guard lock(mutex_);
      exchanges_.push_back(&exchange);
    }
    ++waiting;
    const auto peer = exchange.path() == "/wait-anyway" ? Peer::Ignored : Peer::Watched;
    std::optional<std::chrono::milliseconds> limit;
    if (exchange.path() == "/wait-briefly") limit = 20ms;
    const auto result = exchange.wait(peer, limit);
    if (result == WaitResult::Answered) ++answered;
    if (result == WaitResult::PeerGone) ++gone;
    if (result == WaitResult::Stopping) ++stopped;
    if (result == WaitResult::TimedOut) ++timed_out;
    if (result != WaitResult::Answered && !leave(exchange)) exchange.wait(peer);
    return response;
  }
};

std::size_t threads() {
  const std::filesystem::directory_iterator tasks("/proc/self/task");
  return static_cast<std::size_t>(std::distance(begin(tasks), end(tasks)));
}

}  // namespace

TEST_CASE("a wait ends with its response, and the connection goes on") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  CHECK_FALSE(client.has_input());
  SECTION("a short one, sent by the thread that has it") {
    REQUIRE(w.respond("short"));
    CHECK(client.read_reply().body == "short");
  }
  SECTION("a long one") {
    const std::string body(6'000'000, 'x');
    REQUIRE(w.respond(body));
    CHECK(client.read_reply().body == body);
  }
  CHECK(client.request("GET", "/").body == "served");
  CHECK(w.answered == 1);
}

TEST_CASE("short responses to a client that does not read reach it whole and in order") {
  Waiting w;
  HttpClient client(w.server.port());
  const int count = 400;  // more than the socket's buffers hold
  for (int i = 0; i < count; ++i) client.send_request("GET", "/wait");
  const auto body = [](int i) { return std::to_string(i) + std::string(50'000, 'x'); };
  std::thread responding([&] {
    for (int i = 0; i < count; ++i) {
      const std::string text = body(i);
      test::eventually([&] { return w.respond(text); });
    }
  });
  int wrong = 0;
  for (int i = 0; i < count; ++i) wrong += client.read_reply().body != body(i);
  responding.join();
  CHECK(wrong == 0);
}

TEST_CASE("a client that ended its half, and is not watched, gets its response") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait-anyway");
  client.finish_sending();
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  REQUIRE(w.respond("late"));
  CHECK(client.read_reply().body == "late");
}

TEST_CASE("a response to a watched client that has gone counts as not sent") {
  Waiting w;
  std::atomic<int> unsent{0};
  for (int round = 0; round < 50; ++round) {
    HttpClient client(w.server.port());
    client.send_request("GET", "/wait");
    REQUIRE(test::eventually([&] { return w.waiting == round + 1; }));
    client.close();
    HttpResponse response;
    response.body = "nobody reads this";
    response.on_unsent = [&unsent] { ++unsent; };
    // The connection's thread may have noticed first.
    if (!w.respond(std::move(response))) ++unsent;
    REQUIRE(test::eventually([&] { return unsent == round + 1; }));
  }
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
  CHECK(w.answered == 0);
}

TEST_CASE("a pipelined request does not end a wait and is served afterwards") {
  Waiting w;
  HttpClient client(w.server.port());
  client.send_request("GET", "/wait");
  REQUIRE(test::eventually([&] { return w.waiting == 1; }));
  client.send_request("GET", "/second");
  CHECK(client.has_input() == false);
  REQUIRE(w.respond("first"));
  CHECK(client.read_reply().body == "first");
  CHECK(client.read_reply().body == "served");
  CHECK(w.answered == 1);
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
