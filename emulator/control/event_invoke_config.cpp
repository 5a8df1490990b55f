#include "emulator/control/event_invoke_config.h"

#include <string>
#include <utility>

#include "emulator/catalog/event_invoke_changes.h"
#include "emulator/config/utc.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;

constexpr Shape kDestination[] = {
    {.member = "Destination",
     .min = 0,
     .max = 350,
     .pattern = "$|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])"
                "+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"}};
constexpr Shape kConditions[] = {
    {.member = "OnSuccess", .type = Type::Object, .members = kDestination},
    {.member = "OnFailure", .type = Type::Object, .members = kDestination}};
constexpr Shape kBody[] = {
    {.member = "MaximumRetryAttempts", .type = Type::Integer, .min = 0, .max = 2},
    {.member = "MaximumEventAgeInSeconds", .type = Type::Integer, .min = 60, .max = 21'600},
    {.member = "DestinationConfig", .type = Type::Object, .members = kConditions}};

struct Target {
  std::string name;
  std::string qualifier;
};

Target target_of(const ApiRequest& request) {
  FunctionName named = named_function(request);
  return {std::move(named.name), named.qualifier.empty() ? kLatest : std::move(named.qualifier)};
}

Json response_of(const Function& function, const std::string& qualifier, Json config) {
  config["FunctionArn"] = function_arn(function.name(), qualifier);
  return config;
}

using Change = Function (*)(const Function&, const std::string& qualifier, const Json& settings,
                            const FunctionExists&, std::int64_t now_ms);

HttpResponse change(ApiRequest& request, FunctionCatalog& functions, Change change) {
  const Target target = target_of(request);
  const Json body = request.body();
  check_shape(body, kBody);
  const auto exists = [&](const std::string& name) { return functions.find(name) != nullptr; };
  const auto after = functions.update(
      target.name, resource_not_found("The function doesn't exist."), [&](const Function& present) {
        return change(present, target.qualifier, body, exists, epoch_ms_now());
      });
  return json_response(
      200, response_of(*after, target.qualifier, after->event_invoke.at(target.qualifier)));
}

HttpResponse put(ApiRequest& request, FunctionCatalog& functions) {
  return change(request, functions, put_event_invoke);
}

HttpResponse update(ApiRequest& request, FunctionCatalog& functions) {
  return change(request, functions, update_event_invoke);
}

HttpResponse get(ApiRequest& request, FunctionCatalog& functions) {
  const Target target = target_of(request);
  const ApiError missing = no_event_invoke(target.name, target.qualifier);
  const auto function = functions.get(target.name, missing);
  const auto config = function->event_invoke.find(target.qualifier);
  if (config == function->event_invoke.end()) throw ApiError(missing);
  return json_response(200, response_of(*function, target.qualifier, config->second));
}

HttpResponse list(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const auto page = page_request(request, {.max_items = 50, .page_items = 50});
  const auto function = functions.get(name, resource_not_found("The function doesn't exist."));
  return json_response(200, page_of(
                                page, "FunctionEventInvokeConfigs", function->event_invoke,
                                [](const auto& entry) { return entry.first; },
                                [&](const auto& entry) {
                                  return response_of(*function, entry.first, entry.second);
                                }));
}

HttpResponse remove(ApiRequest& request, FunctionCatalog& functions) {
  const Target target = target_of(request);
  functions.update(
      target.name, no_event_invoke(target.name, target.qualifier),
      [&](const Function& present) { return delete_event_invoke(present, target.qualifier); });
  return empty_response(204);
}

}  // namespace

void add_event_invoke_config(Router& router, FunctionCatalog& functions) {
  static constexpr std::string_view kPath =
      "/2019-09-25/functions/{FunctionName}/event-invoke-config";
  static constexpr FunctionOperation kOperations[] = {
      {"PUT", kPath, "PutFunctionEventInvokeConfig", put},
      {"POST", kPath, "UpdateFunctionEventInvokeConfig", update},
      {"GET", kPath, "GetFunctionEventInvokeConfig", get},
      {"DELETE", kPath, "DeleteFunctionEventInvokeConfig", remove},
      {"GET", "/2019-09-25/functions/{FunctionName}/event-invoke-config/list",
       "ListFunctionEventInvokeConfigs", list}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
