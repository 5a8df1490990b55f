#include "emulator/control/versions.h"

#include <cstddef>
#include <string>
#include <vector>

#include "emulator/catalog/function_response.h"
#include "emulator/catalog/version_changes.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

constexpr std::string_view kPublishTo[] = {"LATEST_PUBLISHED"};
constexpr Shape kPublish[] = {{.member = "CodeSha256"},
                              {.member = "Description", .min = 0, .max = 256},
                              {.member = "RevisionId"},
                              {.member = "PublishTo", .words = kPublishTo}};

HttpResponse publish(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const Json body = request.body();
  check_shape(body, kPublish);
  if (member<std::string>(body, "PublishTo"))
    throw not_supported("PublishTo, which is for functions on Lambda Managed Instances");
  const auto after = functions.update(name, function_not_found(name), [&](const Function& present) {
    require_settled(present);
    return publish_version(present, {.code_sha256 = member<std::string>(body, "CodeSha256"),
                                     .description = member<std::string>(body, "Description"),
                                     .revision_id = member<std::string>(body, "RevisionId")});
  });
  const FunctionVersion& version = *already_published(*after);
  return json_response(201, function_configuration(*after, version, version.version));
}

// In the order of publishing, as texts: what a marker is.
std::string key_of(const FunctionVersion* version) {
  constexpr std::size_t kDigits = 10;
  if (version->version == kLatest) return std::string(kDigits, '0');
  return std::string(kDigits - version->version.size(), '0') + version->version;
}

HttpResponse list(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = named_function(request).name;
  const auto page = page_request(request, {});
  const auto function = functions.get(name, function_not_found(name));
  std::vector<const FunctionVersion*> versions{&function->latest};
  for (const auto& [number, version] : function->versions) versions.push_back(&version);
  return json_response(
      200, page_of(page, "Versions", versions, key_of, [&](const FunctionVersion* version) {
        return function_configuration(*function, *version, version->version,
                                      ConfigurationForm::Listed);
      }));
}

}  // namespace

void add_versions(Router& router, FunctionCatalog& functions) {
  static constexpr std::string_view kPath = "/2015-03-31/functions/{FunctionName}/versions";
  static constexpr FunctionOperation kOperations[] = {
      {"POST", kPath, "PublishVersion", publish}, {"GET", kPath, "ListVersionsByFunction", list}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
