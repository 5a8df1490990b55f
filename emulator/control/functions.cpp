#include "emulator/control/functions.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/catalog/function_changes.h"
#include "emulator/catalog/function_response.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_shapes.h"
#include "emulator/control/function_updates.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

constexpr std::array<std::string_view, 1> kListedVersions{"ALL"};
constexpr Shape kFunctionVersion{.words = kListedVersions};

FunctionName named(const ApiRequest& request) {
  if (const auto qualifier = request.query("Qualifier"))
    check_text(*qualifier, "qualifier", kQualifierShape);
  return named_function(request);
}

// The version that a request is about. ARNs of responses have the qualifier of the request.
struct Found {
  FunctionCatalog::Snapshot function;
  const FunctionVersion* version;
  std::string qualifier;
};

Found find_version(const ApiRequest& request, const FunctionParts& parts) {
  const FunctionName name = named(request);
  const ApiError missing = function_not_found(name.name, name.qualifier);
  auto function = parts.functions.get(name.name, missing);
  std::string version = name.qualifier.empty() ? kLatest : name.qualifier;
  if (const auto alias = function->aliases.find(version); alias != function->aliases.end())
    version = alias->second.version;
  const FunctionVersion* found = function->find_version(version);
  if (found == nullptr) throw ApiError(missing);
  return {std::move(function), found, name.qualifier};
}

Json configuration(const Found& found) {
  return function_configuration(*found.function, *found.version, found.qualifier);
}

// docs API_FunctionCodeLocation.html
Json code_location(const FunctionCode& code, const ApiRequest& request, const CodeLinks& links) {
  if (code.kind != FunctionCode::Kind::Image)
    return {{"RepositoryType", "S3"}, {"Location", links.url_for(code, request)}};
  return {{"RepositoryType", "ECR"},
          {"ImageUri", code.image_uri},
          {"ResolvedImageUri", code.image_uri}};
}

HttpResponse get(ApiRequest& request, const FunctionParts& parts) {
  const Found found = find_version(request, parts);
  const Function& function = *found.function;
  Json body = {{"Configuration", configuration(found)},
               {"Code", code_location(found.version->code, request, parts.links)}};
  if (!function.tags.empty()) body["Tags"] = function.tags;
  if (function.reserved_concurrency)
    body["Concurrency"] = {{"ReservedConcurrentExecutions", *function.reserved_concurrency}};
  return json_response(200, body);
}

struct Listed {
  FunctionCatalog::Snapshot function;
  const FunctionVersion* version;
  std::string key;  // in the order of the list
};

std::vector<Listed> listed_functions(const FunctionCatalog& functions) {
  std::vector<Listed> listed;
  for (auto& function : functions.all()) {
    const Function& named = *function;
    listed.push_back({std::move(function), &named.latest, named.name()});
  }
  return listed;
}

// Every version of every function: $LATEST, then the published ones.
std::vector<Listed> listed_versions(const FunctionCatalog& functions) {
  std::vector<Listed> listed;
  for (const auto& function : functions.all()) {
    listed.push_back({function, &function->latest, function->name() + " "});
    for (const auto& [number, version] : function->versions) {
      std::string digits = std::to_string(number);
      digits.insert(0, 10 - digits.size(), '0');
      listed.push_back({function, &version, function->name() + " " + digits});
    }
  }
  return listed;
}

HttpResponse list(ApiRequest& request, const FunctionParts& parts) {
  const auto versions = request.query("FunctionVersion");
  if (versions) check_text(*versions, "functionVersion", kFunctionVersion);
  const PageRequest page = page_request(request, {});
  const auto items =
      versions ? listed_versions(parts.functions) : listed_functions(parts.functions);
  return json_response(200,
                       page_of(
                           page, "Functions", items, [](const Listed& each) { return each.key; },
                           [&](const Listed& each) {
                             return function_configuration(*each.function, *each.version,
                                                           versions ? each.version->version : "",
                                                           ConfigurationForm::Listed);
                           }));
}

HttpResponse remove(ApiRequest& request, const FunctionParts& parts) {
  const FunctionName name = named(request);
  parts.functions.change(name.name, [&](const Function* present) -> std::optional<Function> {
    if (present == nullptr) throw function_not_found(name.name);
    if (name.qualifier.empty()) return std::nullopt;
    return without_version(*present, name.qualifier);
  });
  return empty_response(204);  // recorded; the model says 200
}

}  // namespace

void add_functions(Router& router, const FunctionParts& parts) {
  add_function_updates(router, parts);
  router.add("GET", "/2015-03-31/functions", "ListFunctions",
             [parts](ApiRequest& request) { return list(request, parts); });
  router.add("GET", "/2015-03-31/functions/{FunctionName}", "GetFunction",
             [parts](ApiRequest& request) { return get(request, parts); });
  router.add("GET", "/2015-03-31/functions/{FunctionName}/configuration",
             "GetFunctionConfiguration", [parts](ApiRequest& request) {
               return json_response(200, configuration(find_version(request, parts)));
             });
  router.add("DELETE", "/2015-03-31/functions/{FunctionName}", "DeleteFunction",
             [parts](ApiRequest& request) { return remove(request, parts); });
}

}  // namespace emulator
