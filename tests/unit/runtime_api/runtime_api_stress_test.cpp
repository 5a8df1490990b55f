// Many invocations with everything that races in practice; meant for ThreadSanitizer.
#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::HttpClient;
using test::HttpReply;
using test::kNext;
using test::response_path;

namespace {

// Runs until its connection is closed: over one connection, or a new one for each request.
void run_runtime(std::uint16_t port, bool new_connections) {
  try {
    auto client = std::make_unique<HttpClient>(port);
    for (;;) {
      const HttpReply event = client->request("GET", kNext);
      if (event.status != 200) return;
      const std::string id = event.header("Lambda-Runtime-Aws-Request-Id");
      if (new_connections) client = std::make_unique<HttpClient>(port);
      client->request("POST", response_path(id), "answer to " + id);
    }
  } catch (const std::exception&) {
    // The server has stopped.
  }
}

}  // namespace

TEST_CASE("thousands of invocations through a pool of environments, each answered once") {
  constexpr int kEnvironments = 4;
  constexpr int kInvocations = 500;
  std::vector<std::unique_ptr<test::Environment>> environments;
  std::vector<std::thread> threads;
  for (int i = 0; i < kEnvironments; ++i) {
    environments.push_back(std::make_unique<test::Environment>());
    test::Environment& env = *environments.back();
    threads.emplace_back(run_runtime, env.port(), i % 2 == 0);
    threads.emplace_back([&env] {
      for (int n = 0; n < kInvocations; ++n) {
        env.offer("id-" + std::to_string(n), "event");
        if (n % 50 == 7) {
          // The pool takes an offer back when it can, and dispatches it again.
          if (auto back = env.session.withdraw("id-" + std::to_string(n))) {
            env.session.offer(*std::move(back));
            env.session.hand_over();
          }
        }
        const auto answered = static_cast<std::size_t>(n) + 1;
        if (env.wait_for_answers(answered).size() != answered) return;
        env.session.deadline();
        env.session.state();
      }
    });
  }
  for (std::size_t i = 1; i < threads.size(); i += 2) threads[i].join();
  for (auto& env : environments) env->api.stop();
  for (std::size_t i = 0; i < threads.size(); i += 2) threads[i].join();
  for (auto& env : environments) {
    const auto answers = env->answers();
    CHECK(answers.size() == kInvocations);
    std::set<std::string> ids;
    for (const auto& [id, answer] : answers) {
      ids.insert(id);
      CHECK(answer.payload == "answer to " + id);
    }
    CHECK(ids.size() == answers.size());
  }
}

TEST_CASE("events reach a live connection while others die at the same moment") {
  test::Environment env;
  for (int n = 0; n < 200; ++n) {
    const std::string id = "id-" + std::to_string(n);
    HttpClient dying = env.client();
    dying.send_request("GET", kNext);
    std::thread offering([&] { env.offer(id); });
    dying.reset();
    HttpClient alive = env.client();
    const HttpReply reply = alive.request("GET", kNext);
    offering.join();
    REQUIRE(reply.header("Lambda-Runtime-Aws-Request-Id") == id);
    REQUIRE(alive.request("POST", response_path(id), "x").status == 202);
  }
  CHECK(env.answers().size() == 200);
  CHECK(env.taken() == 200);
}

TEST_CASE("close() decides between an answer and no answer, whatever races") {
  for (int n = 0; n < 200; ++n) {
    test::Environment env;
    HttpClient client = env.client();
    env.offer("id");
    client.request("GET", kNext);
    std::thread closing([&] { env.session.close(); });
    const int status = client.request("POST", response_path("id"), "x").status;
    closing.join();
    const bool answered = env.answers().size() == 1;
    REQUIRE((status == 202) == answered);
    REQUIRE(env.session.is_running("id") == !answered);
  }
}
