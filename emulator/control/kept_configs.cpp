#include "emulator/control/kept_configs.h"

#include <string>
#include <utility>

#include "emulator/catalog/alias_changes.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

constexpr const char* kLoop = "RecursiveLoop";
constexpr std::string_view kLoops[] = {"Allow", "Terminate"};
constexpr Shape kRecursion[] = {{.member = kLoop, .required = true, .words = kLoops}};

HttpResponse put_recursion(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = unqualified_function(request);
  const Json body = request.body();
  check_shape(body, kRecursion);
  functions.update(name, function_not_found(name), [&](const Function& present) {
    Function next = present;
    next.attachments[kLoop] = body.at(kLoop);
    return next;
  });
  return json_response(200, {{kLoop, body.at(kLoop)}});
}

HttpResponse get_recursion(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = unqualified_function(request);
  const auto function = functions.get(name, function_not_found(name));
  const auto kept = function->attachments.find(kLoop);
  // "By default, Lambda is configured to terminate recursive loops"
  const Json loop = kept == function->attachments.end() ? Json("Terminate") : kept->second;
  return json_response(200, {{kLoop, loop}});
}

constexpr std::string_view kUpdates[] = {"Auto", "Manual", "FunctionUpdate"};
constexpr Shape kRuntimeManagement[] = {
    {.member = "UpdateRuntimeOn", .required = true, .words = kUpdates},
    {.member = "RuntimeVersionArn",
     .min = 26,
     .max = 2'048,
     .pattern = "((arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{"
                "1}::runtime:.+)|(arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)"
                "))?-[a-z]+-\\d{1}:\\d{12}:runtime/[A-Za-z0-9_.-]{1,128}/version/[A-Za-z0-9_.-]{1,"
                "128}))"}};

// Of $LATEST or a version; the version's ARN is in the response (inference).
struct VersionTarget {
  std::string name;
  std::string version;

  std::string key() const { return attachment_key("RuntimeManagementConfig", version); }
  std::string arn() const { return function_arn(name, version); }
  void require(const Function& function) const {
    if (function.find_version(version) == nullptr) throw function_not_found(name, version);
  }
};

VersionTarget version_target(const ApiRequest& request) {
  FunctionName named = named_function(request);
  return {std::move(named.name), named.qualifier.empty() ? kLatest : std::move(named.qualifier)};
}

HttpResponse put_runtime_management(ApiRequest& request, FunctionCatalog& functions) {
  const VersionTarget target = version_target(request);
  const Json body = request.body();
  check_shape(body, kRuntimeManagement);
  Json config = {{"UpdateRuntimeOn", body.at("UpdateRuntimeOn")}};
  // "If you specify Manual, you must also provide a RuntimeVersionArn"; the text is an inference.
  const auto runtime = member<std::string>(body, "RuntimeVersionArn");
  if ((config["UpdateRuntimeOn"] == "Manual") != runtime.has_value()) {
    throw invalid_parameter_value(
        "RuntimeVersionArn must be specified if and only if UpdateRuntimeOn is Manual.");
  }
  if (runtime) config["RuntimeVersionArn"] = *runtime;
  functions.update(target.name, function_not_found(target.name), [&](const Function& present) {
    target.require(present);
    Function next = present;
    next.attachments[target.key()] = config;
    return next;
  });
  config["FunctionArn"] = target.arn();
  return json_response(200, config);
}

HttpResponse get_runtime_management(ApiRequest& request, FunctionCatalog& functions) {
  const VersionTarget target = version_target(request);
  const auto function = functions.get(target.name, function_not_found(target.name));
  target.require(*function);
  const auto kept = function->attachments.find(target.key());
  Json config =
      kept == function->attachments.end() ? Json{{"UpdateRuntimeOn", "Auto"}} : kept->second;
  config["FunctionArn"] = target.arn();
  return json_response(200, config);
}

// Recorded: without a configuration the answer has no CodeSigningConfigArn.
HttpResponse get_code_signing(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  functions.get(name, function_not_found(name));
  return json_response(200, {{"FunctionName", name}});
}

}  // namespace

void add_kept_configs(Router& router, FunctionCatalog& functions) {
  static constexpr std::string_view kRecursionPath =
      "/2024-08-31/functions/{FunctionName}/recursion-config";
  static constexpr std::string_view kRuntimePath =
      "/2021-07-20/functions/{FunctionName}/runtime-management-config";
  static constexpr FunctionOperation kOperations[] = {
      {"PUT", kRecursionPath, "PutFunctionRecursionConfig", put_recursion},
      {"GET", kRecursionPath, "GetFunctionRecursionConfig", get_recursion},
      {"PUT", kRuntimePath, "PutRuntimeManagementConfig", put_runtime_management},
      {"GET", kRuntimePath, "GetRuntimeManagementConfig", get_runtime_management},
      {"GET", "/2020-06-30/functions/{FunctionName}/code-signing-config",
       "GetFunctionCodeSigningConfig", get_code_signing}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
