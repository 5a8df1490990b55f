#include "emulator/control/status_client.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("klambda status: tables of functions and mappings, then what is wrong") {
  const Json status = {{"version", "1.2.3"},
                       {"ready", true},
                       {"kafka", {{"cluster", "real"}, {"bootstrapServers", "localhost:9092"}}},
                       {"functions",
                        {{{"name", "orders"},
                          {"runtime", "python3.12"},
                          {"state", "Active"},
                          {"lastUpdateStatus", "Successful"},
                          {"versions", 2},
                          {"environments", 10},
                          {"running", 1}},
                         {{"name", "native"},
                          {"runtime", ""},
                          {"state", "Failed"},
                          {"stateReason", "no bootstrap"},
                          {"versions", 0},
                          {"environments", 0},
                          {"running", 0}}}},
                       {"mappings",
                        {{{"name", "Orders/Trigger"},
                          {"function", "orders"},
                          {"topic", "orders"},
                          {"state", "Enabled"},
                          {"sumOffsetLag", 12},
                          {"partitionsAssigned", 2},
                          {"batchesInFlight", 1},
                          {"lastProcessingResult", "PROBLEM: Function call failed"},
                          {"problem", "no broker answers"},
                          {"partitions",
                           {{{"partition", "orders-0"}, {"lag", 0}},
                            {{"partition", "orders-1"},
                             {"lag", 12},
                             {"batch", "waiting"},
                             {"waitsUntil", "2026-01-01T00:00:00.000Z"}}}}}}}};
  CHECK(
      status_text(status) ==
      "klambda 1.2.3: ready; Kafka: real, localhost:9092\n"
      "\n"
      "FUNCTION  RUNTIME     STATE   VERSIONS  ENVIRONMENTS  RUNNING\n"
      "orders    python3.12  Active         2            10        1\n"
      "native    -           Failed         0             0        0\n"
      "\n"
      "MAPPING         FUNCTION  TOPIC   STATE    LAG  PARTITIONS  IN FLIGHT  LAST RESULT\n"
      "Orders/Trigger  orders    orders  Enabled   12           2          1  PROBLEM: Function "
      "call failed\n"
      "\n"
      "problems:\n"
      "  function native: Failed: no bootstrap\n"
      "  Orders/Trigger: no broker answers\n"
      "  Orders/Trigger: PROBLEM: Function call failed\n"
      "  Orders/Trigger: orders-1 is 12 behind, its batch waits until 2026-01-01T00:00:00.000Z\n");
}

TEST_CASE("klambda status: nothing there yet, and an answer of something else") {
  const Json status = {{"version", "1"},
                       {"ready", false},
                       {"kafka", {{"cluster", "none"}, {"bootstrapServers", ""}}},
                       {"functions", Json::array()},
                       {"mappings", Json::array()}};
  CHECK(status_text(status) ==
        "klambda 1: starting; Kafka: none\n\nno functions\n\nno event source mappings\n");
  CHECK_THROWS_AS(status_text(Json::object()), Json::exception);
  CHECK_THROWS_AS(batches_text(Json::array()), Json::exception);
}

TEST_CASE("klambda batches: one a line") {
  Json batch = {{"mapping", "Orders/Trigger"},
                {"id", 2},
                {"state", "waiting"},
                {"records", 6},
                {"attempt", 2},
                {"partitions", Json::array()},
                {"sent", "2026-01-01T00:00:01.000Z"},
                {"errorType", "ValueError"},
                {"requestIds", {"a", "b"}}};
  for (int partition = 0; partition < 5; ++partition) {
    batch["partitions"].push_back({{"partition", "orders-" + std::to_string(partition)},
                                   {"firstOffset", 3},
                                   {"lastOffset", 3 + partition}});
  }
  const std::string ranges = "orders-0@3, orders-1@3..4, orders-2@3..5 and 2 more";
  CHECK(batches_text({{"batches", {batch}}}) ==
        "MAPPING         BATCH  STATE    RECORDS  ATTEMPT  PARTITIONS" +
            std::string(ranges.size() - 10, ' ') +
            "  SENT                      ERROR       REQUEST\n"
            "Orders/Trigger      2  waiting        6        2  " +
            ranges + "  2026-01-01T00:00:01.000Z  ValueError  b\n");
  CHECK(batches_text({{"batches", Json::array()}}) == "no batches\n");
}
