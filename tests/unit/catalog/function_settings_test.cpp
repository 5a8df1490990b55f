#include "emulator/catalog/function_settings.h"

#include <string>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/function_response.h"
#include "emulator/catalog/template_function.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"

using namespace emulator;
using emulator::test::check_golden;

namespace {

Json minimal() {
  return {{"FunctionName", "orders"},
          {"Runtime", "python3.12"},
          {"Role", "arn:aws:iam::123456789012:role/r"},
          {"Handler", "app.handler"},
          {"Code", {{"ZipFile", ""}}}};
}

Json full() {
  Json body = minimal();
  body.update(
      Json{{"Description", "all of it"},
           {"Timeout", 20.9},
           {"MemorySize", 256},
           {"VpcConfig", {{"SubnetIds", {"subnet-1"}}, {"SecurityGroupIds", {"sg-1"}}}},
           {"DeadLetterConfig", {{"TargetArn", "arn:aws:sqs:us-east-1:000000000000:dead"}}},
           {"Environment", {{"Variables", {{"STAGE", "test"}, {"A1", ""}}}}},
           {"KMSKeyArn", "arn:aws:kms:us-east-1:000000000000:key/1"},
           {"TracingConfig", {{"Mode", "Active"}}},
           {"FileSystemConfigs",
            {{{"Arn", "arn:aws:elasticfilesystem:us-east-1:000000000000:access-point/fsap-0"},
              {"LocalMountPath", "/mnt/data"}}}},
           {"Architectures", {"arm64"}},
           {"EphemeralStorage", {{"Size", 1024}}},
           {"SnapStart", {{"ApplyOn", "PublishedVersions"}}},
           {"LoggingConfig", {{"LogFormat", "JSON"}, {"SystemLogLevel", "WARN"}}},
           {"Tags", {{"team", "orders"}}},
           {"Publish", true}});
  return body;
}

Json layers() {
  return Json::array(
      {{{"Arn", "arn:aws:lambda:us-east-1:000000000000:layer:tools:3"}, {"CodeSize", 17}}});
}

Function function_of(Json settings) {
  Function function;
  FunctionVersion& latest = function.latest;
  latest.settings = std::move(settings);
  latest.code = {FunctionCode::Kind::Package, "OzAdjUx8F8WCYwmZ2k0VpNdk1cWn5S+k6PXnTpQmJ4E=", 276,
                 "/packages/1", ""};
  latest.deployment = {"Pending", "The function is being created.", "Creating", "", "", ""};
  latest.last_modified_ms = 1764038157123;
  latest.revision_id = "c0ffee00-0000-4000-8000-000000000001";
  latest.config = runnable("orders", latest);
  return function;
}

std::string error_of(const Json& body) {
  try {
    created_settings("orders", body, Json::array());
  } catch (const ApiError& error) {
    return error.type + ": " + error.what();
  }
  return {};
}
std::string error_with(const char* member, const Json& value) {
  Json body = minimal();
  body[member] = value;
  return error_of(body);
}

const std::string kInvalid = "InvalidParameterValueException: ";

}  // namespace

TEST_CASE("function: a new one has AWS's defaults") {
  const Function function = function_of(created_settings("orders", minimal(), Json::array()));
  check_golden("function_created.json",
               function_configuration(function, function.latest, "").dump(2));
}

TEST_CASE("function: everything that was sent is shown, once it is deployed") {
  Function function = function_of(created_settings("orders", full(), layers()));
  function.latest.deployment = {};
  check_golden("function_full.json",
               function_configuration(function, function.latest, "$LATEST").dump(2));
  FunctionVersion version = function.latest;
  version.version = "1";
  CHECK(function_configuration(function, version, "1")["SnapStart"]["OptimizationStatus"] == "On");
}

TEST_CASE("function: a list leaves out states and runtime versions") {
  const Function function = function_of(created_settings("orders", full(), layers()));
  check_golden(
      "function_listed.json",
      function_configuration(function, function.latest, "", ConfigurationForm::Listed).dump(2));
}

TEST_CASE("function: an update changes what it says") {
  const Json before = created_settings("orders", full(), layers());
  const Json body = {{"Timeout", 30},
                     {"Environment", Json::object()},
                     {"DeadLetterConfig", {{"TargetArn", ""}}},
                     {"VpcConfig", {{"SubnetIds", Json::array()}}},
                     {"FileSystemConfigs", Json::array()},
                     {"KMSKeyArn", ""},
                     {"LoggingConfig", {{"LogFormat", "Text"}}}};
  Function function = function_of(updated_settings("orders", before, body, Json::array()));
  function.latest.deployment = {"Active",  "", "", "InProgress", "The function is being created.",
                                "Creating"};
  check_golden("function_updated.json",
               function_configuration(function, function.latest, "").dump(2));
  CHECK(updated_settings("orders", before, Json::object(), std::nullopt) == before);
}

TEST_CASE("function: log formats bring and drop their levels") {
  const auto logging = [](const Json& present, const Json& sent) {
    Json body = minimal();
    body["LoggingConfig"] = present;
    const Json before = created_settings("orders", body, Json::array());
    const Json update = {{"LoggingConfig", sent}};
    return updated_settings("orders", before, update, std::nullopt)["LoggingConfig"].dump();
  };
  CHECK(logging({{"LogFormat", "Text"}}, {{"LogFormat", "JSON"}}) ==
        R"({"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO",)"
        R"("LogGroup":"/aws/lambda/orders"})");
  CHECK(logging({{"LogFormat", "JSON"}}, {{"LogFormat", "Text"}}) ==
        R"({"LogFormat":"Text","LogGroup":"/aws/lambda/orders"})");
  CHECK(logging({{"LogFormat", "JSON"}}, {{"LogGroup", "cool_lambda"}}) ==
        R"({"LogFormat":"JSON","ApplicationLogLevel":"INFO","SystemLogLevel":"INFO",)"
        R"("LogGroup":"cool_lambda"})");
  CHECK(error_with("LoggingConfig", {{"SystemLogLevel", "INFO"}}) ==
        kInvalid +
            "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from "
            "your request or change the LogFormat to \"Json\" and try again.");
}

TEST_CASE("function: what AWS refuses beyond the model") {
  CHECK(error_with("Runtime", "python9") ==
        kInvalid +
            "Value python9 at 'runtime' failed to satisfy constraint: Member must satisfy enum "
            "value set: [nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, "
            "nodejs24.x, nodejs22.x, java25, python3.10, python3.11, java21, ruby3.3, ruby3.4, "
            "ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, java11, "
            "dotnet6, nodejs18.x, provided.al2, java8.al2] or be a valid ARN");
  CHECK(error_with("Runtime", "python2.7") ==
        kInvalid +
            "The runtime parameter of python2.7 is no longer supported for creating or updating "
            "AWS Lambda functions. We recommend you use a supported runtime while creating or "
            "updating functions.");
  CHECK(error_with("Runtime", "java21").empty());
  CHECK(error_with("Handler", nullptr) ==
        kInvalid +
            "Runtime and Handler are mandatory parameters for functions created with deployment "
            "packages.");
  Json snap = minimal();
  snap["Runtime"] = "nodejs22.x";
  snap["SnapStart"] = {{"ApplyOn", "PublishedVersions"}};
  CHECK(error_of(snap) ==
        kInvalid + "nodejs22.x is not supported for SnapStart enabled functions.");
  CHECK(error_with("PackageType", "Image") ==
        kInvalid + "Please don't provide Runtime when the package type is Image.");
  CHECK(error_with("ImageConfig", {{"Command", {"app.handler"}}}) ==
        kInvalid + "Please don't provide ImageConfig when the package type is Zip.");
  CHECK(error_with("DurableConfig", Json::object()).find("does not do DurableConfig") !=
        std::string::npos);
}

TEST_CASE("function: environment variables are limited as on AWS") {
  const std::string problem =
      kInvalid +
      "Lambda was unable to configure your environment variables because the environment variables "
      "you have provided ";
  const auto error = [](const Json& variables) {
    return error_with("Environment", {{"Variables", variables}});
  };
  CHECK(error({{"AWS_REGION", "x"}, {"MINE", "x"}, {"_HANDLER", "y"}}) ==
        problem +
            "contains reserved keys that are currently not supported for modification. Reserved "
            "keys used in this request: AWS_REGION, _HANDLER");
  // {"A1":"…"} has 9 characters around the value.
  CHECK(error({{"A1", std::string(4096 - 9, 'x')}}).empty());
  const Json large = {{"A1", std::string(4096 - 8, 'x')}};
  CHECK(error(large) == problem + "exceeded the 4KB limit. String measured: " + large.dump());
}

TEST_CASE("function: one of a template is shown as if it had been deployed") {
  FunctionConfig config;
  config.name = "orders";
  config.code_dir = "/home/me/orders";
  config.command = {"./handler"};
  config.environment = {{"STAGE", "test"}};
  config.where = "template.yaml:3";
  Function function = from_template(config);
  CHECK(function.origin == Function::Origin::Template);
  CHECK(function.latest.code.directory == "/home/me/orders");
  function.latest.last_modified_ms = 1764038157123;
  function.latest.revision_id = "c0ffee00-0000-4000-8000-000000000001";
  check_golden("function_template.json",
               function_configuration(function, function.latest, "").dump(2));

  const Json body = {{"Timeout", 7}, {"Handler", "other"}};
  function.latest.settings =
      updated_settings("orders", function.latest.settings, body, std::nullopt);
  const FunctionConfig changed = runnable("orders", function.latest);
  CHECK(changed.command == config.command);
  CHECK(changed.where == config.where);
  CHECK(changed.timeout == std::chrono::seconds(7));
  CHECK(changed.handler == "other");
  CHECK(changed.environment == config.environment);
}

TEST_CASE(
    "function: what a template says of asynchronous invocations stands where the API puts it") {
  FunctionConfig config;
  config.name = "orders";
  config.dead_letter_arn = "arn:aws:sqs:us-east-1:000000000000:dead";
  EventInvoke& events = config.event_invoke.emplace();
  events.maximum_retry_attempts = 0;
  events.on_failure = "arn:aws:lambda:us-east-1:000000000000:function:audit";
  const Function function = from_template(config);
  CHECK(function.latest.settings.at("DeadLetterConfig").at("TargetArn") == config.dead_letter_arn);
  const Json& kept = function.event_invoke.at(kLatest);
  CHECK(kept.at("MaximumRetryAttempts") == 0);
  CHECK_FALSE(kept.contains("MaximumEventAgeInSeconds"));
  CHECK(kept.at("DestinationConfig").at("OnSuccess").empty());
  CHECK(kept.at("DestinationConfig").at("OnFailure").at("Destination") == events.on_failure);

  events = {};
  events.maximum_event_age_s = 60;
  const Json aged = from_template(config).event_invoke.at(kLatest);
  CHECK(aged.at("MaximumEventAgeInSeconds") == 60);
  CHECK(aged.at("DestinationConfig").at("OnFailure").empty());
}

TEST_CASE("function: a capacity provider makes its instances managed ones") {
  const Json config = {{"LambdaManagedInstancesCapacityProviderConfig",
                        {{"CapacityProviderArn", "arn:aws:lambda:::capacity-provider:c"},
                         {"PerExecutionEnvironmentMaxConcurrency", 7.9}}}};
  Json body = minimal();
  body["CapacityProviderConfig"] = config;
  const Json settings = created_settings("orders", body, Json::array());
  const Function function = function_of(settings);
  const Json shown = function_configuration(function, function.latest, "");
  CHECK(shown["CapacityProviderConfig"] == config);
  CHECK(shown["LoggingConfig"]["LogFormat"] == "JSON");
  REQUIRE(function.latest.config.managed_instances.has_value());
  CHECK(function.latest.config.managed_instances->max_concurrency == 7);

  const auto update = [&](const Json& change) {
    return updated_settings("orders", settings, change, std::nullopt);
  };
  CHECK(update({{"Timeout", 4}})["CapacityProviderConfig"] == config);
  CHECK_THROWS_AS(update({{"LoggingConfig", {{"LogFormat", "Text"}}}}), ApiError);
  const Json ordinary = created_settings("orders", minimal(), Json::array());
  const Json added = {{"CapacityProviderConfig", config}};
  CHECK_THROWS_AS(updated_settings("orders", ordinary, added, std::nullopt), ApiError);
  CHECK(error_with("LoggingConfig", {{"LogFormat", "Text"}}).empty());
}

TEST_CASE("function: managed instances of a template are shown as the API has them") {
  FunctionConfig config;
  config.name = "orders";
  config.runtime = "nodejs22.x";
  config.managed_instances =
      ManagedInstances{"arn:aws:lambda:::capacity-provider:c", 64, std::nullopt, 2.0};
  config.logging.format = LogFormat::AsJson;
  Function function = from_template(config);
  CHECK(function_configuration(function, function.latest, "")["CapacityProviderConfig"].dump() ==
        R"({"LambdaManagedInstancesCapacityProviderConfig":)"
        R"({"CapacityProviderArn":"arn:aws:lambda:::capacity-provider:c",)"
        R"("ExecutionEnvironmentMemoryGiBPerVCpu":2.0}})");
  CHECK(runnable("orders", function.latest).managed_instances->max_concurrency == 64);
}
