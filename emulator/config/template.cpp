#include "emulator/config/template.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "emulator/config/diagnostics.h"
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

class TemplateReader {
 public:
  TemplateReader(const fs::path& file, const std::map<std::string, std::string>& parameters,
                 Strictness strictness)
      : root_(read_yaml(file)),
        diagnostics_(file.string()),
        intrinsics_(root_, parameters, diagnostics_),
        context_{root_, fs::absolute(file).lexically_normal(), strictness, intrinsics_,
                 diagnostics_} {}

  Application read() {
    check_sections();
    // A mapping may stand before its function.
    for (const auto& member : root_.find("Resources")->members) read_resource(member);
    for (const auto* member : mappings_) read_mapping(*member);
    if (application_.functions.empty()) {
      if (first_left_out_) throw ConfigError(*first_left_out_);
      diagnostics_.fail(
          "the template has no AWS::Serverless::Function: klambda has nothing to run");
    }
    check_timeouts();
    check_groups();
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
    const bool serverless = type->text == "AWS::Serverless::Function";
    const bool plain_function = type->text == "AWS::Lambda::Function";
    const bool mapping = type->text == "AWS::Lambda::EventSourceMapping";
    if (!serverless && !plain_function && !mapping) return;
    const auto* condition = resource.find("Condition");
    if (condition != nullptr && condition->is_scalar() &&
        !intrinsics_.condition(condition->text, condition->line))
      return;
    if (serverless) read_function(member);
    if (plain_function) leave_out_plain(member);
    if (mapping) mappings_.push_back(&member);
  }

  Value properties_of(const Value::Member& member) const {
    const auto* own = member.value.find("Properties");
    const Value properties = own == nullptr || own->is_null() ? empty_map(member.line) : *own;
    if (!properties.is_map())
      diagnostics_.fail(properties.line, "Properties of " + member.name + " must be a map");
    if (globals_ == nullptr) return properties;
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

  void read_function(const Value::Member& member) {
    const Value properties = properties_of(member);
    auto function = sam::read_function(member.name, member.value, properties, context_);
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

  void leave_out_plain(const Value::Member& member) {
    diagnostics_.warn(member.line, member.name +
                                       " is left out: klambda does not read AWS::Lambda::Function, "
                                       "write it as AWS::Serverless::Function");
    left_out_.emplace(intrinsics_.resource_name(member.name, member.value),
                      diagnostics_.at(member.line) + ": " + member.name +
                          " is an AWS::Lambda::Function: write it as AWS::Serverless::Function");
  }

  void read_mapping(const Value::Member& member) {
    auto mapping = sam::read_event_source_mapping(member, context_);
    if (!mapping) return;
    const auto& name = mapping->function_name;
    if (function_of_name_.count(name) == 0) {
      if (const auto why = left_out_.find(name); why != left_out_.end())
        throw ConfigError(why->second);
      std::vector<std::string> names;
      for (const auto& [known, logical_id] : function_of_name_) names.push_back(known);
      diagnostics_.fail(member.line, "mapping " + member.name + " triggers " + name +
                                         ": the template has no such function" +
                                         did_you_mean(name, names));
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

  const Value root_;
  Diagnostics diagnostics_;
  Intrinsics intrinsics_;
  const sam::Context context_;
  const Value* globals_ = nullptr;
  std::map<std::string, std::string> function_of_name_;  // FunctionName → logical id
  std::map<std::string, std::string> left_out_;          // FunctionName → why, with its line
  std::optional<std::string> first_left_out_;
  std::vector<const Value::Member*> mappings_;  // AWS::Lambda::EventSourceMapping
  Application application_;
};

}  // namespace

Application read_template(const std::filesystem::path& file,
                          const std::map<std::string, std::string>& parameters,
                          Strictness strictness) {
  Application application = TemplateReader(file, parameters, strictness).read();
  application.directory = std::filesystem::absolute(file).parent_path();
  return application;
}

}  // namespace emulator
