// AWS::Serverless::Function:
// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <system_error>
#include <utility>
#include <vector>

#include "emulator/config/managed_instances.h"
#include "emulator/config/rules.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

namespace fs = std::filesystem;
using enum Treatment;

constexpr std::string_view kKind = "AWS::Serverless::Function";

constexpr std::array kFunctionProperties = std::to_array<Property>({
    {"FunctionName"},
    {"CodeUri"},
    {"InlineCode"},
    {"ImageUri"},
    {"PackageType"},
    {"Handler"},
    {"Runtime"},
    {"Timeout"},
    {"MemorySize"},
    {"Environment"},
    {"Events"},
    {"ReservedConcurrentExecutions"},
    {"Layers"},
    {"FunctionUrlConfig"},
    {"EventInvokeConfig"},
    {"DeadLetterQueue"},
    {"LoggingConfig"},
    {"Architectures"},
    {"ImageConfig"},
    {"CapacityProviderConfig"},
    {"AssumeRolePolicyDocument", Ignored},
    {"AutoPublishAlias", Ignored},
    {"AutoPublishAliasAllProperties", Ignored},
    {"AutoPublishCodeSha256", Ignored},
    {"CodeSigningConfigArn", Ignored},
    {"DeploymentPreference", Ignored},
    {"Description", Ignored},
    {"EphemeralStorage"},
    {"FunctionScalingConfig", Ignored},
    {"KmsKeyArn", Ignored},
    {"PermissionsBoundary", Ignored},
    {"Policies", Ignored},
    {"PropagateTags", Ignored},
    {"ProvisionedConcurrencyConfig", Ignored},
    {"PublishToLatestPublished", Ignored},
    {"RecursiveLoop", Ignored},
    {"Role", Ignored},
    {"RolePath", Ignored},
    {"RuntimeManagementConfig", Ignored},
    {"SnapStart", Ignored},
    {"SourceKMSKeyArn", Ignored},
    {"Tags", Ignored},
    {"Tracing", Ignored},
    {"VersionDeletionPolicy", Ignored},
    {"VersionDescription", Ignored},
    {"VpcConfig", Ignored},
    {"DurableConfig", NoEffect, {}},
    {"FileSystemConfigs", NoEffect, "the function sees this machine's file system"},
    {"MultiTenancyConfig", NoEffect, {}},
    {"TenancyConfig", NoEffect, {}},
});

constexpr std::array kResourceAttributes = std::to_array<Property>({
    {"Type"},
    {"Properties"},
    {"Metadata"},
    {"Condition"},
    {"IgnoreGlobals"},
    {"Connectors", Ignored},
    {"CreationPolicy", Ignored},
    {"DeletionPolicy", Ignored},
    {"DependsOn", Ignored},
    {"UpdatePolicy", Ignored},
    {"UpdateReplacePolicy", Ignored},
});

class FunctionReader {
 public:
  FunctionReader(const std::string& logical_id, const Value& resource, const Value& properties,
                 const Context& context)
      : context_(context),
        resource_(logical_id, resource, context.intrinsics, context.diagnostics),
        section_(logical_id, properties, context.intrinsics, context.diagnostics),
        line_(resource.line) {
    function_.logical_id = logical_id;
  }

  Function read() {
    auto& config = function_.config;
    resource_.check_properties(kResourceAttributes, "a resource");
    section_.check_properties(kFunctionProperties, std::string(kKind));
    config.where = context_.diagnostics.at(line_);
    config.name = section_.text("FunctionName").value_or(function_.logical_id);
    section_.require("FunctionName", "\"" + config.name + "\"", check_function_name(config.name));
    read_command();
    read_architecture();
    read_package();
    config.managed_instances = read_managed_instances(section_);
    read_limits();
    if (const auto limit = section_.integer("ReservedConcurrentExecutions", kReservedConcurrency))
      config.reserved_concurrency = static_cast<int>(*limit);
    read_environment();
    constexpr std::array kStorage = std::to_array<Property>({{"Size"}});
    section_.within("EphemeralStorage", kStorage, [&config](const Section& storage) {
      if (const auto mb = storage.integer("Size", kEphemeralStorageMb))
        config.ephemeral_storage_mb = static_cast<int>(*mb);
    });
    config.layers = read_layers(section_, context_);
    config.url = read_url(section_);
    config.event_invoke = read_event_invoke(section_, context_);
    config.dead_letter_arn = read_dead_letter_queue(section_);
    config.logging =
        read_logging(section_, config.managed_instances ? LogFormat::AsJson : LogFormat::AsText);
    function_.events = section_.map("Events");
    return std::move(function_);
  }

 private:
  // Only a function that a Kafka event triggers must run: the first reason why this one cannot is
  // kept until its events are known.
  void cannot_run(int line, const std::string& why) {
    if (!function_.cannot_run) function_.cannot_run = context_.diagnostics.at(line) + ": " + why;
  }
  void cannot_run(std::string_view property, const std::string& why) {
    cannot_run(section_.line_of(property),
               std::string(property) + " of " + section_.owner() + " " + why);
  }

  void read_limits() {
    auto& config = function_.config;
    auto& managed = config.managed_instances;
    if (const auto seconds =
            section_.integer("Timeout", managed ? kManagedTimeoutSeconds : kTimeoutSeconds))
      config.timeout = std::chrono::seconds(*seconds);
    if (const auto mb = section_.integer("MemorySize", managed ? kManagedMemoryMb : kMemoryMb))
      config.memory_mb = static_cast<int>(*mb);
    if (managed) {
      managed->max_concurrency = managed->set_concurrency.value_or(default_environment_concurrency(
          config.runtime, config.memory_mb, managed->memory_gib_per_vcpu));
    }
  }

  void read_command() {
    const auto metadata = resource_.map("Metadata");
    if (!metadata) return;
    const Section all(section_.owner(), *metadata, context_.intrinsics, context_.diagnostics);
    const auto ours = all.map("klambda");
    if (!ours) return;
    const Section section("Metadata klambda of " + section_.owner(), *ours, context_.intrinsics,
                          context_.diagnostics);
    constexpr std::array kMetadata = std::to_array<Property>({{"Command"}});
    section.check_properties(kMetadata, "Metadata klambda");
    const auto value = section.value("Command");
    if (!value) return;
    if (value->is_scalar()) {
      const auto words = split_words(value->text);
      if (!words) section.fail("Command", "has a quote that is not closed");
      function_.config.command = *words;
    } else {
      function_.config.command = section.texts("Command").value_or(std::vector<std::string>{});
    }
    const auto& command = function_.config.command;
    if (command.empty() || command.front().empty()) section.fail("Command", "names no program");
  }

  // A list of one; without it a function is x86_64 on AWS, and here this machine's.
  void read_architecture() {
    const auto names = section_.texts("Architectures");
    if (!names || names->empty()) return;
    const auto& name = names->front();
    if (names->size() > 1 || (name != "x86_64" && name != "arm64"))
      section_.fail("Architectures", "is [" + join(*names, ", ") + "]: it is [x86_64] or [arm64]");
    function_.config.architecture = name;
  }

  void read_package() {
    const auto package = section_.text("PackageType").value_or("Zip");
    if (package != "Zip" && package != "Image")
      section_.fail("PackageType", "is \"" + package + "\": it must be Zip or Image");
    if (package == "Image" || section_.has("ImageUri")) {
      read_image();
    } else {
      read_runtime();
      read_handler();
      read_code();
    }
  }

  void read_image() {
    auto& config = function_.config;
    config.package_type = PackageType::Image;
    config.code_dir = context_.template_file.parent_path();
    config.image_uri = section_.text("ImageUri").value_or(built_image());
    if (config.image_uri.empty()) {
      cannot_run("PackageType",
                 "is Image, and no image is named: give it ImageUri, or Metadata with Dockerfile "
                 "and DockerContext and run sam build");
    }
    constexpr std::array kImageConfig =
        std::to_array<Property>({{"Command"}, {"EntryPoint"}, {"WorkingDirectory"}});
    section_.within("ImageConfig", kImageConfig, [&](const Section& image) {
      config.image.command = image.texts("Command").value_or(std::vector<std::string>{});
      config.image.entry_point = image.texts("EntryPoint").value_or(std::vector<std::string>{});
      config.image.working_directory = image.text("WorkingDirectory").value_or("");
    });
  }

  // What `sam build` names the image that it builds; empty: nothing says that it builds one.
  std::string built_image() const {
    const auto metadata = resource_.map("Metadata");
    if (!metadata || metadata->find("DockerContext") == nullptr) return {};
    const Section section("Metadata of " + section_.owner(), *metadata, context_.intrinsics,
                          context_.diagnostics);
    return lower_case(function_.logical_id) + ":" + section.text("DockerTag").value_or("latest");
  }

  void read_runtime() {
    auto& config = function_.config;
    config.runtime = section_.text("Runtime").value_or("");
    if (!config.command.empty()) return;
    if (config.runtime.empty()) {
      cannot_run(line_, "function " + section_.owner() +
                            " has no Runtime: give it one, for instance Runtime: python3.12");
    } else if (const auto problem = check_runtime(config.runtime)) {
      cannot_run("Runtime", "is " + config.runtime + ": " + *problem);
    }
  }

  void read_handler() {
    auto& config = function_.config;
    config.handler = section_.text("Handler").value_or("");
    if (!config.handler.empty()) {
      section_.require("Handler", "\"" + config.handler + "\"", check_handler(config.handler));
    } else if (config.command.empty() && !is_provided_runtime(config.runtime)) {
      cannot_run(line_, "function " + section_.owner() +
                            " has no Handler: give it one, for instance Handler: app.handler");
    }
  }

  void read_code() {
    auto& config = function_.config;
    const fs::path directory = context_.template_file.parent_path();
    config.code_dir =
        directory;  // without CodeUri the code is beside the template, as SAM's command line has it
    if (section_.has("InlineCode")) {
      cannot_run("InlineCode",
                 "is not understood: write the code to a file and name its directory with CodeUri");
      return;
    }
    const auto value = section_.value("CodeUri");
    if (!value) return;
    const auto uri = value->is_scalar() ? section_.text("CodeUri") : std::optional<std::string>();
    if (!uri || starts_with(*uri, "s3://") || starts_with(*uri, "https://")) {
      cannot_run("CodeUri", "points to S3: klambda needs a local directory or zip");
      return;
    }
    // A last "/" or "." would otherwise stay as an empty name.
    config.code_dir = (directory / *uri / "").lexically_normal().parent_path();
    std::error_code error;
    if (fs::is_directory(config.code_dir, error)) {
      if (::access(config.code_dir.c_str(), R_OK | X_OK) != 0) {
        cannot_run("CodeUri",
                   "is " + *uri + ": this user may not read " + config.code_dir.string());
      }
    } else if (is_archive(config.code_dir)) {
      return;
    } else if (fs::exists(config.code_dir, error)) {
      cannot_run("CodeUri", "is " + *uri +
                                ": that is a file, klambda needs the directory with the unpacked "
                                "code, or a .zip or .jar file");
    } else {
      cannot_run("CodeUri", "is " + *uri + ": there is no directory " + config.code_dir.string());
    }
  }

  void read_environment() {
    constexpr std::array kEnvironment = std::to_array<Property>({{"Variables"}});
    section_.within("Environment", kEnvironment,
                    [this](const Section& environment) { read_variables(environment); });
  }

  void read_variables(const Section& environment) {
    const auto variables = environment.map("Variables");
    if (!variables) return;
    for (const auto& member : variables->members) {
      const std::string what = "variable " + member.name + " of " + section_.owner();
      if (const auto problem = check_variable_name(member.name, RoleVariables::Refused)) {
        context_.diagnostics.fail(member.line, what + ": " + *problem);
      }
      if (auto text = context_.intrinsics.resolve_text(member.value, what)) {
        function_.config.environment[member.name] = std::move(*text);
      }
    }
    if (const auto problem = check_environment_size(function_.config.environment)) {
      environment.fail("Variables", "are too long: " + *problem);
    }
  }

  const Context& context_;
  const Section resource_;
  const Section section_;
  const int line_;
  Function function_;
};

bool is_function(const Value& value) {
  if (!value.tag.empty()) return true;
  if (!value.is_map() || value.members.size() != 1) return false;
  const auto& name = value.members.front().name;
  return name == "Ref" || starts_with(name, "Fn::");
}

}  // namespace

Function read_function(const std::string& logical_id, const Value& resource,
                       const Value& properties, const Context& context) {
  return FunctionReader(logical_id, resource, properties, context).read();
}

Value merge_globals(const Value& globals, const Value& properties) {
  // A function (!If, Fn::If, …) on either side is one value, not something to merge.
  const bool plain = !is_function(globals) && !is_function(properties);
  if (plain && globals.is_list() && properties.is_list()) {
    Value merged = globals;
    merged.line = properties.line;
    merged.items.insert(merged.items.end(), properties.items.begin(), properties.items.end());
    return merged;
  }
  if (!plain || !globals.is_map() || !properties.is_map()) return properties;
  Value merged = properties;
  for (const auto& member : globals.members) {
    const auto own = std::find_if(merged.members.begin(), merged.members.end(),
                                  [&](const Value::Member& m) { return m.name == member.name; });
    if (own == merged.members.end()) {
      merged.members.push_back(member);
    } else {
      own->value = merge_globals(member.value, own->value);
    }
  }
  return merged;
}

}  // namespace emulator::sam
