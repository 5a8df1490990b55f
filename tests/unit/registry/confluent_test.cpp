#include "emulator/registry/confluent.h"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/fake_registry_server.h"

namespace emulator {
namespace {

using Kind = SourceProblem::Kind;
using Texts = std::vector<std::string>;

struct Rig {
  test::FakeRegistryServer server;
  HttpAccess access;
  ConfluentRegistry registry{*parse_url(server.url()), [this] { return access; }};

  SchemaSource::Fetched fetch(const std::string& id = "7") { return registry.fetch(id, {}); }
  SourceProblem problem() { return std::get<SourceProblem>(fetch()); }
};

TEST_CASE_METHOD(Rig, "confluent: a schema without a type is Avro") {
  server.answer_with("GET /schemas/ids/7", 200, R"({"schema":"\"string\""})");
  const auto schema = std::get<SchemaDefinition>(fetch());
  CHECK(schema.format == SchemaFormat::Avro);
  CHECK(schema.text == "\"string\"");
  CHECK(schema.references.empty());
  CHECK(server.seen().front().authorization.empty());
}

TEST_CASE_METHOD(Rig,
                 "confluent: references come with theirs, each once, those referred to first") {
  server.answer_with("GET /schemas/ids/7", 200, R"({"schema":"a","schemaType":"PROTOBUF",
    "references":[{"name":"b.proto","subject":"b/c","version":2},
                  {"name":"d.proto","subject":"d","version":1}]})");
  server.answer_with("GET /subjects/b%2Fc/versions/2", 200, R"({"schema":"b",
    "references":[{"name":"d.proto","subject":"d","version":1}]})");
  server.answer_with("GET /subjects/d/versions/1", 200, R"({"schema":"d",
    "references":[{"name":"b.proto","subject":"b/c","version":2}]})");
  const auto schema = std::get<SchemaDefinition>(fetch());
  CHECK(schema.format == SchemaFormat::Protobuf);
  REQUIRE(schema.references.size() == 2);
  CHECK(schema.references[0].name == "d.proto");
  CHECK(schema.references[0].text == "d");
  CHECK(schema.references[1].name == "b.proto");
  CHECK(server.calls().size() == 3);
}

TEST_CASE_METHOD(Rig, "confluent: what is missing is told from a path that no registry has") {
  server.answer_with("GET /schemas/ids/7", 404, R"({"error_code":40403,"message":"not found"})");
  CHECK(std::get<MissingSchema>(fetch()).text == "schema 7 is not in " + server.url());
  const auto elsewhere = std::get<SourceProblem>(fetch("8"));
  CHECK(elsewhere.kind == Kind::RegistryFailed);
  CHECK(elsewhere.text.find("for Apicurio with /apis/ccompat/v7") != std::string::npos);

  server.answer_with("GET /schemas/ids/7", 200, R"({"schema":"a",
    "references":[{"name":"b","subject":"b","version":2}]})");
  server.answer_with("GET /subjects/b/versions/2", 404, R"({"error_code":40402})");
  CHECK(std::get<MissingSchema>(fetch()).text ==
        "subject b, to which a schema refers, is not in " + server.url());
}

TEST_CASE_METHOD(Rig, "confluent: what keeps schemas away") {
  const std::string call = "GET /schemas/ids/7";
  access.username = "key";
  access.password = "hidden-word";
  server.answer_with(call, 401, R"({"error_code":401,"message":"Basic a2V5OmhpZGRlbi13b3Jk"})");
  CHECK(problem().kind == Kind::RegistryRefused);
  CHECK(problem().text.find("a2V5") == std::string::npos);
  CHECK(server.seen().front().authorization == "Basic a2V5OmhpZGRlbi13b3Jk");
  server.answer_with(call, 403, "");
  CHECK(problem().kind == Kind::RegistryRefused);
  server.answer_with(call, 429, "");
  CHECK(problem().kind == Kind::RegistryThrottled);
  server.answer_with(call, 500, R"({"error_code":50001,"message":"Error in the\nbackend"})");
  CHECK(problem().kind == Kind::RegistryFailed);
  CHECK(problem().text == "the schema registry at " + server.url() +
                              " answers 500: Error in the; look at what it logs");
  for (const char* body :
       {"", "no JSON", "[]", R"({"id":1})", R"({"schema":"a","schemaType":"X"})"}) {
    server.answer_with(call, 200, body);
    CHECK(problem().kind == Kind::RegistryFailed);
  }
}

TEST_CASE("confluent: nobody answers") {
  ConfluentRegistry registry(*parse_url("http://127.0.0.1:1"), [] { return HttpAccess(); });
  const auto problem = std::get<SourceProblem>(registry.fetch("1", {}));
  CHECK(problem.kind == Kind::RegistryUnreachable);
  CHECK(problem.text.starts_with("the schema registry at http://127.0.0.1:1 does not answer: "));
}

TEST_CASE("confluent: an unusable secret is a refused login") {
  ConfluentRegistry registry(*parse_url("http://127.0.0.1:1"), []() -> HttpAccess {
    throw std::runtime_error("secret \"registry\" has no password");
  });
  const auto problem = std::get<SourceProblem>(registry.fetch("1", {}));
  CHECK(problem.kind == Kind::RegistryRefused);
  CHECK(problem.text ==
        "the schema registry at http://127.0.0.1:1 cannot be logged in to: secret \"registry\" has "
        "no password");
}

TEST_CASE_METHOD(Rig, "confluent: a PEM text that is none is not trusted") {
  ConfluentRegistry secured(*parse_url("https://127.0.0.1:1"), [this] { return access; });
  access.tls.ca_certificates = "none";
  auto problem = std::get<SourceProblem>(secured.fetch("1", {}));
  CHECK(problem.kind == Kind::RegistryNotTrusted);
  CHECK(problem.text.find("the root CA certificate is no PEM certificate") != std::string::npos);
  access.tls = {};
  access.tls.client_certificate = "none";
  problem = std::get<SourceProblem>(secured.fetch("1", {}));
  CHECK(problem.text.find("the client certificate is no PEM certificate") != std::string::npos);
}

// ---- for producers ----

TEST_CASE_METHOD(Rig, "confluent: a version of a subject, or its latest") {
  const std::string schema = R"({"subject":"orders-value","id":5,"version":2,"schema":"a"})";
  server.answer_with("GET /subjects/orders-value/versions/latest", 200, schema);
  server.answer_with("GET /subjects/orders-value/versions/2", 200, schema);
  for (const char* version : {"", "2"}) {
    const auto found = std::get<PublishedSchema>(registry.find("orders-value", version, {}));
    CHECK(found.id == "5");
    CHECK(found.definition.text == "a");
  }
  server.answer_with("GET /subjects/orders-value/versions/3", 404, R"({"error_code":40402})");
  CHECK(std::get<MissingSchema>(registry.find("orders-value", "3", {})).text ==
        "subject orders-value version 3 is not in " + server.url());
}

TEST_CASE_METHOD(Rig, "confluent: a new schema is added behind those that it refers to") {
  server.answer_with("POST /subjects/money.proto/versions", 200, R"({"id":1})");
  server.answer_with("POST /subjects/money.proto", 200, R"({"id":1,"version":4})");
  server.answer_with("POST /subjects/orders-value/versions", 200, R"({"id":2})");
  const SchemaDefinition definition{SchemaFormat::Protobuf, "order", {{"money.proto", "money"}}};
  const auto added = std::get<PublishedSchema>(registry.add("orders-value", definition, {}));
  CHECK(added.id == "2");
  CHECK(server.calls() == Texts{"POST /subjects/money.proto/versions", "POST /subjects/money.proto",
                                "POST /subjects/orders-value/versions"});
  const auto body = nlohmann::json::parse(server.seen().back().body);
  CHECK(body["schema"] == "order");
  CHECK(body["schemaType"] == "PROTOBUF");
  CHECK(body["references"] ==
        nlohmann::json::parse(R"([{"name":"money.proto","subject":"money.proto","version":4}])"));
}

TEST_CASE_METHOD(Rig, "confluent: a look-up adds nothing, and says what is missing") {
  const SchemaDefinition definition{SchemaFormat::Avro, "\"string\"", {}};
  server.answer_with("POST /subjects/orders-value", 404, R"({"error_code":40403})");
  CHECK(std::get<MissingSchema>(registry.look_up("orders-value", definition, {})).text ==
        "this schema of subject orders-value is not in " + server.url());
  server.answer_with("POST /subjects/orders-value", 200, R"({"id":9,"version":1})");
  CHECK(std::get<PublishedSchema>(registry.look_up("orders-value", definition, {})).id == "9");
  CHECK_FALSE(nlohmann::json::parse(server.seen().back().body).contains("schemaType"));
}

}  // namespace
}  // namespace emulator
