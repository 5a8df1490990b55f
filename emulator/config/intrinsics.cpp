#include "emulator/config/intrinsics.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/config/text.h"

namespace emulator {
namespace {

constexpr int kDepthMax = 100;
constexpr int kStepsMax = 200'000;
constexpr const char* kStackName = "klambda";
constexpr std::string_view kBucketType = "AWS::S3::Bucket";

// Resources whose names and ARNs are the same on one machine as on AWS, whoever makes them there.
// docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference, "Return values" of each
struct KnownResource {
  enum class Ref { Name, Arn, Other };

  std::string_view type;
  std::string_view name_property;
  Ref ref;  // what Ref gives
  std::string_view arn_attribute;
  std::string_view name_attribute;  // empty: none
  std::string_view arn_service;     // between "arn:aws:" and region and account
  std::string_view arn_rest;        // between them and the name
  std::string_view arn_end = {};    // behind the name
};

constexpr std::array kKnownResources = std::to_array<KnownResource>({
    {"AWS::Serverless::Function", "FunctionName", KnownResource::Ref::Name, "Arn", "", "lambda",
     "function:"},
    {"AWS::Lambda::Function", "FunctionName", KnownResource::Ref::Name, "Arn", "", "lambda",
     "function:"},
    {"AWS::Serverless::LayerVersion", "LayerName", KnownResource::Ref::Arn, "", "", "lambda",
     "layer:", ":1"},
    {"AWS::Lambda::LayerVersion", "LayerName", KnownResource::Ref::Arn, "", "", "lambda",
     "layer:", ":1"},
    {"AWS::Serverless::CapacityProvider", "CapacityProviderName", KnownResource::Ref::Name, "Arn",
     "", "lambda", "capacity-provider:"},
    {"AWS::Lambda::CapacityProvider", "CapacityProviderName", KnownResource::Ref::Name, "Arn", "",
     "lambda", "capacity-provider:"},
    // Ref gives the queue's URL, which depends on who serves it.
    {"AWS::SQS::Queue", "QueueName", KnownResource::Ref::Other, "Arn", "QueueName", "sqs", ""},
    {"AWS::SNS::Topic", "TopicName", KnownResource::Ref::Arn, "TopicArn", "TopicName", "sns", ""},
    // The six characters behind a secret's name are AWS's to draw.
    {"AWS::SecretsManager::Secret", "Name", KnownResource::Ref::Arn, "Id", "", "secretsmanager",
     "secret:", "-000000"},
    {"AWS::Glue::Registry", "Name", KnownResource::Ref::Arn, "Arn", "", "glue", "registry/"},
    {kBucketType, "BucketName", KnownResource::Ref::Name, "Arn", "", "s3", ""},
});

const KnownResource* find_known(std::string_view type) {
  const auto known = std::find_if(kKnownResources.begin(), kKnownResources.end(),
                                  [type](const KnownResource& r) { return r.type == type; });
  return known == kKnownResources.end() ? nullptr : &*known;
}

std::string arn_of(const KnownResource& resource, const std::string& name,
                   const std::string& region) {
  const bool global = resource.type == kBucketType;
  return "arn:aws:" + std::string(resource.arn_service) + ":" + (global ? "" : region) + ":" +
         (global ? "" : kAccountId) + ":" + std::string(resource.arn_rest) + name +
         std::string(resource.arn_end);
}

std::string kafka_cluster_arn(const std::string& logical_id, const std::string& region) {
  return "arn:aws:kafka:" + region + ":" + kAccountId + ":cluster/" + logical_id +
         "/00000000-0000-0000-0000-000000000000-1";
}

// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
std::optional<std::string> pseudo_parameter(const std::string& name, const std::string& region) {
  if (name == "AWS::Region") return region;
  if (name == "AWS::AccountId") return kAccountId;
  if (name == "AWS::Partition") return "aws";
  if (name == "AWS::URLSuffix") return "amazonaws.com";
  if (name == "AWS::StackName") return kStackName;
  if (name == "AWS::StackId") {
    return "arn:aws:cloudformation:" + region + ":" + kAccountId + ":stack/" + kStackName +
           "/00000000-0000-0000-0000-000000000000";
  }
  return std::nullopt;
}

}  // namespace

Intrinsics::Nesting::Nesting(Intrinsics& owner, int line) : owner_(owner) {
  if (++owner_.steps_ > kStepsMax)
    owner_.diagnostics_.fail(line, "the template has too many functions to evaluate");
  if (owner_.depth_ >= kDepthMax) {
    owner_.diagnostics_.fail(line, "this refers to itself, or is nested deeper than 100 functions");
  }
  ++owner_.depth_;
}

Intrinsics::Intrinsics(const Value& root, const std::map<std::string, std::string>& overrides,
                       const std::string& control_plane, Diagnostics& diagnostics)
    : root_(root), overrides_(overrides), control_plane_(control_plane), diagnostics_(diagnostics) {
  std::vector<std::string> names;
  if (const auto* parameters = root.find("Parameters")) {
    for (const auto& member : parameters->members) names.push_back(member.name);
  }
  for (const auto& [name, value] : overrides) {
    if (std::find(names.begin(), names.end(), name) != names.end()) continue;
    const auto hint = did_you_mean(name, names);
    diagnostics.fail(
        "--parameter " + name + ": the template has no such parameter" +
        (hint.empty() && !names.empty() ? "; it has " + emulator::join(names, ", ") : hint));
  }
}

std::string Intrinsics::type_of(const Value& resource) {
  const auto* type = resource.find("Type");
  return type != nullptr && type->is_scalar() ? type->text : std::string();
}

Value Intrinsics::text_value(std::string text, int line) const {
  if (text.size() > kTextBytesMax) diagnostics_.fail(line, "this text grows beyond 1 MB");
  Value value;
  value.kind = Value::Kind::Scalar;
  value.line = line;
  value.text = std::move(text);
  return value;
}

std::optional<Intrinsics::Call> Intrinsics::call_of(const Value& value) {
  if (!value.tag.empty()) {
    Call call{value.tag.substr(1), value};
    if (call.name != "Ref" && call.name != "Condition") call.name = "Fn::" + call.name;
    call.argument.tag.clear();
    return call;
  }
  if (!value.is_map() || value.members.size() != 1) return std::nullopt;
  const auto& member = value.members.front();
  if (member.name != "Ref" && !starts_with(member.name, "Fn::")) return std::nullopt;
  return Call{member.name, member.value};
}

std::optional<Value> Intrinsics::resolve(const Value& value) {
  const auto call = call_of(value);
  if (!call) return value;
  const Nesting nesting(*this, value.line);
  return evaluate(*call);
}

std::optional<Value> Intrinsics::evaluate(const Call& call) {
  const auto& [name, argument] = call;
  const int line = argument.line;
  if (name == "Ref") {
    if (!argument.is_scalar()) diagnostics_.fail(line, "Ref takes a name");
    return ref(argument.text, line);
  }
  if (name == "Fn::Sub") return sub(argument);
  if (name == "Fn::GetAtt") return get_att(argument);
  if (name == "Fn::Join") return join(argument);
  if (name == "Fn::Split") return split(argument);
  if (name == "Fn::Select") return select(argument);
  if (name == "Fn::FindInMap") return find_in_map(argument);
  if (name == "Fn::If") {
    const auto& list = arguments(argument, 3, 3, "Fn::If takes [condition, value, other value]");
    if (!list.items[0].is_scalar())
      diagnostics_.fail(line, "Fn::If takes a condition's name first");
    return resolve(list.items[condition(list.items[0].text, line) ? 1 : 2]);
  }
  diagnostics_.warn(line, name + " is not understood: the value is left out");
  return std::nullopt;
}

std::optional<std::string> Intrinsics::resolve_text(const Value& value, const std::string& what) {
  const auto resolved = resolve(value);
  if (!resolved) return std::nullopt;
  if (resolved->is_null())
    diagnostics_.fail(value.line, what + " has no value: give it one, or remove the line");
  if (!resolved->is_scalar()) {
    diagnostics_.fail(value.line, what + " is a " + (resolved->is_list() ? "list" : "map") +
                                      ": it must be a single value");
  }
  if (resolved->text.find("{{resolve:") != std::string::npos) {
    diagnostics_.warn(
        value.line,
        what + " has a dynamic reference {{resolve:…}}, which klambda passes on as it is written");
  }
  return resolved->text;
}

const Value* Intrinsics::declared(std::string_view section, const std::string& name) const {
  const auto* declarations = root_.find(section);
  return declarations == nullptr ? nullptr : declarations->find(name);
}

std::optional<Value> Intrinsics::ref(const std::string& name, int line) {
  if (name == "AWS::NoValue") return std::nullopt;
  if (auto value = pseudo_parameter(name, FunctionConfig().region))
    return text_value(std::move(*value), line);
  if (const auto* declaration = declared("Parameters", name))
    return parameter(name, *declaration, line);
  if (const auto* resource = declared("Resources", name))
    return resource_ref(name, *resource, line);
  if (auto value = generated(name, line)) return value;
  std::vector<std::string> names;
  for (const std::string_view section : {"Parameters", "Resources"}) {
    const auto* declarations = root_.find(section);
    if (declarations == nullptr) continue;
    for (const auto& member : declarations->members) names.push_back(member.name);
  }
  diagnostics_.fail(line, "Ref " + name + ": the template has no such parameter or resource" +
                              did_you_mean(name, names));
}

std::optional<Value> Intrinsics::parameter(const std::string& name, const Value& declaration,
                                           int line) {
  const auto given = overrides_.find(name);
  const auto* fallback = declaration.find("Default");
  if (given == overrides_.end() && (fallback == nullptr || !fallback->is_scalar())) {
    diagnostics_.fail(
        declaration.line,
        "parameter " + name + " has no Default: give it with --parameter " + name + "=VALUE");
  }
  const std::string text = given != overrides_.end() ? given->second : fallback->text;
  if (const auto* allowed = declaration.find("AllowedValues");
      allowed != nullptr && allowed->is_list()) {
    std::vector<std::string> values;
    for (const auto& item : allowed->items) values.push_back(item.text);
    if (std::find(values.begin(), values.end(), text) == values.end()) {
      diagnostics_.fail(declaration.line, "parameter " + name + " is \"" + text +
                                              "\": it must be one of " +
                                              emulator::join(values, ", "));
    }
  }
  const std::string type = type_of(declaration);
  if (starts_with(type, "AWS::SSM::") && given == overrides_.end()) {
    diagnostics_.warn(
        line, "parameter " + name +
                  " lives in the SSM parameter store, which klambda does not ask: \"" + text +
                  "\" is used as it is; give it with --parameter " + name + "=VALUE");
  }
  if (type != "CommaDelimitedList" && !starts_with(type, "List<")) return text_value(text, line);
  Value list;
  list.kind = Value::Kind::List;
  list.line = line;
  for (const auto& part : emulator::split(text, ','))
    list.items.push_back(text_value(std::string(trim(part)), line));
  return list;
}

std::string Intrinsics::resource_name(const std::string& logical_id, const Value& resource) {
  const auto* known = find_known(type_of(resource));
  const auto* properties = resource.find("Properties");
  if (known != nullptr && properties != nullptr) {
    if (const auto* name = properties->find(known->name_property)) {
      const auto what = std::string(known->name_property) + " of " + logical_id;
      if (auto text = resolve_text(*name, what)) return std::move(*text);
    }
  }
  // A bucket's name has no capitals.
  return known != nullptr && known->type == kBucketType ? lower_case(logical_id) : logical_id;
}

std::optional<Value> Intrinsics::resource_ref(const std::string& name, const Value& resource,
                                              int line) {
  const std::string type = type_of(resource);
  const auto* known = find_known(type);
  if (known != nullptr && known->ref != KnownResource::Ref::Other) {
    auto own_name = resource_name(name, resource);
    return text_value(known->ref == KnownResource::Ref::Name
                          ? std::move(own_name)
                          : arn_of(*known, own_name, FunctionConfig().region),
                      line);
  }
  if (starts_with(type, "AWS::MSK::"))
    return text_value(kafka_cluster_arn(name, FunctionConfig().region), line);
  diagnostics_.warn(
      line, "Ref " + name + ": klambda makes no " + type + ", \"" + name + "\" stands in for it");
  return text_value(name, line);
}

std::optional<Value> Intrinsics::get_att(const Value& argument) {
  if (argument.is_list()) {
    const auto& list = arguments(argument, 2, 2, "Fn::GetAtt takes [resource, attribute]");
    const auto resource = resolve_text(list.items[0], "Fn::GetAtt's resource");
    const auto name = resolve_text(list.items[1], "Fn::GetAtt's attribute");
    if (!resource || !name) return std::nullopt;
    return attribute(*resource, *name, argument.line);
  }
  const auto dot = argument.text.find('.');
  if (!argument.is_scalar() || dot == std::string::npos) {
    diagnostics_.fail(argument.line,
                      "Fn::GetAtt takes a resource and an attribute: write !GetAtt Name.Arn");
  }
  return attribute(argument.text.substr(0, dot), argument.text.substr(dot + 1), argument.line);
}

std::optional<Value> Intrinsics::attribute(const std::string& logical_id, const std::string& name,
                                           int line) {
  if (name == "FunctionUrl") {
    if (const auto function = function_of_url(logical_id))
      return function_url(logical_id, *function, line);
  }
  if (auto value = generated_attribute(logical_id, name, line)) return value;
  const auto* resource = declared("Resources", logical_id);
  if (resource == nullptr)
    diagnostics_.fail(line,
                      "GetAtt " + logical_id + "." + name + ": the template has no such resource");
  const std::string type = type_of(*resource);
  const std::string region = FunctionConfig().region;
  if (const auto* known = find_known(type)) {
    if (name == known->arn_attribute)
      return text_value(arn_of(*known, resource_name(logical_id, *resource), region), line);
    if (name == known->name_attribute)
      return text_value(resource_name(logical_id, *resource), line);
  }
  if (name != "Arn") {
    diagnostics_.warn(
        line, "GetAtt " + logical_id + "." + name + " is not understood: the value is left out");
    return std::nullopt;
  }
  if (starts_with(type, "AWS::MSK::"))
    return text_value(kafka_cluster_arn(logical_id, region), line);
  const auto words = emulator::split(type, ':');  // "AWS", "", "SQS", "", "Queue"
  const std::string service = words.size() > 2 ? lower_case(words[2]) : "unknown";
  const std::string arn = "arn:aws:" + service + ":" + region + ":" + kAccountId + ":" + logical_id;
  diagnostics_.warn(line, "GetAtt " + logical_id + ".Arn: klambda makes no " + type + ", \"" + arn +
                              "\" stands in for it");
  return text_value(arn, line);
}

}  // namespace emulator
