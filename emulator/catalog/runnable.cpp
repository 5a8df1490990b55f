// What of a version's settings its processes see.
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "emulator/catalog/function.h"
#include "emulator/config/managed_instances.h"

namespace emulator {
namespace {

LoggingConfig logging_of(const std::string& name, const Json& settings) {
  const Json logging = settings.value("LoggingConfig", Json::object());
  LoggingConfig config;
  if (logging.value("LogFormat", "Text") == "JSON") config.format = LogFormat::AsJson;
  config.application_level = logging.value("ApplicationLogLevel", config.application_level);
  config.system_level = logging.value("SystemLogLevel", config.system_level);
  if (const auto group = logging.value("LogGroup", ""); group != "/aws/lambda/" + name)
    config.group = group;
  return config;
}

std::optional<ManagedInstances> instances_of(const Json& settings, const FunctionConfig& config) {
  if (!settings.contains("CapacityProviderConfig")) return std::nullopt;
  const Json& given =
      settings.at("CapacityProviderConfig").at("LambdaManagedInstancesCapacityProviderConfig");
  ManagedInstances managed;
  managed.capacity_provider_arn = given.value("CapacityProviderArn", "");
  if (const auto found = given.find("PerExecutionEnvironmentMaxConcurrency"); found != given.end())
    managed.set_concurrency = static_cast<int>(found->get<double>());
  if (const auto found = given.find("ExecutionEnvironmentMemoryGiBPerVCpu"); found != given.end())
    managed.memory_gib_per_vcpu = found->get<double>();
  managed.max_concurrency = managed.set_concurrency.value_or(default_environment_concurrency(
      config.runtime, config.memory_mb, managed.memory_gib_per_vcpu));
  return managed;
}

std::vector<std::string> texts(const Json& object, const char* member) {
  return object.value(member, Json::array()).get<std::vector<std::string>>();
}

void set_package(const FunctionVersion& version, FunctionConfig& config) {
  const bool is_image = version.code.kind == FunctionCode::Kind::Image;
  config.package_type = is_image ? PackageType::Image : PackageType::Zip;
  config.image_uri = version.code.image_uri;
  const Json image = version.settings.value("ImageConfig", Json::object());
  config.image = {texts(image, "EntryPoint"), texts(image, "Command"),
                  image.value("WorkingDirectory", "")};
}

}  // namespace

FunctionConfig runnable(const std::string& name, const FunctionVersion& version) {
  const Json& settings = version.settings;
  FunctionConfig config = version.config;
  config.environment.clear();
  config.name = name;
  config.version = version.version;
  config.runtime = settings.value("Runtime", "");
  config.handler = settings.value("Handler", "");
  config.timeout = std::chrono::seconds(settings.value("Timeout", config.timeout.count()));
  config.memory_mb = settings.value("MemorySize", config.memory_mb);
  const Json variables =
      settings.value("Environment", Json::object()).value("Variables", Json::object());
  for (const auto& [variable, value] : variables.items()) config.environment[variable] = value;
  config.logging = logging_of(name, settings);
  config.managed_instances = instances_of(settings, config);
  config.ephemeral_storage_mb =
      settings.value("EphemeralStorage", Json::object()).value("Size", kEphemeralStorageDefaultMb);
  config.code_dir = version.code.directory;
  config.opt_dir = version.code.opt_directory;
  const auto architectures = texts(settings, "Architectures");
  config.architecture = architectures.empty() ? "" : architectures.front();
  set_package(version, config);
  if (config.where.empty()) config.where = "function " + name;
  return config;
}

}  // namespace emulator
