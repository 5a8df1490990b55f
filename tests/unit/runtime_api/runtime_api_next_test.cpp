// Waiting for the next event: several connections, clients that go away, the same event again,
// closing and stopping.
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::Environment;
using test::HttpClient;
using test::HttpReply;
using test::kNext;
using test::response_path;

namespace {

std::string request_id(const HttpReply& reply) {
  return reply.header("Lambda-Runtime-Aws-Request-Id");
}

// Until the runtime's request has been seen: the session leaves Started, or RuntimeResponseSent,
// with it.
void ask(Environment& env, HttpClient& client) {
  client.send_request("GET", kNext);
  REQUIRE(env.in_state(SessionState::Ready));
}

}  // namespace

TEST_CASE("a waiting /next gets the event when it is offered") {
  Environment env;
  HttpClient client = env.client();
  for (const std::string id : {"a", "b", "c"}) {
    ask(env, client);
    CHECK_FALSE(client.has_input());
    env.offer(id, "payload " + id);
    const HttpReply reply = client.read_reply();
    CHECK(request_id(reply) == id);
    CHECK(reply.body == "payload " + id);
    CHECK(client.request("POST", response_path(id), "done").status == 202);
  }
  CHECK(env.taken() == 3);
}

TEST_CASE("an event is not lost to a waiting client that has gone") {
  Environment env;
  HttpClient first = env.client();
  ask(env, first);
  SECTION("closed") {
    first.close();
  }
  SECTION("reset") {
    first.reset();
  }
  SECTION("half closed") {
    first.finish_sending();
  }
  // Its connection may be noticed before or after the offer: both must lead here.
  HttpClient second = env.client();
  second.send_request("GET", kNext);
  env.offer("id");
  CHECK(request_id(second.read_reply()) == "id");
  CHECK(second.request("POST", response_path("id"), "x").status == 202);
  CHECK(env.taken() == 1);
}

TEST_CASE("a runtime that asks again while Running gets the same event, on whatever connection") {
  Environment env;
  HttpClient first = env.client();
  env.offer("id", "payload");
  const HttpReply original = first.request("GET", kNext);
  const HttpReply same = first.request("GET", kNext);
  CHECK(same.body == "payload");
  CHECK(same.headers == original.headers);  // deadline and invocation id included
  first.close();
  HttpClient second = env.client();
  CHECK(request_id(second.request("GET", kNext)) == "id");
  CHECK(second.request("POST", response_path("id"), "x").status == 202);
  CHECK(env.taken() == 1);
  CHECK(env.answers().size() == 1);
}

TEST_CASE("a /next that overtakes the end of its streamed response gets the next event") {
  Environment env;
  HttpClient poller = env.client();
  env.offer("first");
  poller.request("GET", kNext);
  HttpClient uploader = env.client();
  uploader.send("POST " + response_path("first") +
                " HTTP/1.1\r\nLambda-Runtime-Function-Response-Mode: streaming\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
  uploader.send_chunk("data");
  REQUIRE(env.in_state(SessionState::InvocationResponse));
  poller.send_request("GET", kNext);
  uploader.send("0\r\n\r\n");
  CHECK(uploader.read_reply().status == 202);
  env.offer("second");
  CHECK(request_id(poller.read_reply()) == "second");
}

TEST_CASE("of several waiting /next exactly one gets an offer") {
  Environment env;
  std::vector<HttpClient> waiting;
  for (int i = 0; i < 4; ++i) {
    waiting.push_back(env.client());
    ask(env, waiting.back());
  }
  for (int round = 0; round < 4; ++round) {
    const std::string id = "id-" + std::to_string(round);
    env.offer(id);
    std::size_t receiver = waiting.size();
    REQUIRE(test::eventually([&] {
      for (std::size_t i = 0; i < waiting.size(); ++i) {
        if (waiting[i].has_input()) receiver = i;
      }
      return receiver < waiting.size();
    }));
    CHECK(request_id(waiting[receiver].read_reply()) == id);
    waiting.erase(waiting.begin() + static_cast<std::ptrdiff_t>(receiver));
    for (auto& other : waiting) CHECK_FALSE(other.has_input());
    CHECK(env.client().request("POST", response_path(id), "x").status == 202);
  }
  CHECK(env.taken() == 4);
}

TEST_CASE("close() answers those who wait with a 403") {
  Environment env;
  HttpClient first = env.client();
  HttpClient second = env.client();
  ask(env, first);
  ask(env, second);
  env.session.close();
  for (HttpClient* client : {&first, &second}) {
    const HttpReply reply = client->read_reply();
    CHECK(reply.status == 403);
    CHECK(reply.body.find("InvalidStateTransition") != std::string::npos);
  }
  CHECK(first.request("GET", kNext).status == 403);
}

TEST_CASE("stop() ends waiting clients, and an event that nobody took can be withdrawn") {
  Environment env;
  HttpClient client = env.client();
  ask(env, client);
  env.api.stop();
  CHECK(client.closed_by_server());
  env.offer("id");
  const auto back = env.session.withdraw("id");
  REQUIRE(back.has_value());
  CHECK(back->request_id == "id");
  env.api.stop();
}

TEST_CASE("a pipelined /response and /next on one connection are both served") {
  Environment env;
  HttpClient client = env.client();
  env.offer("a");
  client.request("GET", kNext);
  client.send("POST " + response_path("a") + " HTTP/1.1\r\nContent-Length: 1\r\n\r\nxGET " + kNext +
              " HTTP/1.1\r\n\r\n");
  CHECK(client.read_reply().status == 202);
  env.offer("b");
  CHECK(request_id(client.read_reply()) == "b");
}
