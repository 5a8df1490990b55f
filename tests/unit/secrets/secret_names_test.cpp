#include "emulator/secrets/secret_names.h"

#include "tests/support/catch.h"

using namespace emulator;
using Names = std::vector<std::string>;

TEST_CASE("secret names: an ARN is looked for as itself and by its name") {
  const std::string arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";
  CHECK(names_of_secret(arn + "kafka/login-AbC123") ==
        Names{arn + "kafka/login-AbC123", "kafka/login-AbC123", "kafka/login"});
  CHECK(names_of_secret(arn + "login") == Names{arn + "login", "login"});
  CHECK(names_of_secret(arn + "kafka-login") == Names{arn + "kafka-login", "kafka-login"});
  CHECK(names_of_secret("login-AbC123") == Names{"login-AbC123"});
  CHECK(names_of_secret("arn:aws:sqs:eu-west-1:1:secret:x").size() == 1);
  CHECK(region_of_secret(arn + "x") == "eu-west-1");
  CHECK(region_of_secret("x").empty());
}

TEST_CASE("secret names: a variable has capitals, digits and underscores") {
  CHECK(secret_variable("kafka/login-2.x") == "KLAMBDA_SECRET_KAFKA_LOGIN_2_X");
  CHECK(secret_variable("Größe") == "KLAMBDA_SECRET_GR____E");
}
