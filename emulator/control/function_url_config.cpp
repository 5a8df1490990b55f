#include "emulator/control/function_url_config.h"

#include <cstdint>
#include <span>
#include <string>
#include <utility>

#include "emulator/catalog/url_config_changes.h"
#include "emulator/config/function_name.h"
#include "emulator/config/utc.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;

constexpr std::string_view kAuthTypes[] = {"NONE", "AWS_IAM"};
constexpr std::string_view kInvokeModes[] = {"BUFFERED", "RESPONSE_STREAM"};
constexpr Shape kHeader[] = {{.max = 1'024}};
constexpr Shape kMethod[] = {{.max = 6}};
constexpr Shape kOrigin[] = {{.min = 1, .max = 253}};
constexpr Shape kCors[] = {
    {.member = "AllowCredentials", .type = Type::Flag},
    {.member = "AllowHeaders", .type = Type::List, .max = 100, .members = kHeader},
    {.member = "AllowMethods", .type = Type::List, .max = 6, .members = kMethod},
    {.member = "AllowOrigins", .type = Type::List, .max = 100, .members = kOrigin},
    {.member = "ExposeHeaders", .type = Type::List, .max = 100, .members = kHeader},
    {.member = "MaxAge", .type = Type::Integer, .min = 0, .max = 86'400}};
constexpr Shape kCreate[] = {{.member = "AuthType", .required = true, .words = kAuthTypes},
                             {.member = "Cors", .type = Type::Object, .members = kCors},
                             {.member = "InvokeMode", .words = kInvokeModes}};
constexpr Shape kUpdate[] = {{.member = "AuthType", .words = kAuthTypes},
                             {.member = "Cors", .type = Type::Object, .members = kCors},
                             {.member = "InvokeMode", .words = kInvokeModes}};
constexpr Shape kQualifier = {
    .member = "Qualifier", .min = 1, .max = 128, .pattern = "((?!^\\d+$)^[0-9a-zA-Z-_]+$)"};

struct Target {
  std::string name;
  std::string qualifier;  // "$LATEST" or an alias
};

Target target_of(const ApiRequest& request) {
  if (const auto qualifier = request.query("Qualifier"))
    check_text(*qualifier, "qualifier", kQualifier);
  FunctionName named = named_function(request);
  return {std::move(named.name), named.qualifier.empty() ? kLatest : std::move(named.qualifier)};
}

Json response_of(const ApiRequest& request, const Target& target, const Json& config) {
  const std::string qualifier = target.qualifier == kLatest ? "" : target.qualifier;
  const std::string host(request.exchange.header("Host").value_or("localhost"));
  Json response = {{"FunctionUrl", "http://" + host + function_url_path(target.name, qualifier)},
                   {"FunctionArn", function_arn(target.name, qualifier)}};
  response.update(config);
  return response;
}

using Change = Function (*)(const Function&, const std::string& qualifier, const Json& settings,
                            std::int64_t now_ms);

// The configuration as it is answered after the change that the request asks for.
Json changed(ApiRequest& request, FunctionCatalog& functions, std::span<const Shape> shape,
             Change change) {
  const Target target = target_of(request);
  const Json body = request.body();
  check_shape(body, shape);
  const auto after = functions.update(
      target.name, resource_not_found("Function does not exist"), [&](const Function& present) {
        return change(present, target.qualifier, body, epoch_ms_now());
      });
  return response_of(request, target, url_config(*after, target.qualifier));
}

HttpResponse create(ApiRequest& request, FunctionCatalog& functions) {
  Json response = changed(request, functions, kCreate, create_url_config);
  response.erase("LastModifiedTime");  // the model has none here
  return json_response(201, response);
}

HttpResponse update(ApiRequest& request, FunctionCatalog& functions) {
  return json_response(200, changed(request, functions, kUpdate, update_url_config));
}

HttpResponse get(ApiRequest& request, FunctionCatalog& functions) {
  const Target target = target_of(request);
  const auto function =
      functions.get(target.name, resource_not_found("The resource you requested does not exist."));
  return json_response(200, response_of(request, target, url_config(*function, target.qualifier)));
}

HttpResponse list(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const auto page = page_request(request, {.max_items = 50, .page_items = 50});
  const auto function = functions.get(name, resource_not_found("Function does not exist"));
  return json_response(200, page_of(
                                page, "FunctionUrlConfigs", url_configs(*function),
                                [](const auto& entry) { return entry.first; },
                                [&](const auto& entry) {
                                  return response_of(request, {name, entry.first}, entry.second);
                                }));
}

HttpResponse remove(ApiRequest& request, FunctionCatalog& functions) {
  const Target target = target_of(request);
  functions.update(
      target.name, resource_not_found("The resource you requested does not exist."),
      [&](const Function& present) { return delete_url_config(present, target.qualifier); });
  return empty_response(204);
}

}  // namespace

void add_function_url_config(Router& router, FunctionCatalog& functions) {
  static constexpr std::string_view kPath = "/2021-10-31/functions/{FunctionName}/url";
  static constexpr FunctionOperation kOperations[] = {
      {"POST", kPath, "CreateFunctionUrlConfig", create},
      {"PUT", kPath, "UpdateFunctionUrlConfig", update},
      {"GET", kPath, "GetFunctionUrlConfig", get},
      {"DELETE", kPath, "DeleteFunctionUrlConfig", remove},
      {"GET", "/2021-10-31/functions/{FunctionName}/urls", "ListFunctionUrlConfigs", list}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
