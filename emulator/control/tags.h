// TagResource, UntagResource and ListTags: /2017-03-31/tags/{Resource}
// (docs.aws.amazon.com/lambda/latest/api/API_TagResource.html). Each kind of resource that has tags
// is a TagTarget, made beside its other operations.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "emulator/catalog/functions.h"
#include "emulator/control/router.h"

namespace emulator {

using Tags = std::map<std::string, std::string>;

// "Number of tags exceeds resource tag limit." beyond (configuration-tags.html, "Requirements").
inline constexpr std::size_t kTagsMax = 50;
void require_tag_limit(const Tags& tags);  // throws ApiError

// One kind of resource. Any thread.
struct TagTarget {
  std::string kind;  // the ARN's part after the account: "function", "event-source-mapping"
  // `resource` is what follows the kind in the ARN. Both throw ApiError, 404, where there is none.
  std::function<Tags(const std::string& resource)> tags;
  // Replaces the tags by what `change` makes of them; it may throw: then nothing changes.
  std::function<void(const std::string& resource, const std::function<Tags(Tags)>& change)> change;
};

TagTarget function_tags(FunctionCatalog& functions);  // lives as long as the router

void add_tags(Router& router, std::vector<TagTarget> targets);

}  // namespace emulator
