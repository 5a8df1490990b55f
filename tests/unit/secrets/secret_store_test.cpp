#include "emulator/secrets/secret_store.h"

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include <map>

#include "tests/support/catch.h"
#include "tests/support/fake_aws.h"
#include "tests/support/pem_texts.h"
#include "tests/support/temporary_directory.h"

using namespace emulator;
using emulator::test::FakeAws;
using emulator::test::PemPair;
using Members = std::map<std::string, std::string>;

namespace {

const std::string kArn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:kafka/login-AbC123";

Environment environment(Members values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

SecretStore store(const std::filesystem::path& file, Members variables = {}) {
  return SecretStore({file, RealAws::Refused, environment(std::move(variables))});
}

struct Refusal {
  SecretError::Kind kind;
  std::string text;
};
Refusal refusal(const SecretStore& secrets, const std::string& id) {
  try {
    secrets.find(id);
  } catch (const SecretError& error) {
    return {error.kind(), error.what()};
  }
  FAIL("accepted");
  return {};
}

std::string mistake(const TemporaryDirectory& directory, const std::string& text) {
  const auto file = directory.write("s.yaml", text);
  try {
    store(file);
  } catch (const ConfigError& error) {
    std::string line = error.what();
    const auto prefix = line.find(directory.path().string());
    if (prefix != std::string::npos) line.erase(prefix, directory.path().string().size() + 1);
    return line;
  }
  return "accepted";
}

}  // namespace

TEST_CASE("secret store: a file has secrets by name and by ARN, as YAML or JSON") {
  const TemporaryDirectory directory;
  const auto yaml =
      directory.write("s.yaml", "kafka/login: {username: alice, password: 0123}\nother: {a: b}\n" +
                                    kArn + "x: {}\n");
  CHECK(store(yaml).find(kArn).members == Members{{"username", "alice"}, {"password", "0123"}});
  CHECK(store(yaml).find("kafka/login").members.at("username") == "alice");
  const auto json = directory.write("s.json", "{\"" + kArn + R"(": {"username": "bob"},
      "kafka/login": {"username": "alice"}})");
  CHECK(store(json).find(kArn).members == Members{{"username", "bob"}});
  CHECK(store(json).find(kArn).where == "--secrets " + json.string());
}

TEST_CASE("secret store: a secret of a file may lie in files of its own") {
  const TemporaryDirectory directory;
  const PemPair pair("own");
  directory.write("tls/all.pem", pair.certificate() + pair.key());
  directory.write("tls/key.pem", pair.key());
  directory.write("login.json", R"({"username": "alice", "password": "p"})");
  const auto file = directory.write("s.yaml",
                                    "both: {file: tls/all.pem}\n"
                                    "parts: {certificate: x, privateKey: {file: tls/key.pem}}\n"
                                    "login: {file: login.json}\n"
                                    "gone: {file: gone.pem}\n");
  const auto secrets = store(file);
  CHECK(secrets.find("both").members ==
        Members{{"certificate", pair.certificate()}, {"privateKey", pair.key()}});
  CHECK(secrets.find("parts").members == Members{{"certificate", "x"}, {"privateKey", pair.key()}});
  CHECK(secrets.find("login").members.at("password") == "p");
  const auto gone = refusal(secrets, "gone");
  CHECK(gone.kind == SecretError::Kind::Unusable);
  CHECK(gone.text.find("gone.pem: no such file") != std::string::npos);
}

TEST_CASE("secret store: a file is read anew at each look-up") {
  const TemporaryDirectory directory;
  const auto file = directory.write("s.yaml", "login: {username: a}\n");
  const auto secrets = store(file);
  CHECK(secrets.find("login").members.at("username") == "a");
  directory.write("s.yaml", "login: {username: b}\n");
  CHECK(secrets.find("login").members.at("username") == "b");
  directory.write("s.yaml", "login: [planted\n");
  const auto broken = refusal(secrets, "login");
  CHECK(broken.kind == SecretError::Kind::Unusable);
  CHECK(broken.text.find("planted") == std::string::npos);
}

TEST_CASE("secret store: a file that holds no secrets is refused at once, and never shown") {
  const TemporaryDirectory directory;
  CHECK(mistake(directory, "login: planted\n") ==
        "--secrets s.yaml:1: secret login must be a map of its members, or {file: PATH}");
  CHECK(mistake(directory, "a: {b: c}\nlogin:\n  password: [planted]\n") ==
        "--secrets s.yaml:3: secret login: its member password must be a text, or {file: PATH}");
  const std::string form =
      "it must be a YAML or JSON map from a secret's name to its members, as LOGIN: {username: …, "
      "password: …}";
  CHECK(mistake(directory, "planted\n") == "--secrets s.yaml: " + form);
  CHECK(mistake(directory, "a: {b: \"planted}\n").find("planted") == std::string::npos);
  CHECK(mistake(directory, "a: *planted\n").find("planted") == std::string::npos);
  CHECK_THROWS_AS(store(directory.path() / "gone.yaml"), ConfigError);
}

TEST_CASE("secret store: the file goes before the environment, and that before Secrets Manager") {
  const TemporaryDirectory directory;
  FakeAws manager;
  manager.answer_with(200, R"({"SecretString": "{\"from\": \"manager\"}"})");
  const auto file = directory.write("s.yaml", "one: {from: file}\n");
  const auto secrets = store(file, {{"KLAMBDA_SECRET_ONE", R"({"from": "environment"})"},
                                    {"KLAMBDA_SECRET_TWO", R"({"from": "environment"})"},
                                    {"AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.url()}});
  CHECK(secrets.find("one").members.at("from") == "file");
  CHECK(secrets.find("two").members.at("from") == "environment");
  CHECK(secrets.find("two").where == "KLAMBDA_SECRET_TWO");
  CHECK(secrets.find("three").members.at("from") == "manager");
  CHECK(secrets.find("three").where == "Secrets Manager at " + manager.url());
}

TEST_CASE("secret store: an ARN's variable is that of its name, with or without AWS's characters") {
  for (const auto* variable : {"KLAMBDA_SECRET_KAFKA_LOGIN", "KLAMBDA_SECRET_KAFKA_LOGIN_ABC123"})
    CHECK(store({}, {{variable, R"({"username": "alice", "port": 1})"}}).find(kArn).members ==
          Members{{"username", "alice"}});
  const auto broken = refusal(store({}, {{"KLAMBDA_SECRET_X", "planted"}}), "x");
  CHECK(broken.kind == SecretError::Kind::Unusable);
  CHECK(broken.text ==
        "secret x (KLAMBDA_SECRET_X) is no JSON object: write it as {\"username\": …, "
        "\"password\": …} or as {\"certificate\": …}");
}

TEST_CASE("secret store: Secrets Manager is asked with a signed call, in the ARN's region") {
  FakeAws manager;
  manager.answer_with(200, R"({"Name": "n", "SecretString": "{\"username\": \"alice\"}"})");
  const auto secrets = store({}, {{"AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.url()},
                                  {"AWS_ACCESS_KEY_ID", "AKID"},
                                  {"AWS_SECRET_ACCESS_KEY", "planted"}});
  CHECK(secrets.find(kArn).members == Members{{"username", "alice"}});
  const auto seen = manager.seen();
  CHECK(seen.body == "{\"SecretId\":\"" + kArn + "\"}");
  CHECK(seen.headers.at("X-Amz-Target") == "secretsmanager.GetSecretValue");
  CHECK(seen.headers.at("Authorization").find("AKID/") != std::string::npos);
  CHECK(seen.headers.at("Authorization").find("/eu-west-1/secretsmanager/") != std::string::npos);

  manager.answer_with(200, R"({"SecretBinary": "cGxhbnRlZA=="})");
  CHECK(refusal(secrets, "x").text.find("has no SecretString") != std::string::npos);
  manager.answer_with(200, R"({"SecretString": "planted"})");
  CHECK(refusal(secrets, "x").text.find("is no JSON object") != std::string::npos);
  manager.answer_with(400, R"({"__type": "InvalidRequestException", "message": "being deleted"})");
  CHECK(refusal(secrets, "x").kind == SecretError::Kind::Unusable);
  manager.answer_with(403, R"({"__type": "AccessDeniedException", "message": "no"})");
  const auto refused = refusal(secrets, "x");
  CHECK(refused.kind == SecretError::Kind::NoAnswer);
  CHECK(refused.text.find("planted") == std::string::npos);
}

#ifdef __linux__
TEST_CASE("secret store: who has looked for a secret leaves no core file") {
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  store({}, {{"KLAMBDA_SECRET_X", R"({"a": "b"})"}}).find("x");
  CHECK(::prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
}
#endif

TEST_CASE("secret store: what nobody has says where to put it") {
  const TemporaryDirectory directory;
  CHECK(refusal(store({}), "kafka/login").text ==
        "secret kafka/login is not found: give a file with it as --secrets FILE, set "
        "KLAMBDA_SECRET_KAFKA_LOGIN, or name a local Secrets Manager with "
        "AWS_ENDPOINT_URL_SECRETS_MANAGER");
  FakeAws manager;
  manager.answer_with(400, R"({"__type": "ResourceNotFoundException", "message": "no"})");
  const auto file = directory.write("s.yaml", "other: {}\n");
  const auto missing =
      refusal(store(file, {{"AWS_ENDPOINT_URL_SECRETS_MANAGER", manager.url()}}), kArn);
  CHECK(missing.kind == SecretError::Kind::Missing);
  CHECK(missing.text == "secret " + kArn + " is not found: add it to " + file.string() +
                            ", set KLAMBDA_SECRET_KAFKA_LOGIN, or create it in Secrets Manager");
}

TEST_CASE("secret store: AWS itself is asked when that is allowed, and with a key") {
  CHECK(refusal(SecretStore({{}, RealAws::Allowed, environment({})}), "x").text ==
        "secret x: AWS (secretsmanager.us-east-1.amazonaws.com) is asked with a key only: set "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
  const Members aws{{"AWS_ENDPOINT_URL", "https://secretsmanager.us-east-1.amazonaws.com"},
                    {"AWS_ACCESS_KEY_ID", "k"},
                    {"AWS_SECRET_ACCESS_KEY", "planted"}};
  const auto refused = refusal(store({}, aws), "x");
  CHECK(refused.kind == SecretError::Kind::NoAnswer);
  CHECK(refused.text.find("names AWS itself") != std::string::npos);
  const auto china =
      find_endpoint(AwsService::SecretsManager, environment(aws), RealAws::Allowed, "cn-north-1");
  CHECK(china->url.host == "secretsmanager.us-east-1.amazonaws.com");  // what was named
  auto unnamed = aws;
  unnamed.erase("AWS_ENDPOINT_URL");
  CHECK(find_endpoint(AwsService::SecretsManager, environment(unnamed), RealAws::Allowed,
                      "cn-north-1")
            ->url.host == "secretsmanager.cn-north-1.amazonaws.com.cn");
}
