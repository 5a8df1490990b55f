#include "emulator/control/tags.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/config/uuid.h"
#include "emulator/control/constraints.h"
#include "emulator/control/names.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;

constexpr Shape kResource{
    .min = 1,
    .max = 10'000,
    .pattern =
        "arn:(aws[a-zA-Z-]*):lambda:(eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:\\d{12}:"
        "("
        "function:[a-zA-Z0-9-_]+(:(\\$LATEST|[a-zA-Z0-9-_]+))?|code-signing-config:csc-[a-z0-9]{17}"
        "|"
        "event-source-mapping:[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-"
        "F]{12}|(capacity-provider|network-connector):[a-zA-Z0-9-_]{1,64})"};
constexpr std::string_view kCharacters = "([\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*)";
constexpr Shape kKey{.min = 1, .max = 128, .pattern = kCharacters};
constexpr Shape kTag[] = {kKey, {.min = 0, .max = 256, .pattern = kCharacters}};
constexpr Shape kBody[] = {
    {.member = "Tags", .type = Type::Map, .required = true, .members = kTag}};

struct Resource {
  const TagTarget& target;
  std::string name;
};

// Resources of kinds that klambda does not have are not there.
Resource named_resource(const ApiRequest& request, const std::vector<TagTarget>& targets) {
  const std::string& arn = request.parameter("Resource");
  check_text(arn, "resource", kResource);
  auto parts = split(arn, ':');  // arn:aws:lambda:<region>:<account>:<kind>:<name>
  require_region(parts[3]);
  const auto target = std::find_if(targets.begin(), targets.end(),
                                   [&](const TagTarget& each) { return each.kind == parts[5]; });
  if (target == targets.end())
    throw resource_not_found("The resource you requested does not exist.");
  parts.erase(parts.begin(), parts.begin() + 6);
  return {*target, join(parts, ":")};
}

HttpResponse tag(ApiRequest& request, const std::vector<TagTarget>& targets) {
  const Resource resource = named_resource(request, targets);
  const Json body = request.body();
  check_shape(body, kBody);
  const Tags added = body.at("Tags");
  if (added.empty())
    throw invalid_parameter_value("An error occurred and the request cannot be processed.");
  resource.target.change(resource.name, [&](const Tags& present) {
    Tags tags = added;
    tags.insert(present.begin(), present.end());
    require_tag_limit(tags);
    return tags;
  });
  return empty_response(204);
}

HttpResponse untag(ApiRequest& request, const std::vector<TagTarget>& targets) {
  const Resource resource = named_resource(request, targets);
  const auto keys = request.query_all("tagKeys");
  if (keys.empty()) {
    Violations violations;
    violations.add_null("tagKeys");
    violations.throw_if_any();
  }
  resource.target.change(resource.name, [&](Tags tags) {
    for (const auto& key : keys) tags.erase(key);
    return tags;
  });
  return empty_response(204);
}

}  // namespace

void require_tag_limit(const Tags& tags) {
  if (tags.size() > kTagsMax)
    throw invalid_parameter_value("Number of tags exceeds resource tag limit.");
}

TagTarget function_tags(FunctionCatalog& functions) {
  const auto unqualified = [](const std::string& resource) {
    const FunctionName named = named_function(resource);
    if (!named.qualifier.empty()) {
      throw invalid_parameter_value(
          "Tags on function aliases and versions are not supported. Please specify a function "
          "ARN.");
    }
    return named.name;
  };
  TagTarget target;
  target.kind = "function";
  target.tags = [&functions, unqualified](const std::string& resource) {
    const std::string name = unqualified(resource);
    return functions.get(name, function_not_found(name))->tags;
  };
  target.change = [&functions, unqualified](const std::string& resource,
                                            const std::function<Tags(Tags)>& change) {
    const std::string name = unqualified(resource);
    functions.update(name, function_not_found(name), [&](const Function& present) {
      Function next = present;
      next.tags = change(present.tags);
      next.latest.revision_id = random_uuid();
      return next;
    });
  };
  return target;
}

void add_tags(Router& router, std::vector<TagTarget> targets) {
  const auto shared = std::make_shared<const std::vector<TagTarget>>(std::move(targets));
  const std::string path = "/2017-03-31/tags/{Resource+}";
  router.add("POST", path, "TagResource",
             [shared](ApiRequest& request) { return tag(request, *shared); });
  router.add("DELETE", path, "UntagResource",
             [shared](ApiRequest& request) { return untag(request, *shared); });
  router.add("GET", path, "ListTags", [shared](ApiRequest& request) {
    const Resource resource = named_resource(request, *shared);
    return json_response(200, {{"Tags", resource.target.tags(resource.name)}});
  });
}

}  // namespace emulator
