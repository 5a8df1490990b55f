#include "emulator/control/batches.h"

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;

namespace {

std::vector<MappingBatches> sample() {
  MappingBatches orders{"Orders/Trigger", "u-1", "orders", "orders", {}};
  BatchLog::Entry waiting;
  waiting.id = 2;
  waiting.split_from = 1;
  waiting.state = BatchState::Waiting;
  waiting.ranges = {{0, 10, 14}, {3, 7, 7}};
  waiting.record_count = 6;
  waiting.attempt = 2;
  waiting.begun_ms = 1'767'225'600'000;
  waiting.sent_ms = 1'767'225'601'000;
  waiting.due_ms = 1'767'225'602'500;
  waiting.request_id = "b";
  waiting.earlier_request_ids = {"a"};
  waiting.error_type = "ValueError";
  orders.batches.push_back(waiting);
  MappingBatches payments{"Payments/Trigger", "u-2", "payments", "payments", {}};
  BatchLog::Entry dropped;
  dropped.id = 9;
  dropped.state = BatchState::Dropped;
  dropped.condition = "RecordAgeExceeded";
  dropped.due_ms = 1;  // of an earlier wait
  dropped.ended_ms = 1'767'225'600'000;
  payments.batches.push_back(dropped);
  return {orders, payments};
}

struct Answer {
  unsigned status;
  Json body;
};

Answer ask(const std::string& query) {
  Router router;
  add_batches(router, sample);
  test::FakeExchange exchange("GET", "/_klambda/batches" + query);
  const auto response = router.answer(exchange);
  return {response.status, Json::parse(response.body)};
}

// The ids of the batches that were found.
std::vector<int> found(const std::string& query) {
  std::vector<int> ids;
  const Answer answer = ask(query);
  for (const auto& batch : answer.body.at("batches")) ids.push_back(batch.at("id"));
  return ids;
}

}  // namespace

TEST_CASE("batches: what is known of each") {
  const Json batches = ask("").body.at("batches");
  CHECK(batches[0] == Json({{"mapping", "Orders/Trigger"},
                            {"uuid", "u-1"},
                            {"function", "orders"},
                            {"id", 2},
                            {"state", "waiting"},
                            {"records", 6},
                            {"attempt", 2},
                            {"partitions",
                             {{{"partition", "orders-0"}, {"firstOffset", 10}, {"lastOffset", 14}},
                              {{"partition", "orders-3"}, {"firstOffset", 7}, {"lastOffset", 7}}}},
                            {"begun", "2026-01-01T00:00:00.000Z"},
                            {"sent", "2026-01-01T00:00:01.000Z"},
                            {"waitsUntil", "2026-01-01T00:00:02.500Z"},
                            {"splitFrom", 1},
                            {"errorType", "ValueError"},
                            {"requestIds", {"a", "b"}}}));
  CHECK(batches[1].at("condition") == "RecordAgeExceeded");
  CHECK(batches[1].at("ended") == "2026-01-01T00:00:00.000Z");
  CHECK(batches[1].at("requestIds") == Json::array());
  CHECK_FALSE(batches[1].contains("waitsUntil"));
  CHECK_FALSE(batches[1].contains("sent"));
}

TEST_CASE("batches: by function, mapping and state") {
  using Ids = std::vector<int>;
  CHECK(found("") == Ids{2, 9});
  CHECK(found("?function=orders") == Ids{2});
  CHECK(found("?function=arn:aws:lambda:us-east-1:000000000000:function:orders") == Ids{2});
  CHECK(found("?function=other").empty());
  CHECK(found("?mapping=Payments/Trigger") == Ids{9});
  CHECK(found("?mapping=u-1") == Ids{2});
  CHECK(found("?state=waiting") == Ids{2});
  CHECK(found("?state=dropped&function=payments") == Ids{9});
  CHECK(found("?state=dropped&function=orders").empty());
  const auto refused = ask("?state=sleeping");
  CHECK(refused.status == 400);
  CHECK(refused.body.at("message").get<std::string>().find("There is no batch state 'sleeping'") ==
        0);
  CHECK(ask("?function=not%20a%20name").status == 400);
}
