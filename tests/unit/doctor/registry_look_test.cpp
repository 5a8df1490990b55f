// Schema registries that answer, refuse, or are not there.
#include "emulator/doctor/registry_look.h"

#include <map>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"
#include "tests/unit/doctor/listener.h"

using namespace emulator;
using namespace emulator::test;

namespace {

constexpr const char* kGlue = "arn:aws:glue:eu-west-1:123456789012:registry/orders";

struct Rig {
  std::map<std::string, std::string> variables;

  Check look(const SchemaRegistry& registry) const {
    const Environment environment = [this](const std::string& name) {
      const auto found = variables.find(name);
      return found == variables.end() ? std::nullopt : std::optional(found->second);
    };
    const SecretStore secrets({{}, RealAws::Refused, environment});
    return look_at_registry(registry, "us-east-1", {secrets, RealAws::Refused, {}, environment});
  }
};

SchemaRegistry registry_at(const std::string& uri) {
  SchemaRegistry registry;
  registry.uri = uri;
  return registry;
}

}  // namespace

TEST_CASE("doctor: a registry that answers is good, and is asked with its login") {
  FakeAws server;
  server.answer_with(200, "[]");
  Rig rig;
  rig.variables["KLAMBDA_SECRET_REGISTRY"] = R"({"username": "alice", "password": "planted"})";
  auto registry = registry_at(server.url() + "/api");
  registry.access.push_back({AccessType::BasicAuth, "registry"});
  const auto check = rig.look(registry);
  CHECK(check.state == Check::State::Good);
  CHECK(check.text == server.url() + "/api answers");
  CHECK(server.seen().path == "/api/schemas/types");
  CHECK(server.seen().headers.at("Authorization") == "Basic YWxpY2U6cGxhbnRlZA==");
}

TEST_CASE("doctor: a registry that does not take the login, or is another service") {
  FakeAws server;
  server.answer_with(401, "");
  const auto refused = Rig().look(registry_at(server.url()));
  CHECK(refused.state == Check::State::Bad);
  CHECK(refused.text.find("refuses the login (401)") != std::string::npos);
  server.answer_with(404, "");
  const auto other = Rig().look(registry_at(server.url()));
  CHECK(other.text.find("answers 404") != std::string::npos);
  CHECK(other.remedy.find("SchemaRegistryURI") != std::string::npos);
}

TEST_CASE("doctor: a registry that is not there, or whose secret is not") {
  const Listener closed(Listener::State::Closed);
  auto registry = registry_at("http://" + closed.place());
  const auto gone = Rig().look(registry);
  CHECK(gone.state == Check::State::Bad);
  CHECK(gone.text.find("connection refused") != std::string::npos);
  const Listener open;
  registry = registry_at("http://" + open.place());
  registry.access.push_back({AccessType::BasicAuth, "missing"});
  const auto secret = Rig().look(registry);
  CHECK(secret.state == Check::State::Bad);
  CHECK(secret.text.find("secret missing is not found") != std::string::npos);
}

TEST_CASE("doctor: Glue is asked at its endpoint") {
  CHECK(Rig().look(registry_at(kGlue)).remedy.find("AWS_ENDPOINT_URL_GLUE") != std::string::npos);
  FakeAws server;
  Rig rig;
  rig.variables["AWS_ENDPOINT_URL_GLUE"] = server.url();
  server.answer_with(200, "{}");
  CHECK(rig.look(registry_at(kGlue)).state == Check::State::Good);
  CHECK(server.seen().headers.at("X-Amz-Target") == "AWSGlue.GetRegistry");
  server.answer_with(400, R"({"__type": "EntityNotFoundException", "Message": "no"})");
  const auto missing = rig.look(registry_at(kGlue));
  CHECK(missing.state == Check::State::Bad);
  CHECK(missing.text.find("has no registry") != std::string::npos);
}
