#include "emulator/catalog/function_settings.h"

#include <array>
#include <chrono>
#include <string>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/lambda_runtimes.h"
#include "emulator/config/digest.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

// Of all the variables together (docs configuration-envvars.html; recorded to be measured as JSON).
constexpr std::size_t kEnvironmentBytesMax = 4096;

// Members of the two operations that change what a function is on AWS and that klambda does not do.
constexpr std::array<const char*, 5> kRefused{"DurableConfig", "TenancyConfig", "RuntimeConfig",
                                              "AcceleratorConfig", "CodeSigningConfigArn"};

constexpr const char* kCapacityProvider = "CapacityProviderConfig";
constexpr const char* kInstances = "LambdaManagedInstancesCapacityProviderConfig";

bool has(const Json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && !found->is_null();
}

// The member as an object, empty where it is not there.
Json object_of(const Json& object, const char* member) {
  return has(object, member) ? object.at(member) : Json::object();
}

std::string text_of(const Json& object, const char* member) {
  return has(object, member) ? object.at(member).get<std::string>() : std::string();
}

// What AWS refuses in Environment.
void check_environment(const Json& variables) {
  std::vector<std::string> reserved;
  for (const auto& [name, value] : variables.items()) {
    if (is_one_of(kReservedVariables, name) || is_one_of(kRoleVariables, name))
      reserved.push_back(name);
  }
  const std::string problem =
      "Lambda was unable to configure your environment variables because the environment variables "
      "you have provided ";
  if (!reserved.empty()) {
    throw invalid_parameter_value(
        problem +
        "contains reserved keys that are currently not supported for modification. Reserved keys "
        "used in this request: " +
        join(reserved, ", "));
  }
  const std::string measured = variables.dump();
  if (measured.size() > kEnvironmentBytesMax) {
    throw invalid_parameter_value(problem + "exceeded the 4KB limit. String measured: " + measured);
  }
}

// The shown form of what was sent, one function a member; null: the member is not shown.

Json shown_environment(const Json& sent) {
  Json variables = Json::object();
  const Json given = object_of(sent, "Variables");
  for (const auto& [name, value] : given.items()) variables[name] = value;
  check_environment(variables);
  return {{"Variables", std::move(variables)}};
}

// A function that has left its VPC shows empty lists, one that never was in one shows nothing
// (docs API_VpcConfigResponse.html); there is no VPC here to look up the id of.
Json shown_vpc(const Json& sent) {
  const auto list = [&](const char* member) {
    return has(sent, member) ? sent.at(member) : Json::array();
  };
  const Json subnets = list("SubnetIds");
  const bool dual_stack =
      has(sent, "Ipv6AllowedForDualStack") && sent.at("Ipv6AllowedForDualStack").get<bool>();
  return {{"SubnetIds", subnets},
          {"SecurityGroupIds", list("SecurityGroupIds")},
          {"VpcId", subnets.empty() ? "" : "vpc-00000000"},
          {"Ipv6AllowedForDualStack", dual_stack}};
}

Json shown_dead_letters(const Json& sent) {
  const std::string target = text_of(sent, "TargetArn");
  return target.empty() ? Json() : Json{{"TargetArn", target}};
}

Json shown_tracing(const Json& sent) {
  const std::string mode = text_of(sent, "Mode");
  return {{"Mode", mode.empty() ? "PassThrough" : mode}};
}

Json shown_snap_start(const Json& sent) {
  const std::string apply_on = text_of(sent, "ApplyOn");
  return {{"ApplyOn", apply_on.empty() ? "None" : apply_on}, {"OptimizationStatus", "Off"}};
}

Json shown_file_systems(const Json& sent) {
  return sent.empty() ? Json() : sent;
}

// Empty members of what was sent say that the image's own count again.
Json shown_image(const Json& sent) {
  Json shown = Json::object();
  for (const char* member : {"EntryPoint", "Command", "WorkingDirectory"}) {
    if (has(sent, member) && !sent.at(member).empty() && sent.at(member) != "")
      shown[member] = sent.at(member);
  }
  return shown.empty() ? Json() : shown;
}

Json shown_text(const Json& sent) {
  return sent == "" ? Json() : sent;
}

// A fraction is cut off, as AWS does.
Json shown_integer(const Json& sent) {
  return static_cast<std::int64_t>(sent.get<double>());
}

Json shown_storage(const Json& sent) {
  return {{"Size", shown_integer(sent.at("Size"))}};
}

Json as_sent(const Json& sent) {
  return sent;
}

struct Member {
  const char* name;
  Json (*shown)(const Json& sent);  // nullptr: not copied from a body
};

// In the order of responses (recorded; API_FunctionConfiguration.html).
constexpr std::array<Member, 20> kMembers{{{"Runtime", as_sent},
                                           {"Role", as_sent},
                                           {"Handler", as_sent},
                                           {"Description", as_sent},
                                           {"Timeout", shown_integer},
                                           {"MemorySize", shown_integer},
                                           {"VpcConfig", shown_vpc},
                                           {"DeadLetterConfig", shown_dead_letters},
                                           {"Environment", shown_environment},
                                           {"KMSKeyArn", shown_text},
                                           {"TracingConfig", shown_tracing},
                                           {"Layers", nullptr},
                                           {"FileSystemConfigs", shown_file_systems},
                                           {"PackageType", nullptr},
                                           {"ImageConfig", shown_image},
                                           {"Architectures", as_sent},
                                           {"EphemeralStorage", shown_storage},
                                           {"SnapStart", shown_snap_start},
                                           {"LoggingConfig", nullptr},
                                           {kCapacityProvider, as_sent}}};

// docs monitoring-cloudwatchlogs-advanced.html; recorded: JSON brings both levels, Text drops them.
Json logging(const std::string& function, const Json& present, const Json& sent) {
  Json merged = present;
  for (const auto& [member, value] : sent.items()) {
    if (!value.is_null()) merged[member] = value;
  }
  const std::string format = merged.value("LogFormat", "Text");
  Json shown{{"LogFormat", format}};
  if (format == "JSON") {
    shown["ApplicationLogLevel"] = merged.value("ApplicationLogLevel", "INFO");
    shown["SystemLogLevel"] = merged.value("SystemLogLevel", "INFO");
  } else if (has(sent, "ApplicationLogLevel") || has(sent, "SystemLogLevel")) {
    throw invalid_parameter_value(
        "LogLevel is not supported when LogFormat is set to \"Text\". Remove LogLevel from your "
        "request or change the LogFormat to \"Json\" and try again.");
  }
  shown["LogGroup"] = merged.value("LogGroup", "/aws/lambda/" + function);
  return shown;
}

// docs sam-property-function-capacityproviderconfig.html ("can't be added or removed after the
// function resource has been created"), lambda-managed-instances-execution-environment.html (logs
// in JSON only). The words are an inference.
void check_managed_instances(const Json& present, const Json& settings) {
  if (!has(settings, kCapacityProvider)) return;
  if (!has(present, kCapacityProvider)) {
    throw invalid_parameter_value(
        "CapacityProviderConfig can't be added to a function after it has been created.");
  }
  if (settings.at("LoggingConfig").at("LogFormat") != "JSON") {
    throw invalid_parameter_value(
        "LogFormat must be JSON for a function with a CapacityProviderConfig.");
  }
}

Json template_logging(const FunctionConfig& config) {
  Json sent = Json::object();
  if (config.logging.format == LogFormat::AsJson) {
    sent = {{"LogFormat", "JSON"},
            {"ApplicationLogLevel", config.logging.application_level},
            {"SystemLogLevel", config.logging.system_level}};
  }
  if (!config.logging.group.empty()) sent["LogGroup"] = config.logging.group;
  return logging(config.name, Json::object(), sent);
}

Json shown_instances(const ManagedInstances& managed) {
  Json shown{{"CapacityProviderArn", managed.capacity_provider_arn}};
  if (managed.set_concurrency)
    shown["PerExecutionEnvironmentMaxConcurrency"] = *managed.set_concurrency;
  if (managed.memory_gib_per_vcpu)
    shown["ExecutionEnvironmentMemoryGiBPerVCpu"] = *managed.memory_gib_per_vcpu;
  return {{kInstances, std::move(shown)}};
}

// Made up: one for each runtime, as long as AWS's.
Json runtime_version(const std::string& runtime) {
  return {{"RuntimeVersionArn",
           std::string("arn:aws:lambda:") + kRegion + "::runtime:" + hex(sha256(runtime))}};
}

void check_runtime(const Json& settings, const Json& body) {
  const std::string runtime = text_of(settings, "Runtime");
  if (has(body, "Runtime")) require_runtime(runtime);
  const bool snap_start = settings.at("SnapStart").at("ApplyOn") == "PublishedVersions";
  if (snap_start && !has_snap_start(runtime)) {
    throw invalid_parameter_value(runtime + " is not supported for SnapStart enabled functions.");
  }
}

void refuse_unsupported(const Json& body) {
  for (const char* member : kRefused) {
    if (has(body, member)) {
      throw invalid_parameter_value(std::string("klambda does not do ") + member +
                                    ": leave it out to run the function without it");
    }
  }
}

bool is_image(const Json& settings) {
  return text_of(settings, "PackageType") == "Image";
}

// AWS refuses each of these for the other kind of package; the words are an inference.
void check_package(const Json& settings) {
  if (is_image(settings)) {
    for (const char* member : {"Runtime", "Handler", "Layers"}) {
      if (has(settings, member))
        throw invalid_parameter_value(std::string("Please don't provide ") + member +
                                      " when the package type is Image.");
    }
  } else if (has(settings, "ImageConfig")) {
    throw invalid_parameter_value("Please don't provide ImageConfig when the package type is Zip.");
  }
}

Json default_settings(const std::string& function) {
  return {{"Description", ""},
          {"Timeout", 3},
          {"MemorySize", 128},
          {"TracingConfig", shown_tracing(Json::object())},
          {"PackageType", "Zip"},
          {"Architectures", {"x86_64"}},
          {"EphemeralStorage", {{"Size", 512}}},
          {"SnapStart", shown_snap_start(Json::object())},
          {"LoggingConfig", logging(function, Json::object(), Json::object())}};
}

void put(Json& settings, const char* member, Json value) {
  if (value.is_null()) {
    settings.erase(member);
  } else {
    settings[member] = std::move(value);
  }
}

// One order whatever was set first, so that settings compare.
Json in_order(const Json& settings) {
  Json ordered = Json::object();
  for (const auto& member : kMembers) {
    if (settings.contains(member.name)) ordered[member.name] = settings[member.name];
  }
  if (const std::string runtime = text_of(settings, "Runtime"); !runtime.empty())
    ordered["RuntimeVersionConfig"] = runtime_version(runtime);
  return ordered;
}

}  // namespace

Json updated_settings(const std::string& function, const Json& present, const Json& body,
                      const std::optional<Json>& layers) {
  refuse_unsupported(body);
  Json settings = present;
  for (const auto& member : kMembers) {
    if (member.shown != nullptr && has(body, member.name))
      put(settings, member.name, member.shown(body.at(member.name)));
  }
  if (has(body, "LoggingConfig")) {
    settings["LoggingConfig"] =
        logging(function, present.at("LoggingConfig"), body.at("LoggingConfig"));
  }
  if (layers) put(settings, "Layers", layers->empty() ? Json() : *layers);
  check_managed_instances(present, settings);
  check_package(settings);
  check_runtime(settings, body);
  return in_order(settings);
}

Json created_settings(const std::string& function, const Json& body, const Json& layers) {
  const bool needs_both = !is_image(body);
  if (needs_both && (text_of(body, "Handler").empty() || text_of(body, "Runtime").empty())) {
    refuse_unsupported(body);
    throw invalid_parameter_value(
        "Runtime and Handler are mandatory parameters for functions created with deployment "
        "packages.");
  }
  Json settings = default_settings(function);
  if (is_image(body)) settings["PackageType"] = "Image";
  if (has(body, kCapacityProvider)) {
    settings[kCapacityProvider] = body.at(kCapacityProvider);
    settings["LoggingConfig"] = logging(function, Json::object(), {{"LogFormat", "JSON"}});
  }
  return updated_settings(function, settings, body, layers);
}

Json with_architectures(Json settings, const Json& architectures) {
  settings["Architectures"] = architectures;
  return in_order(settings);
}

Json template_settings(const FunctionConfig& config) {
  Json settings = default_settings(config.name);
  if (!config.runtime.empty()) settings["Runtime"] = config.runtime;
  settings["Role"] = std::string("arn:aws:iam::") + kAccountId + ":role/" + config.name;
  if (!config.handler.empty()) settings["Handler"] = config.handler;
  if (!config.architecture.empty()) settings["Architectures"] = Json::array({config.architecture});
  if (config.package_type == PackageType::Image) {
    settings["PackageType"] = "Image";
    put(settings, "ImageConfig",
        shown_image({{"EntryPoint", config.image.entry_point},
                     {"Command", config.image.command},
                     {"WorkingDirectory", config.image.working_directory}}));
  }
  put(settings, "DeadLetterConfig", shown_dead_letters({{"TargetArn", config.dead_letter_arn}}));
  settings["Timeout"] = config.timeout.count();
  settings["MemorySize"] = config.memory_mb;
  settings["LoggingConfig"] = template_logging(config);
  if (config.managed_instances)
    settings[kCapacityProvider] = shown_instances(*config.managed_instances);
  settings["EphemeralStorage"] = {{"Size", config.ephemeral_storage_mb}};
  if (!config.environment.empty()) settings["Environment"] = {{"Variables", config.environment}};
  return in_order(settings);
}

}  // namespace emulator
