#include "emulator/config/template.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/config/destination_name.h"
#include "emulator/config/diagnostics.h"
#include "emulator/config/function_name.h"
#include "emulator/config/intrinsics.h"
#include "emulator/config/mapping_rules.h"
#include "emulator/config/sam.h"
#include "emulator/config/section.h"
#include "emulator/config/text.h"
#include "emulator/config/yaml_reader.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;
using enum Treatment;

// docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html; Globals is SAM's
constexpr std::array kTemplateSections = std::to_array<Property>({
    {"Resources"},
    {"Parameters"},
    {"Mappings"},
    {"Conditions"},
    {"Globals"},
    {"AWSTemplateFormatVersion", Ignored},
    {"Transform", Ignored},
    {"Description", Ignored},
    {"Metadata", Ignored},
    {"Outputs", Ignored},
    {"Rules", Ignored},
});

constexpr std::string_view kServerlessFunction = "AWS::Serverless::Function";
constexpr std::string_view kPlainFunction = "AWS::Lambda::Function";
constexpr std::string_view kMapping = "AWS::Lambda::EventSourceMapping";
constexpr std::string_view kEventInvokeConfig = "AWS::Lambda::EventInvokeConfig";
constexpr std::string_view kUrl = "AWS::Lambda::Url";
constexpr std::array kResourceTypes{kServerlessFunction, kPlainFunction, kMapping,
                                    kEventInvokeConfig, kUrl};
// klambda makes no versions and aliases of a template's functions.
constexpr std::string_view kOnlyVersion = "$LATEST";

class TemplateReader {
 public:
  TemplateReader(const fs::path& file, const std::map<std::string, std::string>& parameters,
                 Strictness strictness, const std::string& control_plane)
      : root_(read_yaml(file)),
        diagnostics_(file.string()),
        intrinsics_(root_, parameters, control_plane, diagnostics_),
        context_{root_, fs::absolute(file).lexically_normal(), strictness, intrinsics_,
                 diagnostics_} {}

  Application read() {
    check_sections();
    for (const auto& member : root_.find("Resources")->members) read_resource(member);
    read_of_functions();
    if (application_.functions.empty()) {
      if (first_left_out_) throw ConfigError(*first_left_out_);
      diagnostics_.fail(
          "the template has neither an AWS::Serverless::Function nor an AWS::Lambda::Function: "
          "klambda has nothing to run");
    }
    check_timeouts();
    check_groups();
    check_event_destinations();
    application_.warnings = diagnostics_.take_warnings();
    return std::move(application_);
  }

 private:
  void check_sections() {
    if (!root_.is_map()) diagnostics_.fail("this is no template: it has no Resources");
    for (const auto& section : root_.members) {
      const bool must_be_map = section.name == "Resources" || section.name == "Parameters" ||
                               section.name == "Mappings" || section.name == "Conditions" ||
                               section.name == "Globals";
      if (must_be_map && !section.value.is_map())
        diagnostics_.fail(section.line, section.name + " must be a map");
    }
    if (root_.find("Resources") == nullptr) {
      diagnostics_.fail(
          "the template has no Resources: give a SAM or CloudFormation template, or use 'klambda "
          "run'");
    }
    Section("the template", root_, intrinsics_, diagnostics_)
        .check_properties(kTemplateSections, "a template");
    const auto* globals = root_.find("Globals");
    if (globals == nullptr) return;
    globals_ = globals->find("Function");
    if (globals_ == nullptr) return;
    if (!globals_->is_map()) diagnostics_.fail(globals_->line, "Globals.Function must be a map");
  }

  void read_resource(const Value::Member& member) {
    const auto& resource = member.value;
    if (member.name.rfind("Fn::", 0) == 0) {
      diagnostics_.warn(member.line,
                        member.name + " is not understood: its resources are left out");
      return;
    }
    if (!resource.is_map())
      diagnostics_.fail(member.line,
                        "resource " + member.name + " must be a map with Type and Properties");
    const auto* type = resource.find("Type");
    if (type == nullptr || !type->is_scalar())
      diagnostics_.fail(member.line, "resource " + member.name + " has no Type");
    if (!is_one_of(kResourceTypes, type->text)) return;
    const auto* condition = resource.find("Condition");
    if (condition != nullptr && condition->is_scalar() &&
        !intrinsics_.condition(condition->text, condition->line))
      return;
    if (type->text == kServerlessFunction) {
      read_function(sam::Kind::Serverless, member);
    } else if (type->text == kPlainFunction) {
      read_function(sam::Kind::Plain, member);
    } else {
      of_functions_.push_back(&member);
    }
  }

  // What names a function, which may stand behind it.
  void read_of_functions() {
    std::vector<sam::OfFunction<EventInvoke>> event_invokes;
    std::vector<sam::OfFunction<FunctionUrl>> urls;
    for (const auto* member : of_functions_) {
      const auto& type = member->value.find("Type")->text;
      if (type == kMapping) read_mapping(*member);
      if (type == kEventInvokeConfig)
        event_invokes.push_back(sam::read_event_invoke_config(*member, context_));
      if (type == kUrl) urls.push_back(sam::read_function_url(*member, context_));
    }
    attach(std::move(event_invokes), &FunctionConfig::event_invoke);
    attach(std::move(urls), &FunctionConfig::url);
  }

  // A configuration of $LATEST counts before that of a version or an alias, which is all that
  // remains of those.
  template <class Config>
  void attach(std::vector<sam::OfFunction<Config>> found,
              std::optional<Config> FunctionConfig::*place) {
    const auto is_latest = [](const sam::OfFunction<Config>& each) {
      return each.function.qualifier.empty() || each.function.qualifier == kOnlyVersion;
    };
    std::stable_partition(found.begin(), found.end(), is_latest);
    for (auto& each : found) {
      FunctionConfig* const function = function_for(each.line, each.logical_id, each.function.name);
      if (function == nullptr || !each.config) continue;
      auto& present = function->*place;
      if (!is_latest(each)) {
        diagnostics_.warn(each.line, each.logical_id + " is for " + each.function.qualifier +
                                         " of " + function->name +
                                         ", which klambda runs as $LATEST alone: " +
                                         (present ? "it is left out" : "it counts for that"));
      } else if (present) {
        diagnostics_.fail(each.line, each.logical_id +
                                         " is the second configuration of this kind "
                                         "for " +
                                         function->name + ": remove one");
      }
      if (!present) present = std::move(each.config);
    }
  }

  // nullptr: it was left out, which has been said.
  FunctionConfig* function_for(int line, const std::string& resource, const std::string& name) {
    for (auto& function : application_.functions) {
      if (function.name == name) return &function;
    }
    if (left_out_.count(name) == 0)
      diagnostics_.fail(line, resource + " is for " + name + no_such_function(name));
    return nullptr;
  }

  std::string no_such_function(const std::string& name) const {
    std::vector<std::string> names;
    for (const auto& [known, logical_id] : function_of_name_) names.push_back(known);
    return ": the template has no such function" + did_you_mean(name, names);
  }

  Value properties_of(sam::Kind kind, const Value::Member& member) const {
    const auto* own = member.value.find("Properties");
    const Value properties = own == nullptr || own->is_null() ? empty_map(member.line) : *own;
    if (!properties.is_map())
      diagnostics_.fail(properties.line, "Properties of " + member.name + " must be a map");
    if (globals_ == nullptr || kind == sam::Kind::Plain) return properties;
    // IgnoreGlobals: '*' or a list of names
    const auto* ignored = member.value.find("IgnoreGlobals");
    if (ignored != nullptr && ignored->is_scalar() && ignored->text == "*") return properties;
    Value globals = *globals_;
    if (ignored != nullptr) {
      std::erase_if(globals.members, [ignored](const Value::Member& global) {
        return std::any_of(ignored->items.begin(), ignored->items.end(),
                           [&](const Value& name) { return name.text == global.name; });
      });
    }
    return sam::merge_globals(globals, properties);
  }

  void read_function(sam::Kind kind, const Value::Member& member) {
    const Value properties = properties_of(kind, member);
    auto function = sam::read_function(kind, member.name, member.value, properties, context_);
    std::vector<MappingConfig> mappings;
    if (function.events) {
      for (const auto& event : function.events->members) {
        if (auto mapping = sam::read_event(function, event, context_))
          mappings.push_back(std::move(*mapping));
      }
    }
    if (function.cannot_run) {
      if (!mappings.empty()) throw ConfigError(*function.cannot_run);
      leave_out(member, function.config.name, *function.cannot_run);
      return;
    }
    check_name(member, function.config);
    application_.functions.push_back(std::move(function.config));
    for (auto& mapping : mappings) application_.mappings.push_back(std::move(mapping));
  }

  // A template may well hold functions that have nothing to do with Kafka, in languages that
  // klambda does not start.
  void leave_out(const Value::Member& member, const std::string& name, const std::string& why) {
    left_out_.emplace(name, why);
    if (!first_left_out_) first_left_out_ = why;
    diagnostics_.warn(member.line, "function " + member.name +
                                       " is left out, no Kafka event triggers it: " + why);
  }

  void read_mapping(const Value::Member& member) {
    auto mapping = sam::read_event_source_mapping(member, context_);
    if (!mapping) return;
    const auto& name = mapping->function_name;
    if (function_of_name_.count(name) == 0) {
      if (const auto why = left_out_.find(name); why != left_out_.end())
        throw ConfigError(why->second);
      diagnostics_.fail(member.line,
                        "mapping " + member.name + " triggers " + name + no_such_function(name));
    }
    application_.mappings.push_back(std::move(*mapping));
  }

  void check_name(const Value::Member& member, const FunctionConfig& function) {
    const auto [known, is_new] = function_of_name_.emplace(function.name, member.name);
    if (is_new) return;
    diagnostics_.fail(member.line, "functions " + known->second + " and " + member.name +
                                       " are both named " + function.name +
                                       ": give one another FunctionName");
  }

  void check_timeouts() {
    for (const auto& function : application_.functions) {
      const auto& mappings = application_.mappings;
      const bool triggered = std::any_of(
          mappings.begin(), mappings.end(),
          [&](const MappingConfig& mapping) { return mapping.function_name == function.name; });
      const auto violation = triggered ? check_triggered_function(function) : std::nullopt;
      if (!violation) continue;
      const auto line = describe(violation->parameter + " of " + function.name, *violation);
      if (context_.strictness == Strictness::Strict)
        throw ConfigError(function.where + ": " + line);
      diagnostics_.warn_at(function.where, line);
    }
  }

  // docs.aws.amazon.com/lambda/latest/dg/kafka-consumer-group-id.html: unique in the account and
  // region.
  void check_groups() {
    std::map<std::string, std::string> owners;
    for (const auto& mapping : application_.mappings) {
      const auto [owner, is_new] = owners.emplace(mapping.group(), mapping.name);
      if (is_new) continue;
      diagnostics_.warn_at(mapping.where, "ConsumerGroupId of " + mapping.name +
                                              " is also that of " + owner->second +
                                              ": AWS wants each mapping to have its own");
    }
  }

  // docs.aws.amazon.com/lambda/latest/api/API_DestinationConfig.html; AWS's words.
  void check_event_destinations() {
    for (const auto& function : application_.functions) {
      if (!function.event_invoke) continue;
      const auto& config = *function.event_invoke;
      for (const auto& arn : {config.on_success, config.on_failure}) {
        if (arn_service(arn) != "lambda") continue;
        const auto name = parse_function_name(arn)->name;
        if (name == function.name) {
          throw ConfigError(config.where + ": the destination of " + function.name +
                            " is itself: \"You can't specify the function as a destination for "
                            "itself.\"");
        }
        if (function_of_name_.count(name) == 0)
          diagnostics_.warn_at(config.where, "the destination of " + function.name +
                                                 " is function " + name + no_such_function(name));
      }
    }
  }

  const Value root_;
  Diagnostics diagnostics_;
  Intrinsics intrinsics_;
  const sam::Context context_;
  const Value* globals_ = nullptr;
  std::map<std::string, std::string> function_of_name_;  // FunctionName → logical id
  std::map<std::string, std::string> left_out_;          // FunctionName → why, with its line
  std::optional<std::string> first_left_out_;
  std::vector<const Value::Member*> of_functions_;  // mappings and what configures a function
  Application application_;
};

}  // namespace

Application read_template(const std::filesystem::path& file,
                          const std::map<std::string, std::string>& parameters,
                          Strictness strictness, const std::string& control_plane) {
  Application application = TemplateReader(file, parameters, strictness, control_plane).read();
  application.directory = std::filesystem::absolute(file).parent_path();
  return application;
}

}  // namespace emulator
