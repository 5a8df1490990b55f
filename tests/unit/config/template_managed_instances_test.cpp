// CapacityProviderConfig of a function.
#include <string>

#include "emulator/config/managed_instances.h"
#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;

namespace {

FunctionConfig function_of(const std::string& lines) {
  return read(function_with(lines)).functions.at(0);
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:capacity-provider:c";

}  // namespace

TEST_CASE("a function without a capacity provider has no managed instances") {
  CHECK_FALSE(function_of("").managed_instances.has_value());
}

TEST_CASE("a capacity provider says how many invocations one environment serves") {
  const auto function = function_of("CapacityProviderConfig:\n  Arn: " + kArn +
                                    "\n  PerExecutionEnvironmentMaxConcurrency: 7\n"
                                    "  ExecutionEnvironmentMemoryGiBPerVCpu: 4.5\n"
                                    "MemorySize: 32768\n");
  REQUIRE(function.managed_instances.has_value());
  CHECK(function.managed_instances->capacity_provider_arn == kArn);
  CHECK(function.managed_instances->max_concurrency == 7);
  CHECK(function.managed_instances->memory_gib_per_vcpu == 4.5);
  CHECK(function.memory_mb == 32768);
  CHECK(function.logging.format == LogFormat::AsJson);
}

TEST_CASE("without a number it is AWS's for the runtime and each vCPU") {
  const auto function = function_of("CapacityProviderConfig: {Arn: " + kArn + "}\n");
  REQUIRE(function.managed_instances.has_value());
  CHECK(function.managed_instances->max_concurrency == 16);
  CHECK_FALSE(function.managed_instances->set_concurrency.has_value());
  CHECK(default_environment_concurrency("nodejs22.x", 2048, {}) == 64);
  CHECK(default_environment_concurrency("nodejs22.x", 8192, {}) == 256);
  CHECK(default_environment_concurrency("nodejs22.x", 8192, 8.0) == 64);
  CHECK(default_environment_concurrency("java21", 128, {}) == 32);
  CHECK(default_environment_concurrency("dotnet8", 128, {}) == 32);
  CHECK(default_environment_concurrency("provided.al2023", 128, {}) == 8);
  CHECK(default_environment_concurrency("nodejs22.x", 1'000'000, {}) == 1'600);
}

TEST_CASE("the ARN of a capacity provider of the template is known") {
  const std::string text = function_with("CapacityProviderConfig: {Arn: !GetAtt Instances.Arn}\n") +
                           "  Instances: {Type: AWS::Serverless::CapacityProvider}\n";
  const auto application = read(text);
  CHECK(application.warnings.empty());
  CHECK(application.functions.at(0).managed_instances->capacity_provider_arn ==
        "arn:aws:lambda:us-east-1:000000000000:capacity-provider:Instances");
}

TEST_CASE("mistakes in a CapacityProviderConfig") {
  const auto mistake_in = [](const std::string& lines) { return mistake(function_with(lines)); };
  const std::string with_arn = "CapacityProviderConfig:\n  Arn: " + kArn + "\n";
  CHECK(contains(mistake_in("CapacityProviderConfig: {}\n"), "Arn of"));
  CHECK(contains(mistake_in(with_arn + "  PerExecutionEnvironmentMaxConcurrency: 1601\n"),
                 "it must be between 1 and 1600"));
  CHECK(contains(mistake_in(with_arn + "  ExecutionEnvironmentMemoryGiBPerVCpu: 9\n"),
                 "it must be a number between 2 and 8"));
  CHECK(contains(
      mistake_in("CapacityProviderConfig: {LambdaManagedInstancesCapacityProviderConfig: {}}\n"),
      "CapacityProviderArn is Arn"));
  CHECK(contains(mistake_in(with_arn + "LoggingConfig: {LogFormat: Text}\n"), "logs in JSON only"));
  CHECK(contains(mistake_in("MemorySize: 32768\n"), "it must be between 128 and 10240"));
}
