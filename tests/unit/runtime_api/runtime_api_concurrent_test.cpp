// What the workers of managed instances get over HTTP.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "runtime_api/concurrent_session.h"
#include "runtime_api/extension_routes.h"
#include "runtime_api/runtime_api.h"
#include "runtime_api/telemetry_routes.h"
#include "tests/support/catch.h"
#include "tests/unit/runtime_api/runtime.h"

using namespace runtime_api;
using test::error_path;
using test::eventually;
using test::HttpClient;
using test::kNext;
using test::response_path;

namespace {

struct Instance {
  explicit Instance(int concurrency) : session(events(), concurrency) {}

  SessionEvents events() {
    SessionEvents events;
    events.answered = [this](const std::string&, Answer) { ++answered; };
    return events;
  }
  std::uint16_t port() const { return api.port(); }
  void offer(const std::string& id) {
    Invocation invocation;
    invocation.request_id = id;
    invocation.payload = std::make_shared<const std::string>("{}");
    session.offer(std::move(invocation));
    session.hand_over();
  }
  bool has_room(int room) {
    return eventually([&] { return session.room() == room; });
  }

  std::atomic<int> answered{0};
  ConcurrentSession session;
  Extensions extensions{{"f", "1", "h", "0"}, {}, InstanceKind::Managed};
  Telemetry telemetry{Telemetry::LogFormat::Json, {}};
  ExtensionRoutes extension_routes{extensions};
  TelemetryRoutes telemetry_routes{extensions, telemetry};
  RuntimeApi api{session, {&extension_routes, &telemetry_routes}};
};

}  // namespace

TEST_CASE("several workers wait at the same time, one more gets a 500") {
  Instance instance(2);
  HttpClient first(instance.port());
  HttpClient second(instance.port());
  first.send_request("GET", kNext);
  REQUIRE(instance.has_room(1));
  second.send_request("GET", kNext);
  REQUIRE(instance.has_room(2));
  const auto refused = HttpClient(instance.port()).request("GET", kNext);
  CHECK(refused.status == 500);
  CHECK(refused.body ==
        R"({"errorMessage":"Internal Server Error","errorType":"InternalServerError"})");
  instance.offer("a");
  instance.offer("b");
  CHECK(first.read_reply().header("Lambda-Runtime-Aws-Request-Id") == "a");
  CHECK(second.read_reply().header("Lambda-Runtime-Aws-Request-Id") == "b");
  CHECK(second.request("POST", response_path("b"), "x").status == 202);
  CHECK(first.request("POST", error_path("a"), "{}").status == 202);
  CHECK(instance.answered == 2);
}

TEST_CASE("a late answer over HTTP: 410, then 400") {
  Instance instance(1);
  HttpClient worker(instance.port());
  instance.offer("slow");
  CHECK(worker.request("GET", kNext).status == 200);
  REQUIRE(instance.session.expire("slow"));
  const auto late = worker.request("POST", response_path("slow"), "x");
  CHECK(late.status == 410);
  CHECK(late.body == R"({"errorMessage":"Invoke timeout","errorType":"InvokeTimeout"})");
  const auto later = worker.request("POST", error_path("slow"), "{}");
  CHECK(later.status == 400);
  CHECK(later.body == R"({"errorMessage":"Invalid request ID","errorType":"InvalidRequestID"})");
  CHECK(instance.answered == 0);
}

TEST_CASE("an error body above 1 MiB gets a 413 and ends nothing, a response may be longer") {
  Instance instance(1);
  HttpClient worker(instance.port());
  instance.offer("id");
  CHECK(worker.request("GET", kNext).status == 200);
  const std::string large(kManagedErrorLimitBytes + 1, 'x');
  CHECK(worker.request("POST", error_path("id"), large).status == 413);
  CHECK(instance.answered == 0);
  CHECK(worker.request("POST", response_path("id"), large).status == 202);
  CHECK(instance.answered == 1);
}

TEST_CASE("extensions of managed instances") {
  Instance instance(1);
  instance.extensions.expect({"agent"});
  HttpClient client(instance.port());
  const auto register_as = [&](const std::string& name, const std::string& events) {
    return client.request("POST", "/2020-01-01/extension/register", R"({"events":)" + events + "}",
                          "Lambda-Extension-Name: " + name + "\r\n");
  };
  const auto invoke = register_as("agent", R"(["INVOKE"])");
  CHECK(invoke.status == 403);
  CHECK(invoke.body ==
        "{\"errorMessage\":\"INVOKE: ErrorInvalidEventType\","
        "\"errorType\":\"Extension.InvalidEventType\"}\n");
  const auto internal = register_as("inside", R"(["INVOKE"])");
  CHECK(internal.status == 403);
  CHECK(internal.body ==
        "{\"errorMessage\":\"No events allowed for internal extensions\","
        "\"errorType\":\"Extension.InvalidEventType\"}\n");
  CHECK(register_as("inside", "[]").status == 200);
  const auto registered = register_as("agent", R"(["SHUTDOWN"])");
  REQUIRE(registered.status == 200);

  const auto subscribe = [&](const std::string& path, const std::string& version) {
    return client.request(
        "PUT", path,
        R"({"schemaVersion":")" + version +
            R"(","types":["platform"],"destination":{"protocol":"TCP","port":9}})",
        "Lambda-Extension-Identifier: " + registered.header("Lambda-Extension-Identifier") +
            "\r\n");
  };
  const auto old = subscribe("/2022-07-01/telemetry", "2022-12-13");
  CHECK(old.status == 400);
  CHECK(old.body == R"({"errorType":"ValidationError","errorMessage":"schemaVersion is unknown"})");
  CHECK(subscribe("/2022-07-01/telemetry", "2025-01-29").status == 200);
  CHECK(subscribe("/2020-08-15/logs", "2020-08-15").status == 404);
}

TEST_CASE("workers and offers race: every invocation is answered once") {
  constexpr int kWorkers = 4;
  constexpr int kInvocations = 2'000;
  Instance instance(kWorkers);
  std::vector<std::thread> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.emplace_back([&instance] {
      HttpClient client(instance.port());
      for (;;) {
        const auto event = client.request("GET", kNext);
        if (event.status != 200) return;
        const auto id = event.header("Lambda-Runtime-Aws-Request-Id");
        const int status = client.request("POST", response_path(id), id).status;
        if (status != 202 && status != 410) return;
      }
    });
  }
  int expired = 0;
  for (int n = 0; n < kInvocations; ++n) {
    const auto id = std::to_string(n);
    instance.offer(id);
    if (n % 20 == 7 && instance.session.expire(id)) ++expired;
  }
  CHECK(eventually([&] { return instance.answered + expired == kInvocations; }));
  CHECK(instance.has_room(kWorkers));
  instance.session.close();
  for (auto& worker : workers) worker.join();
  CHECK(instance.answered + expired == kInvocations);
}
