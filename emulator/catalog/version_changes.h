// Publishing: from a function to the same function with one version more, and what every change of
// code or configuration asks first. Pure but for new UUIDs; any thread.
#pragma once

#include <optional>
#include <string>

#include "emulator/catalog/function.h"

namespace emulator {

// PublishVersion's members (docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html).
struct PublishRequest {
  std::optional<std::string> code_sha256{};  // what $LATEST's code must be
  std::optional<std::string> description{};  // the version's; nullopt: $LATEST's
  std::optional<std::string> revision_id{};  // what $LATEST's must be
};

// The newest version where it is what $LATEST is now, as it is after publish_version(); nullptr:
// $LATEST was never published, or has changed since.
const FunctionVersion* already_published(const Function& function);

// `function` with $LATEST published, or `function` itself where it is published already. While
// $LATEST is being deployed the new version is Pending, else Active at once. Throws ApiError: 412
// for another revision, 400 for other code.
Function publish_version(const Function& function, const PublishRequest& request);

// Throws ApiError, 409: another change of code or configuration is under way.
void require_settled(const Function& function);
// Throws ApiError, 412: `expected` is not the revision that a function or an alias has.
void require_revision(const std::optional<std::string>& expected, const std::string& present);

}  // namespace emulator
