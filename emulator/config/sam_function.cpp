// AWS::Serverless::Function and AWS::Lambda::Function:
// docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-function.html
// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html
#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/managed_instances.h"
#include "emulator/config/rules.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"

namespace emulator::sam {
namespace {

using enum Treatment;

constexpr std::array kCommonProperties = std::to_array<Property>({
    {"FunctionName"},
    {"PackageType"},
    {"Handler"},
    {"Runtime"},
    {"Timeout"},
    {"MemorySize"},
    {"Environment"},
    {"ReservedConcurrentExecutions"},
    {"Layers"},
    {"LoggingConfig"},
    {"Architectures"},
    {"ImageConfig"},
    {"CapacityProviderConfig"},
    {"EphemeralStorage"},
    {"CodeSigningConfigArn", Ignored},
    {"Description", Ignored},
    {"FunctionScalingConfig", Ignored},
    {"KmsKeyArn", Ignored},
    {"PublishToLatestPublished", Ignored},
    {"RecursiveLoop", Ignored},
    {"Role", Ignored},
    {"RuntimeManagementConfig", Ignored},
    {"SnapStart", Ignored},
    {"Tags", Ignored},
    {"VpcConfig", Ignored},
    {"DurableConfig", NoEffect, {}},
    {"FileSystemConfigs", NoEffect, "the function sees this machine's file system"},
    {"TenancyConfig", NoEffect, {}},
});

constexpr std::array kServerlessProperties = std::to_array<Property>({
    {"CodeUri"},
    {"InlineCode"},
    {"ImageUri"},
    {"Events"},
    {"FunctionUrlConfig"},
    {"EventInvokeConfig"},
    {"DeadLetterQueue"},
    {"AssumeRolePolicyDocument", Ignored},
    {"AutoPublishAlias", Ignored},
    {"AutoPublishAliasAllProperties", Ignored},
    {"AutoPublishCodeSha256", Ignored},
    {"DeploymentPreference", Ignored},
    {"PermissionsBoundary", Ignored},
    {"Policies", Ignored},
    {"PropagateTags", Ignored},
    {"ProvisionedConcurrencyConfig", Ignored},
    {"RolePath", Ignored},
    {"SourceKMSKeyArn", Ignored},
    {"Tracing", Ignored},
    {"VersionDeletionPolicy", Ignored},
    {"VersionDescription", Ignored},
    {"MultiTenancyConfig", NoEffect, {}},
});

constexpr std::array kPlainProperties = std::to_array<Property>({
    {"Code"},
    {"DeadLetterConfig"},
    {"TracingConfig", Ignored},
});

struct Spelling {
  std::string_view type;
  std::span<const Property> own;
};
constexpr Spelling kServerless{"AWS::Serverless::Function", kServerlessProperties};
constexpr Spelling kPlain{"AWS::Lambda::Function", kPlainProperties};

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
  FunctionReader(Kind kind, const std::string& logical_id, const Value& resource,
                 const Value& properties, const Context& context)
      : kind_(kind),
        context_(context),
        resource_(logical_id, resource, context.intrinsics, context.diagnostics),
        section_(logical_id, properties, context.intrinsics, context.diagnostics),
        line_(resource.line) {
    function_.logical_id = logical_id;
  }

  Function read() {
    auto& config = function_.config;
    resource_.check_properties(kResourceAttributes, "a resource");
    check_properties();
    config.where = context_.diagnostics.at(line_);
    config.name = section_.text("FunctionName").value_or(function_.logical_id);
    section_.require("FunctionName", "\"" + config.name + "\"", check_function_name(config.name));
    read_command();
    read_architecture();
    config.package_type = package_type(kind_, section_);
    if (config.package_type == PackageType::Zip) {
      read_runtime();
      read_handler();
    }
    read_package(kind_, resource_, section_, context_, function_);
    config.managed_instances = read_managed_instances(kind_, section_);
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
    config.dead_letter_arn = read_dead_letter_queue(kind_, section_);
    config.logging =
        read_logging(section_, config.managed_instances ? LogFormat::AsJson : LogFormat::AsText);
    function_.events = section_.map("Events");
    return std::move(function_);
  }

 private:
  void check_properties() const {
    const Spelling& spelling = kind_ == Kind::Serverless ? kServerless : kPlain;
    std::vector<Property> known(kCommonProperties.begin(), kCommonProperties.end());
    known.insert(known.end(), spelling.own.begin(), spelling.own.end());
    section_.check_properties(known, std::string(spelling.type));
  }

  void cannot_run(int line, const std::string& why) {
    function_.keep_reason(context_.diagnostics.at(line) + ": " + why);
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

  void read_runtime() {
    auto& config = function_.config;
    config.runtime = section_.text("Runtime").value_or("");
    if (!config.command.empty()) return;
    if (config.runtime.empty()) {
      cannot_run(line_, "function " + section_.owner() +
                            " has no Runtime: give it one, for instance Runtime: python3.12");
    } else if (const auto problem = check_runtime(config.runtime)) {
      cannot_run(section_.line_of("Runtime"),
                 section_.subject("Runtime") + " is " + config.runtime + ": " + *problem);
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

  const Kind kind_;
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

Function read_function(Kind kind, const std::string& logical_id, const Value& resource,
                       const Value& properties, const Context& context) {
  return FunctionReader(kind, logical_id, resource, properties, context).read();
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
