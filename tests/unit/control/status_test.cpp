#include "emulator/control/status.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("the status page shows mappings and functions, and no environment variable") {
  Status status;
  status.version = "1.2.3";
  status.cluster = Status::Cluster::Real;
  status.kafka = "localhost:9092";
  FunctionConfig function;
  function.name = "orders";
  function.environment["PASSWORD"] = "hunter2";
  status.functions.push_back(function);
  Status::Mapping mapping;
  mapping.config.name = "Orders/Trigger";
  mapping.config.topic = "orders";
  mapping.config.uuid = "u";
  mapping.status.state = MappingState::Enabled;
  mapping.status.problem = SourceProblem{SourceProblem::Kind::Unreachable, "nobody listens"};
  mapping.status.counts.processed = 20;
  status.mappings.push_back(mapping);

  const auto text = to_json(status);
  CHECK(text.find("hunter2") == text.npos);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["kafka"]["cluster"] == "real");
  CHECK(json["functions"][0]["arn"] == "arn:aws:lambda:us-east-1:000000000000:function:orders");
  CHECK(json["mappings"][0]["state"] == "Enabled");
  CHECK(json["mappings"][0]["group"] == "u");
  CHECK(json["mappings"][0]["counts"]["processedRecords"] == 20);
  CHECK(json["mappings"][0]["problem"] == "nobody listens");
}
