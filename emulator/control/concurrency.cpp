#include "emulator/control/concurrency.h"

#include <cstdint>
#include <limits>
#include <string>

#include "emulator/control/constraints.h"
#include "emulator/control/function_operations.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

constexpr const char* kMember = "ReservedConcurrentExecutions";
constexpr Shape kBody[] = {{.member = kMember,
                            .type = Shape::Type::Integer,
                            .required = true,
                            .min = 0,
                            .max = std::numeric_limits<int>::max()}};

void require_unreserved(std::int64_t reserved) {
  if (reserved <= kAccountConcurrency - kUnreservedConcurrencyMin) return;
  throw invalid_parameter_value(
      "Specified ReservedConcurrentExecutions for function decreases account's "
      "UnreservedConcurrentExecution below its minimum value of [" +
      std::to_string(kUnreservedConcurrencyMin) + "].");
}

HttpResponse put(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = unqualified_function(request);
  const ApiError missing = function_not_found(name, kLatest);  // recorded with the qualifier
  functions.get(name, missing);
  const Json body = request.body();
  check_shape(body, kBody);
  const int wanted = body.at(kMember).get<int>();

  functions.update(name, missing, [&](const Function& present) {
    require_unreserved(reserved_concurrency(functions, name) + std::int64_t{wanted});
    Function next = present;
    next.reserved_concurrency = wanted;
    return next;
  });
  return json_response(200, {{kMember, wanted}});
}

HttpResponse get(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = unqualified_function(request);
  const auto function = functions.get(name, function_not_found(name));
  Json body = Json::object();
  if (function->reserved_concurrency) body[kMember] = *function->reserved_concurrency;
  return json_response(200, body);
}

HttpResponse remove(ApiRequest& request, FunctionCatalog& functions) {
  const std::string name = unqualified_function(request);
  functions.update(name, function_not_found(name), [](const Function& present) {
    Function next = present;
    next.reserved_concurrency.reset();
    return next;
  });
  return empty_response(204);
}

}  // namespace

int reserved_concurrency(const FunctionCatalog& functions, const std::string& besides) {
  int sum = 0;
  for (const auto& function : functions.all()) {
    if (function->name() != besides) sum += function->reserved_concurrency.value_or(0);
  }
  return sum;
}

void add_concurrency(Router& router, FunctionCatalog& functions) {
  static constexpr FunctionOperation kOperations[] = {
      {"PUT", "/2017-10-31/functions/{FunctionName}/concurrency", "PutFunctionConcurrency", put},
      {"GET", "/2019-09-30/functions/{FunctionName}/concurrency", "GetFunctionConcurrency", get},
      {"DELETE", "/2017-10-31/functions/{FunctionName}/concurrency", "DeleteFunctionConcurrency",
       remove}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
