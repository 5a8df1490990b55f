#include "emulator/control/aliases.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/alias_changes.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;

constexpr Shape kName{.member = "Name",
                      .required = true,
                      .min = 1,
                      .max = 128,
                      .pattern = "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"};
constexpr Shape kVersion{.member = "FunctionVersion",
                         .min = 1,
                         .max = 1024,
                         .pattern = "(\\$LATEST(\\.PUBLISHED)?|[0-9]+)"};
constexpr Shape kDescription{.member = "Description", .min = 0, .max = 256};
constexpr Shape kWeight[] = {{.min = 1, .max = 1024, .pattern = "[0-9]+"},
                             {.type = Type::Number, .min = 0, .max = 1}};
constexpr Shape kRouting[] = {
    {.member = "AdditionalVersionWeights", .type = Type::Map, .members = kWeight}};
constexpr Shape kRoutingConfig{
    .member = "RoutingConfig", .type = Type::Object, .members = kRouting};
constexpr Shape kRevision{.member = "RevisionId"};

constexpr Shape required(Shape shape) {
  shape.required = true;
  return shape;
}
constexpr Shape kCreate[] = {kName, required(kVersion), kDescription, kRoutingConfig};
constexpr Shape kUpdate[] = {kVersion, kDescription, kRoutingConfig, kRevision};

AliasSettings settings_of(const Json& body) {
  AliasSettings settings;
  settings.version = member<std::string>(body, "FunctionVersion");
  settings.description = member<std::string>(body, "Description");
  if (const auto routing = member<Json>(body, "RoutingConfig")) {
    settings.weights = member<std::map<std::string, double>>(*routing, "AdditionalVersionWeights")
                           .value_or(std::map<std::string, double>());
  }
  return settings;
}

Json alias_json(const Function& function, const FunctionAlias& alias) {
  Json json = {{"AliasArn", function_arn(function.name(), alias.name)},
               {"Name", alias.name},
               {"FunctionVersion", alias.version},
               {"Description", alias.description}};
  if (!alias.weights.empty()) json["RoutingConfig"] = {{"AdditionalVersionWeights", alias.weights}};
  json["RevisionId"] = alias.revision_id;
  return json;
}

const std::string& alias_name(const ApiRequest& request) {
  const std::string& name = request.parameter("Name");
  check_text(name, "name", kName);
  return name;
}

HttpResponse create(ApiRequest& request, FunctionCatalog& functions) {
  const std::string function = named_function(request).name;
  const Json body = request.body();
  check_shape(body, kCreate);
  const auto settings = settings_of(body);
  const std::string name = body.at("Name");
  // A function that is not there is said to be missing with the version that was asked for.
  const auto after = functions.update(
      function, function_not_found(function, *settings.version),
      [&](const Function& present) { return create_alias(present, name, settings); });
  return json_response(201, alias_json(*after, after->aliases.at(name)));
}

HttpResponse get(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const std::string& alias = alias_name(request);
  const auto function = functions.get(name, function_not_found(name));
  const auto found = function->aliases.find(alias);
  if (found == function->aliases.end())
    throw resource_not_found("Cannot find alias arn: " + function_arn(name, alias));
  return json_response(200, alias_json(*function, found->second));
}

HttpResponse update(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const std::string& alias = alias_name(request);
  const Json body = request.body();
  check_shape(body, kUpdate);
  const auto after = functions.update(name, function_not_found(name), [&](const Function& present) {
    return update_alias(present, alias, settings_of(body), member<std::string>(body, "RevisionId"));
  });
  return json_response(200, alias_json(*after, after->aliases.at(alias)));
}

HttpResponse list(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const auto version = request.query("FunctionVersion");
  if (version) check_text(*version, "functionVersion", kVersion);
  const auto page = page_request(request, {});
  const auto function = functions.get(name, function_not_found(name));
  std::vector<const FunctionAlias*> aliases;
  for (const auto& [alias_name, alias] : function->aliases) {
    if (!version || alias.version == *version) aliases.push_back(&alias);
  }
  return json_response(
      200, page_of(
               page, "Aliases", aliases, [](const FunctionAlias* alias) { return alias->name; },
               [&](const FunctionAlias* alias) { return alias_json(*function, *alias); }));
}

HttpResponse remove(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const std::string& alias = alias_name(request);
  functions.update(name, function_not_found(name),
                   [&](const Function& present) { return delete_alias(present, alias); });
  return empty_response(204);
}

}  // namespace

void add_aliases(Router& router, FunctionCatalog& functions) {
  static constexpr FunctionOperation kOperations[] = {
      {"POST", "/2015-03-31/functions/{FunctionName}/aliases", "CreateAlias", create},
      {"GET", "/2015-03-31/functions/{FunctionName}/aliases", "ListAliases", list},
      {"GET", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "GetAlias", get},
      {"PUT", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "UpdateAlias", update},
      {"DELETE", "/2015-03-31/functions/{FunctionName}/aliases/{Name}", "DeleteAlias", remove}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
