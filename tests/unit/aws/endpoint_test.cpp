#include "emulator/aws/endpoint.h"

#include <map>

#include "emulator/config/model.h"
#include "tests/support/catch.h"

using namespace emulator;

namespace {

Environment environment(std::map<std::string, std::string> values) {
  return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
    const auto found = values.find(name);
    return found == values.end() ? std::nullopt : std::optional(found->second);
  };
}

std::string refusal(std::map<std::string, std::string> values) {
  try {
    static_cast<void>(find_endpoint(AwsService::Sqs, environment(std::move(values))));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "accepted";
}

}  // namespace

TEST_CASE("endpoint: a service's own variable goes before the common one") {
  const auto both = environment({{"AWS_ENDPOINT_URL", "http://127.0.0.1:1"},
                                 {"AWS_ENDPOINT_URL_SQS", "http://127.0.0.1:2/queues/"},
                                 {"AWS_ENDPOINT_URL_SNS", ""}});
  CHECK(find_endpoint(AwsService::Sqs, both)->url.text() == "http://127.0.0.1:2/queues");
  CHECK(find_endpoint(AwsService::Sns, both)->url.port == 1);
  CHECK_FALSE(find_endpoint(AwsService::S3, environment({})));
  CHECK(variable_name(AwsService::SecretsManager) == "AWS_ENDPOINT_URL_SECRETS_MANAGER");
  CHECK(signing_name(AwsService::SecretsManager) == "secretsmanager");
}

TEST_CASE("endpoint: the environment's key, else test/test") {
  const std::string url = "http://127.0.0.1:4566";
  const auto without = find_endpoint(AwsService::Sqs, environment({{"AWS_ENDPOINT_URL", url}}));
  CHECK(without->credentials.access_key_id == "test");
  CHECK(without->credentials.secret_access_key == "test");
  CHECK(without->credentials.session_token.empty());
  const auto with = find_endpoint(AwsService::Sqs, environment({{"AWS_ENDPOINT_URL", url},
                                                                {"AWS_ACCESS_KEY_ID", "id"},
                                                                {"AWS_SECRET_ACCESS_KEY", "key"},
                                                                {"AWS_SESSION_TOKEN", "token"},
                                                                {"AWS_CA_BUNDLE", "/ca.pem"}}));
  CHECK(with->credentials.access_key_id == "id");
  CHECK(with->credentials.secret_access_key == "key");
  CHECK(with->credentials.session_token == "token");
  CHECK(with->ca_file == "/ca.pem");
  CHECK(refusal({{"AWS_ENDPOINT_URL", url}, {"AWS_SECRET_ACCESS_KEY", "key"}}).find("only one") !=
        std::string::npos);
}

TEST_CASE("endpoint: AWS itself is never called") {
  for (const char* host : {"sqs.us-east-1.amazonaws.com", "SQS.CN-NORTH-1.AMAZONAWS.COM.CN",
                           "sqs.us-east-1.api.aws", "amazonaws.com", "sqs.amazonaws.com."}) {
    INFO(host);
    CHECK(refusal({{"AWS_ENDPOINT_URL_SQS", std::string("https://") + host}})
              .find("AWS_ENDPOINT_URL_SQS names AWS itself") == 0);
  }
  CHECK(refusal({{"AWS_ENDPOINT_URL", "http://amazonaws.com.localhost:4566"}}) == "accepted");
}

TEST_CASE("endpoint: an address that is none is refused without being shown") {
  const auto text = refusal({{"AWS_ENDPOINT_URL", "http://user:hunter2@127.0.0.1:4566"}});
  CHECK(text.find("AWS_ENDPOINT_URL is no address") == 0);
  CHECK(text.find("hunter2") == std::string::npos);
}
