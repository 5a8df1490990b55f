#include "emulator/control/permissions.h"

#include <string>

#include "emulator/catalog/policy_changes.h"
#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"
#include "emulator/control/names.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;
using Type = Shape::Type;

constexpr std::string_view kAuthTypes[] = {"NONE", "AWS_IAM"};
constexpr Shape kBody[] = {
    {.member = "StatementId",
     .required = true,
     .min = 1,
     .max = 100,
     .pattern = "([a-zA-Z0-9-_]+)"},
    {.member = "Action",
     .required = true,
     .min = 0,
     .max = 10'000,
     .pattern = "(lambda:[*]|lambda:[a-zA-Z]+|[*])"},
    {.member = "Principal", .required = true, .min = 0, .max = 2'048, .pattern = "[^\\s]+"},
    {.member = "SourceArn",
     .min = 0,
     .max = 10'000,
     .pattern = "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?"
                "-[a-z]+-\\d{1})?:(\\d{12})?:(.*)"},
    {.member = "FunctionUrlAuthType", .words = kAuthTypes},
    {.member = "InvokedViaFunctionUrl", .type = Type::Flag},
    {.member = "SourceAccount", .min = 0, .max = 12, .pattern = "\\d{12}"},
    {.member = "EventSourceToken", .min = 0, .max = 256, .pattern = "[a-zA-Z0-9._\\-]+"},
    {.member = "RevisionId"},
    {.member = "PrincipalOrgID", .min = 12, .max = 34, .pattern = "o-[a-z0-9]{10,32}"}};
constexpr Shape kStatementId{.min = 1, .max = 100, .pattern = "([a-zA-Z0-9-_.]+)"};

HttpResponse add(ApiRequest& request, FunctionCatalog& functions) {
  const FunctionName target = named_function(request);
  const Json body = request.body();
  check_shape(body, kBody);
  Json statement;
  functions.update(target.name, function_not_found(target.name), [&](const Function& present) {
    statement = permission_statement(body, function_arn(target.name, target.qualifier));
    return add_permission(present, target.qualifier, statement,
                          member<std::string>(body, "RevisionId"));
  });
  return json_response(201, {{"Statement", statement.dump()}});
}

HttpResponse remove(ApiRequest& request, FunctionCatalog& functions) {
  const FunctionName target = named_function(request);
  const std::string& id = request.parameter("StatementId");
  check_text(id, "statementId", kStatementId);
  functions.update(target.name, function_not_found(target.name), [&](const Function& present) {
    return remove_permission(present, target.qualifier, id, request.query("RevisionId"));
  });
  return empty_response(204);
}

HttpResponse get(ApiRequest& request, FunctionCatalog& functions) {
  const FunctionName target = named_function(request);
  const auto function = functions.get(target.name, function_not_found(target.name));
  const Policy policy = policy_of(*function, target.qualifier);
  return json_response(200, {{"Policy", policy.document}, {"RevisionId", policy.revision_id}});
}

}  // namespace

void add_permissions(Router& router, FunctionCatalog& functions) {
  static constexpr FunctionOperation kOperations[] = {
      {"POST", "/2015-03-31/functions/{FunctionName}/policy", "AddPermission", add},
      {"DELETE", "/2015-03-31/functions/{FunctionName}/policy/{StatementId}", "RemovePermission",
       remove},
      {"GET", "/2015-03-31/functions/{FunctionName}/policy", "GetPolicy", get}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
