// Resource policies of a function, a version or an alias. klambda keeps and shows them and asks
// nobody for permission (docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html; texts
// recorded). Pure but for new revision ids; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "emulator/catalog/function.h"

namespace emulator {

// "Function resource-based policy: 20 KB" (docs gettingstarted-limits.html)
inline constexpr std::size_t kPolicyBytesMax = 20'480;

// `body`: AddPermission's. Throws ApiError for a principal that is none.
Json permission_statement(const Json& body, const std::string& resource_arn);

// `qualifier`: empty, a version or an alias. The revision id of what the policy belongs to is a new
// one after each change. Throw ApiError: 404 for a qualifier, a policy or a statement that is not
// there, 409 for a statement id that exists, 412 for another revision, 400 for "$LATEST" and a
// policy that is too long.
Function add_permission(const Function& function, const std::string& qualifier,
                        const Json& statement, const std::optional<std::string>& revision_id);
Function remove_permission(const Function& function, const std::string& qualifier,
                           const std::string& statement_id,
                           const std::optional<std::string>& revision_id);

struct Policy {
  std::string document;  // JSON
  std::string revision_id;
};
Policy policy_of(const Function& function, const std::string& qualifier);  // throws ApiError, 404

}  // namespace emulator
