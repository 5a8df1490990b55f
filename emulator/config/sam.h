// What klambda reads in a SAM or CloudFormation template: functions, the Kafka events that trigger
// them, and event source mappings that stand on their own. Parts of read_template, which owns what
// they share.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "emulator/config/diagnostics.h"
#include "emulator/config/function_name.h"
#include "emulator/config/intrinsics.h"
#include "emulator/config/model.h"
#include "emulator/config/section.h"
#include "emulator/config/yaml_reader.h"

namespace emulator::sam {

struct Context {
  const Value& root;                    // the whole template
  std::filesystem::path template_file;  // absolute, normal
  Strictness strictness;
  Intrinsics& intrinsics;
  Diagnostics& diagnostics;
};

// Which resource a function is: AWS::Serverless::Function or AWS::Lambda::Function.
enum class Kind { Serverless, Plain };

struct Function {
  FunctionConfig config;
  std::string logical_id;
  std::optional<Value> events;            // a map, resolved
  std::optional<std::string> cannot_run;  // "template.yaml:12: why, and how to mend it"

  // Only a function that a Kafka event triggers must run: the first reason why this one cannot is
  // kept until its events are known.
  void keep_reason(const std::string& why) {
    if (!cannot_run) cannot_run = why;
  }
};

// `resource` is the whole resource, `properties` its Properties, of Serverless with Globals merged
// in.
Function read_function(Kind kind, const std::string& logical_id, const Value& resource,
                       const Value& properties, const Context& context);

// Zip or Image, as the function says it or as what it has tells.
PackageType package_type(Kind kind, const Section& function);
// The directory or zip of its code, or its image and ImageConfig, as `function`'s package_type
// says.
void read_package(Kind kind, const Section& resource, const Section& properties,
                  const Context& context, Function& function);

// What `cdk synth` put beside the template for a Code or Content in S3; nullopt: it is not there.
std::optional<std::filesystem::path> synthesized_asset(const Section& in_s3,
                                                       const Context& context);

// Directories and zips of the function's Layers, in their order. Those that are not declared in the
// template, with content on this machine, are warned about and left out.
std::vector<std::filesystem::path> read_layers(const Section& function, const Context& context);

// Its FunctionUrlConfig; nullopt: it has none.
std::optional<FunctionUrl> read_url(const Section& function);

// Its EventInvokeConfig; nullopt: it has none.
std::optional<EventInvoke> read_event_invoke(const Section& function, const Context& context);

// TargetArn of its DeadLetterQueue or, plain, its DeadLetterConfig; empty: it has none.
std::string read_dead_letter_queue(Kind kind, const Section& function);

// LoggingConfig of a function, or what AWS takes without one: JSON for managed instances, which
// have nothing else (docs lambda-managed-instances-execution-environment.html).
LoggingConfig read_logging(const Section& function, LogFormat without_one);

// Its CapacityProviderConfig, without max_concurrency; nullopt: it has none.
std::optional<ManagedInstances> read_managed_instances(Kind kind, const Section& function);

// A zip of code or of a layer: a file that ends so.
bool is_archive(const std::filesystem::path& path);

// The mapping of one entry of a function's Events; nullopt for events that klambda does not trigger
// (warned about).
std::optional<MappingConfig> read_event(const Function& function, const Value::Member& event,
                                        const Context& context);

// AWS::Lambda::EventSourceMapping. Its function_name is what the template says, without knowing
// whether there is such a function; nullopt for other event sources than Kafka (warned about).
std::optional<MappingConfig> read_event_source_mapping(const Value::Member& resource,
                                                       const Context& context);

// What a resource of its own says of a function.
template <class Config>
struct OfFunction {
  std::string logical_id;
  int line = 0;
  // As the template names it, without knowing whether there is such a function. An empty qualifier
  // stands for $LATEST.
  FunctionName function;
  std::optional<Config> config;  // nullopt: nothing that klambda can read
};
OfFunction<EventInvoke> read_event_invoke_config(const Value::Member& resource,
                                                 const Context& context);
OfFunction<FunctionUrl> read_function_url(const Value::Member& resource, const Context& context);

// Function properties as Globals.Function gives them and the function overrides or extends them.
// docs.aws.amazon.com/serverless-application-model, sam-specification-template-anatomy-globals.html
Value merge_globals(const Value& globals, const Value& properties);

}  // namespace emulator::sam
