#include "emulator/control/status.h"

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;
using namespace std::chrono_literals;

namespace {

Status sample() {
  Status status;
  status.version = "1.2.3";
  status.ready = true;
  status.cluster = Status::Cluster::Real;
  status.kafka = "localhost:9092";

  Function function;
  function.latest.config.name = "orders";
  function.latest.config.environment["PASSWORD"] = "hunter2";
  function.latest.settings = {{"Environment", {{"Variables", {{"PASSWORD", "hunter2"}}}}}};
  function.latest.deployment.last_update_status = "Failed";
  function.latest.deployment.last_update_reason = "no such file";
  function.versions[1] = function.latest;
  status.functions.push_back({std::make_shared<const Function>(function), {3, 2}});

  Status::MappingView mapping;
  mapping.config.name = "Orders/Trigger";
  mapping.config.topic = "orders";
  mapping.config.uuid = "u";
  mapping.state_transition_reason = "USER_INITIATED";
  mapping.status.state = MappingState::Enabled;
  mapping.status.problem = SourceProblem{SourceProblem::Kind::Unreachable, "nobody listens"};
  mapping.status.counts.processed = 20;
  PartitionStatus known;
  known.offsets = {0, 14, 13, 9, 10};
  known.lag = 4;
  known.held_by = PartitionStatus::Holder{BatchState::Waiting, 5s};
  PartitionStatus unknown;
  unknown.offsets.partition = 1;
  mapping.partitions = {known, unknown};
  status.mappings.push_back(mapping);
  return status;
}

}  // namespace

TEST_CASE("the status page shows functions and mappings, and no environment variable") {
  const auto json = to_json(sample());
  CHECK(json.dump().find("hunter2") == std::string::npos);
  CHECK(json["ready"] == true);
  CHECK(json["kafka"]["cluster"] == "real");
  const auto& function = json["functions"][0];
  CHECK(function["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:orders");
  CHECK(function["state"] == "Active");
  CHECK(function["lastUpdateStatus"] == "Failed");
  CHECK(function["lastUpdateStatusReason"] == "no such file");
  CHECK_FALSE(function.contains("stateReason"));
  CHECK(function["versions"] == 1);
  CHECK(function["environments"] == 3);
  CHECK(function["running"] == 2);
  const auto& mapping = json["mappings"][0];
  CHECK(mapping["state"] == "Enabled");
  CHECK(mapping["stateTransitionReason"] == "USER_INITIATED");
  CHECK(mapping["group"] == "u");
  CHECK(mapping["counts"]["processedRecords"] == 20);
  CHECK(mapping["problem"] == "nobody listens");
}

TEST_CASE("the status page shows where each partition stands") {
  auto partitions = to_json(sample())["mappings"][0]["partitions"];
  CHECK(partitions[0].at("waitsUntil").get<std::string>().back() == 'Z');
  partitions[0].erase("waitsUntil");
  CHECK(partitions[0] == Json({{"partition", "orders-0"},
                               {"endOffset", 14},
                               {"consumedOffset", 13},
                               {"processedOffset", 9},
                               {"committedOffset", 10},
                               {"lag", 4},
                               {"batch", "waiting"}}));
  CHECK(partitions[1] == Json({{"partition", "orders-1"}}));
}

TEST_CASE("health says no more than whether everything has started") {
  Router router;
  bool ready = true;
  add_health(router, [&] { return ready; });
  const auto health = [&] {
    test::FakeExchange exchange("GET", "/_klambda/health");
    const auto response = router.answer(exchange);
    return std::to_string(response.status) + " " + response.body;
  };
  CHECK(health() == R"(200 {"ready":true})");
  ready = false;
  CHECK(health() == R"(503 {"ready":false})");
}
