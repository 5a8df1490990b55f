#include "emulator/catalog/policy_changes.h"

#include <algorithm>
#include <utility>

#include "emulator/catalog/alias_changes.h"
#include "emulator/catalog/functions.h"
#include "emulator/config/text.h"
#include "emulator/config/uuid.h"

namespace emulator {
namespace {

std::string key_of(const std::string& qualifier) {
  return attachment_key("Policy", qualifier.empty() ? kLatest : qualifier);
}

Json principal_json(const std::string& principal) {
  if (principal == "*") return principal;
  if (principal.size() == 12 && parse_integer(principal))
    return {{"AWS", "arn:aws:iam::" + principal + ":root"}};
  if (starts_with(principal, "arn:")) return {{"AWS", principal}};
  if (ends_with(principal, ".amazonaws.com") || ends_with(principal, ".amazon.com"))
    return {{"Service", principal}};
  throw invalid_parameter_value(
      "The provided principal was invalid. Please check the principal and try again.");
}

Json condition_json(const Json& body) {
  Json equals = Json::object();
  const auto add = [&](const char* name, const char* key) {
    if (const auto value = member<std::string>(body, name)) equals[key] = *value;
  };
  add("PrincipalOrgID", "aws:PrincipalOrgID");
  add("SourceAccount", "AWS:SourceAccount");
  add("EventSourceToken", "lambda:EventSourceToken");
  add("FunctionUrlAuthType", "lambda:FunctionUrlAuthType");
  Json condition = Json::object();
  if (!equals.empty()) condition["StringEquals"] = std::move(equals);
  if (const auto invoked = member<bool>(body, "InvokedViaFunctionUrl"))
    condition["Bool"] = {{"lambda:InvokedViaFunctionUrl", *invoked ? "true" : "false"}};
  if (const auto source = member<std::string>(body, "SourceArn"))
    condition["ArnLike"] = {{"AWS:SourceArn", *source}};
  return condition;
}

// Of what a policy belongs to, of a function that may be constant. Throws ApiError.
template <typename AnyFunction>
auto& revision_of(AnyFunction& function, const std::string& qualifier) {
  if (qualifier.empty() || qualifier == kLatest) return function.latest.revision_id;
  const auto alias = function.aliases.find(qualifier);
  if (alias != function.aliases.end()) return alias->second.revision_id;
  if (const auto number = parse_integer(qualifier)) {
    for (auto& [version_number, version] : function.versions) {
      if (version_number == *number) return version.revision_id;
    }
    throw function_not_found(function.name(), qualifier);
  }
  throw resource_not_found("Cannot find alias arn: " + function_arn(function.name(), qualifier));
}

void require_policy_revision(const std::optional<std::string>& expected,
                             const std::string& present) {
  if (!expected || *expected == present) return;
  throw precondition_failed(
      "The Revision Id provided does not match the latest Revision Id. Call the GetPolicy API to "
      "retrieve the latest Revision Id");
}

Json statements_of(const Function& function, const std::string& qualifier) {
  const auto found = function.attachments.find(key_of(qualifier));
  return found == function.attachments.end() ? Json::array() : found->second;
}

Json::const_iterator find_statement(const Json& statements, const std::string& id) {
  return std::find_if(statements.begin(), statements.end(),
                      [&](const Json& each) { return each.at("Sid") == id; });
}

std::string document_of(const Json& statements) {
  const Json document = {{"Version", "2012-10-17"}, {"Id", "default"}, {"Statement", statements}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Json permission_statement(const Json& body, const std::string& resource_arn) {
  Json statement = {{"Sid", body.at("StatementId")},
                    {"Effect", "Allow"},
                    {"Principal", principal_json(body.at("Principal"))},
                    {"Action", body.at("Action")},
                    {"Resource", resource_arn}};
  Json condition = condition_json(body);
  if (!condition.empty()) statement["Condition"] = std::move(condition);
  return statement;
}

Function add_permission(const Function& function, const std::string& qualifier,
                        const Json& statement, const std::optional<std::string>& revision_id) {
  if (qualifier == kLatest)
    throw invalid_parameter_value("We currently do not support adding policies for $LATEST.");
  Function next = function;
  std::string& revision = revision_of(next, qualifier);
  require_policy_revision(revision_id, revision);
  Json statements = statements_of(function, qualifier);
  const std::string id = statement.at("Sid");
  if (find_statement(statements, id) != statements.cend()) {
    throw resource_conflict("The statement id (" + id +
                            ") provided already exists. Please provide a new statement id, or "
                            "remove the existing statement.");
  }
  statements.push_back(statement);
  const std::size_t size = document_of(statements).size();
  if (size > kPolicyBytesMax) {
    throw policy_length_exceeded("The final policy size (" + std::to_string(size) +
                                 ") is bigger than the limit (" + std::to_string(kPolicyBytesMax) +
                                 ").");
  }
  next.attachments[key_of(qualifier)] = std::move(statements);
  revision = random_uuid();
  return next;
}

Function remove_permission(const Function& function, const std::string& qualifier,
                           const std::string& statement_id,
                           const std::optional<std::string>& revision_id) {
  Function next = function;
  std::string& revision = revision_of(next, qualifier);
  Json statements = statements_of(function, qualifier);
  if (statements.empty())
    throw resource_not_found("No policy is associated with the given resource.");
  const auto found = find_statement(statements, statement_id);
  if (found == statements.cend())
    throw resource_not_found("Statement " + statement_id + " is not found in resource policy.");
  require_policy_revision(revision_id, revision);
  statements.erase(found);
  if (statements.empty()) {
    next.attachments.erase(key_of(qualifier));
  } else {
    next.attachments[key_of(qualifier)] = std::move(statements);
  }
  revision = random_uuid();
  return next;
}

Policy policy_of(const Function& function, const std::string& qualifier) {
  const std::string& revision = revision_of(function, qualifier);
  const Json statements = statements_of(function, qualifier);
  if (statements.empty()) throw resource_not_found("The resource you requested does not exist.");
  return {document_of(statements), revision};
}

}  // namespace emulator
