// What SAM makes beside a function and no template declares, though every template may name it: its
// URL, its role, and the alias and version that AutoPublishAlias publishes. klambda has one version
// of each function, so alias and version are the function itself.
// docs.aws.amazon.com/serverless-application-model/latest/developerguide,
// sam-specification-generated-resources-function.html
#include <cctype>
#include <cstddef>
#include <string>
#include <string_view>

#include "emulator/config/function_name.h"
#include "emulator/config/intrinsics.h"
#include "emulator/config/model.h"

namespace emulator {
namespace {

constexpr std::string_view kAlias = "Alias";
constexpr std::string_view kVersion = "Version";
constexpr std::string_view kUrl = "Url";

}  // namespace

bool Intrinsics::is_serverless(const Value& resource) {
  return type_of(resource) == "AWS::Serverless::Function";
}

// A property of a function, or of Globals for all of them; nullptr: neither has it.
const Value* Intrinsics::own_or_global(const Value& function, std::string_view property) const {
  const auto* properties = function.find("Properties");
  if (const auto* own = properties == nullptr ? nullptr : properties->find(property)) return own;
  const auto* globals = declared("Globals", "Function");
  return globals == nullptr ? nullptr : globals->find(property);
}

// Whether this, behind a function's logical id, names the alias or version that it publishes:
// Orders.Alias, OrdersAliaslive, Orders.Version, OrdersVersion0123456789.
bool Intrinsics::names_published(const Value& function, std::string_view rest) {
  constexpr std::size_t kDigestLetters = 10;
  const auto* property = own_or_global(function, "AutoPublishAlias");
  if (property == nullptr) return false;
  if (rest == ".Alias" || rest == ".Version") return true;
  if (rest.starts_with(kVersion)) return rest.size() == kVersion.size() + kDigestLetters;
  if (!rest.starts_with(kAlias)) return false;
  auto alias = resolve_text(*property, "AutoPublishAlias").value_or("");
  std::erase_if(alias, [](unsigned char c) { return std::isalnum(c) == 0; });
  return rest.substr(kAlias.size()) == alias;
}

std::optional<Intrinsics::Generated> Intrinsics::find_generated(std::string_view name) {
  const auto* resources = root_.find("Resources");
  if (resources == nullptr) return std::nullopt;
  for (const auto& member : resources->members) {
    if (!name.starts_with(member.name) || !is_serverless(member.value)) continue;
    const auto rest = name.substr(member.name.size());
    if (names_published(member.value, rest))
      return Generated{Generated::Kind::Function, member.name};
    if (rest == "Role" && own_or_global(member.value, "Role") == nullptr)
      return Generated{Generated::Kind::Role, member.name};
  }
  return std::nullopt;
}

std::optional<Value> Intrinsics::generated(const std::string& name, int line) {
  const auto found = find_generated(name);
  if (!found) return std::nullopt;
  if (found->kind == Generated::Kind::Role) return text_value(name, line);
  return attribute(found->function, "Arn", line);
}

std::optional<Value> Intrinsics::generated_attribute(const std::string& logical_id,
                                                     const std::string& name, int line) {
  // ${Orders.Alias} of Fn::Sub
  if (auto value = generated(logical_id + "." + name, line)) return value;
  if (name != "Arn" || declared("Resources", logical_id) != nullptr) return std::nullopt;
  const auto found = find_generated(logical_id);
  if (!found || found->kind != Generated::Kind::Role) return std::nullopt;
  return text_value("arn:aws:iam::" + std::string(kAccountId) + ":role/" + logical_id, line);
}

// The name of the function that a URL is for: an AWS::Lambda::Url, or what SAM makes of a
// FunctionUrlConfig.
std::optional<std::string> Intrinsics::function_of_url(const std::string& logical_id) {
  if (const auto* url = declared("Resources", logical_id)) {
    const auto* properties = url->find("Properties");
    if (type_of(*url) != "AWS::Lambda::Url" || properties == nullptr) return std::nullopt;
    const auto* target = properties->find("TargetFunctionArn");
    if (target == nullptr) return std::nullopt;
    const auto text = resolve_text(*target, "TargetFunctionArn of " + logical_id);
    const auto function = text ? parse_function_name(*text) : std::nullopt;
    return function ? std::optional(function->name) : std::nullopt;
  }
  if (!logical_id.ends_with(kUrl)) return std::nullopt;
  const auto stem = logical_id.substr(0, logical_id.size() - kUrl.size());
  const auto* function = declared("Resources", stem);
  if (function == nullptr || !is_serverless(*function)) return std::nullopt;
  if (own_or_global(*function, "FunctionUrlConfig") == nullptr) return std::nullopt;
  return resource_name(stem, *function);
}

std::optional<Value> Intrinsics::function_url(const std::string& logical_id,
                                              const std::string& function, int line) {
  if (!control_plane_.empty())
    return text_value(control_plane_ + function_url_path(function), line);
  diagnostics_.warn(line, "GetAtt " + logical_id +
                              ".FunctionUrl: with --port 0 the port is drawn later: name one; the "
                              "value is left out");
  return std::nullopt;
}

}  // namespace emulator
