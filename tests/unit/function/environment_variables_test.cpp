#include "emulator/function/environment_variables.h"

#include <stdlib.h>

#include <map>
#include <regex>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;

namespace {

std::map<std::string, std::string> variables_of(const FunctionConfig& function) {
  const auto list = emulator::function_variables(function);
  return {list.begin(), list.end()};
}

}  // namespace

TEST_CASE("a function has AWS's variables") {
  auto function = raw_function("/tmp");
  function.runtime = "python3.12";
  function.memory_mb = 512;
  auto variables = variables_of(function);
  CHECK(variables["_HANDLER"] == "app.handler");
  CHECK(variables["LAMBDA_TASK_ROOT"] == "/tmp");
  CHECK(variables["AWS_REGION"] == "us-east-1");
  CHECK(variables["AWS_DEFAULT_REGION"] == "us-east-1");
  CHECK(variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.12");
  CHECK(variables["AWS_LAMBDA_FUNCTION_NAME"] == "Orders");
  CHECK(variables["AWS_LAMBDA_FUNCTION_VERSION"] == "$LATEST");
  CHECK(variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "512");
  CHECK(variables["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/Orders");
  CHECK(variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "on-demand");
  CHECK(variables["TZ"] == ":UTC");
  CHECK(contains(variables["PATH"], "/usr/bin"));
  CHECK(variables.count("AWS_ACCESS_KEY_ID") == 1);
  CHECK(variables.count("AWS_LAMBDA_MAX_CONCURRENCY") == 0);
  function.runtime = "provided.al2023";
  CHECK(variables_of(function).count("AWS_EXECUTION_ENV") == 0);
}

TEST_CASE("managed instances have a type and a number of their own") {
  auto function = raw_function("/tmp");
  function.managed_instances.emplace().max_concurrency = 8;
  auto variables = variables_of(function);
  CHECK(variables["AWS_LAMBDA_INITIALIZATION_TYPE"] == "lambda-managed-instances");
  CHECK(variables["AWS_LAMBDA_MAX_CONCURRENCY"] == "8");
}

TEST_CASE("the user's variables come on top, but not of the reserved ones") {
  auto function = raw_function("/tmp");
  function.environment = {
      {"TZ", "Europe/Berlin"}, {"PATH", "/opt/mine"}, {"TABLE", "orders"}, {"AWS_REGION", "mars"}};
  auto variables = variables_of(function);
  CHECK(variables["TZ"] == "Europe/Berlin");
  CHECK(variables["PATH"] == "/opt/mine");
  CHECK(variables["TABLE"] == "orders");
  CHECK(variables["AWS_REGION"] == "us-east-1");
}

TEST_CASE("layers stand on the search paths, below the directory that stands in for /opt") {
  auto function = raw_function("/tmp");
  function.runtime = "nodejs22.x";
  CHECK(variables_of(function).count("NODE_PATH") == 0);
  CHECK(variables_of(function).count("LD_LIBRARY_PATH") == 0);
  function.opt_dir = "/layers";
  auto variables = variables_of(function);
  CHECK(variables["PATH"].ends_with(":/layers/bin"));
  CHECK(variables["LD_LIBRARY_PATH"] == "/layers/lib");
  CHECK(variables["NODE_PATH"] == "/layers/nodejs/node22/node_modules:/layers/nodejs/node_modules");
  function.runtime = "ruby3.3";
  variables = variables_of(function);
  CHECK(variables["RUBYLIB"] == "/layers/ruby/lib");
  CHECK(variables["GEM_PATH"] == "/layers/ruby/gems/3.3.0");
  function.runtime = "java21";
  CHECK(variables_of(function)["CLASSPATH"] == "/layers/java/lib/*");
}

TEST_CASE("search paths of the user's that name /opt mean the layers") {
  auto function = raw_function("/tmp");
  function.environment = {{"LD_LIBRARY_PATH", "/usr/lib:/opt/lib:/optional:/opt"},
                          {"AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrap"},
                          {"TABLE", "/opt/lib"}};
  CHECK(variables_of(function)["AWS_LAMBDA_EXEC_WRAPPER"] == "/opt/wrap");
  function.opt_dir = "/layers";
  function.handler = "/opt/nodejs/app.handler";
  auto variables = variables_of(function);
  CHECK(variables["LD_LIBRARY_PATH"] == "/usr/lib:/layers/lib:/optional:/layers");
  CHECK(variables["AWS_LAMBDA_EXEC_WRAPPER"] == "/layers/wrap");
  CHECK(variables["TABLE"] == "/opt/lib");
  CHECK(variables["_HANDLER"] == "/layers/nodejs/app.handler");
}

TEST_CASE("credentials and endpoints are klambda's own where it has them") {
  ::setenv("AWS_ACCESS_KEY_ID", "mine", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "hidden", 1);
  ::setenv("AWS_ENDPOINT_URL_SQS", "http://localhost:4566", 1);
  auto variables = variables_of(raw_function("/tmp"));
  CHECK(variables["AWS_ACCESS_KEY_ID"] == "mine");
  CHECK(variables["AWS_SECRET_ACCESS_KEY"] == "hidden");
  CHECK(variables["AWS_ENDPOINT_URL_SQS"] == "http://localhost:4566");
  ::unsetenv("AWS_ACCESS_KEY_ID");
  ::unsetenv("AWS_SECRET_ACCESS_KEY");
  ::unsetenv("AWS_ENDPOINT_URL_SQS");
  variables = variables_of(raw_function("/tmp"));
  CHECK(variables["AWS_ACCESS_KEY_ID"] == "test");
  CHECK(variables["AWS_SECRET_ACCESS_KEY"] == "test");
}

TEST_CASE("a process has its own log stream and the address of its own listener") {
  Rig rig;
  const auto stream = rig.answer("env AWS_LAMBDA_LOG_STREAM_NAME");
  CHECK(std::regex_match(stream, std::regex(R"(\d{4}/\d\d/\d\d/\[\$LATEST\][0-9a-f]{32})")));
  CHECK(std::regex_match(rig.answer("env AWS_LAMBDA_RUNTIME_API"),
                         std::regex(R"(127\.0\.0\.1:\d+)")));
}
