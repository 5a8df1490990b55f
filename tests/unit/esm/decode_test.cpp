// A mapping whose records are decoded by the schemas of a registry: what waits, what is held back
// by it, what is given up.
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "emulator/esm/mapping.h"
#include "tests/support/catch.h"
#include "tests/unit/esm/checked_rig.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;
using Kind = Outcome::Kind;
using Offsets = std::map<std::int32_t, std::int64_t>;
using Texts = std::vector<std::string>;

struct Rig : test::CheckedRig {
  Rig() { decodes = true; }
  void append(const std::string& notation, const std::string& value) {
    test::RecordText like;
    like.value = value;
    broker.append(notation, like);
  }
  void run() {
    for (const std::int32_t partition : {0, 1}) broker.assign(partition);
    start();
    broker.settle();
  }
};

TEST_CASE_METHOD(Rig, "decode: a record waits for its schema, and those behind it with it") {
  registry.bring("a");
  append("orders/0@0", "a:1");
  append("orders/0@1", "b:1");
  append("orders/0@2", "a:2");
  append("orders/1@0..1", "a:3");
  run();
  CHECK(invoker.invocations() == Texts{"orders/0@0 orders/1@0..1"});
  answer("orders/0@0 orders/1@0..1", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 1}, {1, 2}});
  CHECK_FALSE(status().drained);
  CHECK_FALSE(status().problem);

  registry.bring("b");
  broker.settle();
  CHECK(invoker.in_flight() == Texts{"orders/0@1..2"});
  answer("orders/0@1..2", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 3}, {1, 2}});
  CHECK(status().drained);
  CHECK(status().counts.polled == 5);
}

TEST_CASE_METHOD(Rig, "decode: a partition that is revoked while it waits is read again") {
  append("orders/0@0..2", "a:1");
  run();
  broker.revoke(0);
  broker.settle();
  registry.bring("a");
  broker.settle();
  CHECK(invoker.invocations().empty());
  broker.assign(0);
  broker.settle();
  answer("orders/0@0..2", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 3}});
}

TEST_CASE_METHOD(Rig, "decode: what waits when the mapping stops stays uncommitted") {
  append("orders/0@0..2", "a:1");
  run();
  mapping->finish();
  CHECK(broker.committed().empty());
}

TEST_CASE_METHOD(Rig, "decode: a filter sees what was decoded, whatever the function gets") {
  config.filter_patterns = {R"({"value":{"text":["yes"]}})"};
  registry.bring("a");
  if (GENERATE(false, true)) registry.deliver_source();
  append("orders/0@0", "a:no");
  append("orders/0@1", "a:yes");
  append("orders/0@2", "a:no");
  run();
  answer("orders/0@1", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 3}});
  CHECK(status().counts.filtered_out == 2);
}

TEST_CASE_METHOD(Rig, "decode: what fits no schema is dropped and counted, in its turn") {
  registry.bring("a");
  registry.miss("m");
  append("orders/0@0", "a:1");
  append("orders/0@1", "a:bad");
  append("orders/0@2", "no schema");
  append("orders/0@3", "m:1");
  append("orders/0@4", "a:2");
  run();
  // The record before them is not processed yet.
  CHECK(invoker.in_flight() == Texts{"orders/0@0"});
  CHECK(status().counts.dropped == 0);
  answer("orders/0@0", Kind::Success);
  CHECK(invoker.in_flight() == Texts{"orders/0@4"});
  CHECK(broker.committed() == Offsets{{0, 4}});
  CHECK(status().counts.dropped == 3);
  CHECK(status().counts.registry_errors == 3);
  answer("orders/0@4", Kind::Success);
  CHECK(broker.committed() == Offsets{{0, 5}});
  CHECK(status().drained);
}

TEST_CASE_METHOD(Rig, "decode: a filter does not hide what fits no schema") {
  config.filter_patterns = {R"({"value":{"text":["yes"]}})"};
  registry.bring("a");
  append("orders/0@0", "a:bad");
  append("orders/0@1", "a:no");
  run();
  CHECK(status().counts.dropped == 1);
  CHECK(status().counts.filtered_out == 1);
  CHECK(broker.committed() == Offsets{{0, 2}});
}

TEST_CASE_METHOD(Rig, "decode: the destination gets what fits no schema, as it was produced") {
  config.on_failure_destination = "kafka://failed-orders";
  registry.bring("a");
  registry.miss("m");
  append("orders/0@0..1", "a:bad");
  append("orders/0@2", "m:1");
  run();
  const auto messages = sink.delivered();
  REQUIRE(messages.size() == 3);
  CHECK(sink.sends() == 2);  // those that failed the same way go together
  const auto document = nlohmann::json::parse(messages[0].body);
  CHECK(document["requestContext"]["condition"] == "DESERIALIZATION_ERROR");
  CHECK(document["requestContext"]["approximateInvokeCount"] == 0);
  CHECK(document["responseContext"].is_null());
  const auto& record = document["payload"]["records"]["orders-0"][0];
  CHECK(record["value"] == "YTpiYWQ=");
  CHECK_FALSE(record.contains("valueSchemaMetadata"));
  CHECK(nlohmann::json::parse(messages[2].body)["requestContext"]["condition"] ==
        "SCHEMA_NOT_FOUND");
  CHECK(status().counts.delivered == 3);
  CHECK(status().counts.dropped == 0);
  CHECK(broker.committed() == Offsets{{0, 3}});
}

TEST_CASE_METHOD(Rig, "decode: a destination that fails holds the partition back") {
  config.on_failure_destination = "kafka://failed-orders";
  registry.bring("a");
  append("orders/0@0", "a:bad");
  append("orders/0@1", "a:1");
  sink.fail_next(1);
  run();
  CHECK(invoker.invocations().empty());
  tick(1s);
  CHECK(sink.delivered().size() == 1);
  CHECK(invoker.in_flight() == Texts{"orders/0@1"});
}

TEST_CASE_METHOD(Rig, "decode: a registry in trouble shows, and is over when it answers") {
  append("orders/0@0", "a:1");
  run();
  registry.fail({SourceProblem::Kind::RegistryUnreachable, "no registry answers at http://x"});
  broker.settle();
  CHECK(status().problem->text == "no registry answers at http://x");
  CHECK(status().last_processing_result.starts_with(
      "PROBLEM: Cannot connect to your Schema Registry. "));
  CHECK(status().counts.registry_errors == 1);
  registry.fail({SourceProblem::Kind::RegistryRefused, "it refuses the login"});
  broker.settle();
  CHECK(status().problem->text == "it refuses the login");
  CHECK(status().counts.registry_errors == 2);
  // It is not the source's own.
  broker.report(SourceRecovered{});
  broker.settle();
  CHECK(status().problem);

  registry.recover();
  registry.bring("a");
  broker.settle();
  CHECK_FALSE(status().problem);
  answer("orders/0@0", Kind::Success);
  CHECK(status().last_processing_result == "OK");
  CHECK(status().drained);
}

}  // namespace
}  // namespace emulator
