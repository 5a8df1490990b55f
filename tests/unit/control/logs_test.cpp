#include "emulator/control/logs.h"

#include <thread>

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;

namespace {

std::string header(const runtime_api::HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

struct Rig {
  Rig() {
    add_logs(router, [this](const std::string& function) {
      return function == "orders" ? logs.of(function) : nullptr;
    });
  }
  runtime_api::HttpResponse ask(const std::string& target) {
    test::FakeExchange exchange("GET", "/_klambda/logs/" + target);
    auto response = router.answer(exchange);
    return exchange.late ? *exchange.late : response;
  }

  RecentLogs logs;
  Router router;
};

}  // namespace

TEST_CASE("logs: what is there, and where to read on") {
  Rig rig;
  rig.logs.of("orders")->append("one\ntwo");
  const auto all = rig.ask("orders");
  CHECK(all.status == 200);
  CHECK(all.content_type == "text/plain; charset=utf-8");
  CHECK(all.body == "one\ntwo\n");
  CHECK(header(all, kLogNextHeader) == "8");
  CHECK(header(all, kLogMissedHeader).empty());
  CHECK(rig.ask("orders?after=4").body == "two\n");
  CHECK(rig.ask("arn:aws:lambda:us-east-1:000000000000:function:orders?after=8").body.empty());
  CHECK(rig.ask("nobody").status == 404);
  CHECK(rig.ask("orders?after=x").status == 400);
}

TEST_CASE("logs: who follows waits for the next line") {
  Rig rig;
  const auto log = rig.logs.of("orders");
  log->append("one");
  CHECK(rig.ask("orders?after=0&follow").body == "one\n");
  std::thread writer([&] { log->append("two"); });
  const auto next = rig.ask("orders?after=4&follow=");
  writer.join();
  CHECK(next.body == "two\n");
  CHECK(header(next, kLogNextHeader) == "8");
}

TEST_CASE("logs: lines that are gone are counted") {
  Rig rig;
  const auto log = rig.logs.of("orders");
  log->append("one");
  for (int i = 0; i < 3; ++i) log->append(std::string(kRecentLogBytes / 2 - 1, 'x'));
  CHECK(header(rig.ask("orders"), kLogMissedHeader) == std::to_string(4 + kRecentLogBytes / 2));
}
