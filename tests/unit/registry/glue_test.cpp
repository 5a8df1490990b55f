#include "emulator/registry/glue.h"

#include <nlohmann/json.hpp>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_registry_server.h"

namespace emulator {
namespace {

using Kind = SourceProblem::Kind;

constexpr const char* kId = "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63";

struct Rig {
  test::FakeRegistryServer server;
  GlueRegistry registry{
      AwsClient({AwsService::Glue, *parse_url(server.url()), {"test", "test", ""}, ""},
                "us-east-1"),
      "orders"};

  void answer(unsigned status, const std::string& body) {
    server.answer_with("POST /", status, body);
  }
  SchemaSource::Fetched fetch() { return registry.fetch(kId, {}); }
  nlohmann::json sent() const { return nlohmann::json::parse(server.seen().back().body); }
};

TEST_CASE("glue: the registry of an ARN") {
  CHECK(glue_registry_name("arn:aws:glue:us-east-1:000000000000:registry/orders") == "orders");
  for (const char* other : {"arn:aws:glue:us-east-1:000000000000:registry/", "http://x",
                            "arn:aws:glue:us-east-1:000000000000:schema/orders",
                            "arn:aws:sqs:us-east-1:000000000000:registry/orders"})
    CHECK_FALSE(glue_registry_name(other));
}

TEST_CASE_METHOD(Rig, "glue: a schema by the id of its version") {
  answer(200, R"({"SchemaDefinition":"\"string\"","DataFormat":"AVRO","Status":"AVAILABLE"})");
  const auto schema = std::get<SchemaDefinition>(fetch());
  CHECK(schema.format == SchemaFormat::Avro);
  CHECK(schema.text == "\"string\"");
  CHECK(server.seen().back().target == "AWSGlue.GetSchemaVersion");
  CHECK(sent() == nlohmann::json{{"SchemaVersionId", kId}});
  CHECK(server.seen().back().authorization.find("/us-east-1/glue/aws4_request") !=
        std::string::npos);
}

TEST_CASE_METHOD(Rig, "glue: what keeps schemas away") {
  answer(400, R"({"__type":"EntityNotFoundException","message":"Schema version is not found."})");
  CHECK(std::get<MissingSchema>(fetch()).text ==
        std::string("schema version ") + kId + " is not in " + server.url() + " (AWS Glue)");
  answer(400, R"({"__type":"AccessDeniedException"})");
  CHECK(std::get<SourceProblem>(fetch()).kind == Kind::GlueRefused);
  answer(400, R"({"__type":"ThrottlingException"})");
  CHECK(std::get<SourceProblem>(fetch()).kind == Kind::RegistryThrottled);
  for (const auto& [status, body] :
       std::vector<std::pair<unsigned, const char*>>{{500, ""}, {200, "x"}, {200, "{}"}}) {
    answer(status, body);
    CHECK(std::get<SourceProblem>(fetch()).kind == Kind::RegistryFailed);
  }
}

TEST_CASE_METHOD(Rig, "glue: for producers") {
  const SchemaDefinition definition{SchemaFormat::JsonSchema, "{}", {}};
  const auto id = nlohmann::json{{"RegistryName", "orders"}, {"SchemaName", "orders-value"}};
  answer(200, std::string(R"({"SchemaVersionId":")") + kId +
                  R"(","SchemaDefinition":"{}","DataFormat":"JSON"})");

  const auto latest = std::get<PublishedSchema>(registry.find("orders-value", "", {}));
  CHECK(latest.id == kId);
  CHECK(latest.definition.format == SchemaFormat::JsonSchema);
  CHECK(sent() ==
        nlohmann::json{{"SchemaId", id}, {"SchemaVersionNumber", {{"LatestVersion", true}}}});
  registry.find("orders-value", "3", {});
  CHECK(sent()["SchemaVersionNumber"] == nlohmann::json{{"VersionNumber", 3}});

  CHECK(std::get<PublishedSchema>(registry.look_up("orders-value", definition, {})).id == kId);
  CHECK(server.seen().back().target == "AWSGlue.GetSchemaByDefinition");
  CHECK(std::get<PublishedSchema>(registry.add("orders-value", definition, {})).id == kId);
  CHECK(server.seen().back().target == "AWSGlue.RegisterSchemaVersion");
  CHECK(sent() == nlohmann::json{{"SchemaId", id}, {"SchemaDefinition", "{}"}});
}

TEST_CASE_METHOD(Rig, "glue: a schema of a new name is created, an incompatible one refused") {
  const SchemaDefinition definition{SchemaFormat::Avro, "\"string\"", {}};
  answer(400, R"({"__type":"EntityNotFoundException"})");
  CHECK(std::get<MissingSchema>(registry.add("orders-value", definition, {}))
            .text.starts_with("registry orders is not in "));
  CHECK(server.seen().back().target == "AWSGlue.CreateSchema");
  CHECK(sent()["RegistryId"]["RegistryName"] == "orders");
  CHECK(sent()["DataFormat"] == "AVRO");
  answer(200, std::string(R"({"Status":"FAILURE","SchemaVersionId":")") + kId + "\"}");
  CHECK(std::get<SourceProblem>(registry.add("orders-value", definition, {}))
            .text.find("not compatible") != std::string::npos);
}

}  // namespace
}  // namespace emulator
