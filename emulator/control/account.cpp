#include "emulator/control/account.h"

#include <algorithm>
#include <cstdint>

#include "emulator/control/concurrency.h"
#include "emulator/control/function_operations.h"

namespace emulator {
namespace {

// docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
constexpr std::int64_t kCodeBytesMax = 80'530'636'800;  // 75 GB
constexpr std::int64_t kUnzippedBytesMax = 262'144'000;
constexpr std::int64_t kZippedBytesMax = 52'428'800;

// "The amount of storage space, in bytes, that's being used by deployment packages": every
// version's counts.
std::int64_t code_bytes(const Function& function) {
  std::int64_t sum = function.latest.code.size_bytes;
  for (const auto& [number, version] : function.versions) sum += version.code.size_bytes;
  return sum;
}

runtime_api::HttpResponse get(ApiRequest&, FunctionCatalog& functions) {
  const auto all = functions.all();
  std::int64_t used_bytes = 0;
  for (const auto& function : all) used_bytes += code_bytes(*function);
  const int unreserved = std::max(0, kAccountConcurrency - reserved_concurrency(functions));
  return json_response(
      200, {{"AccountLimit",
             {{"TotalCodeSize", kCodeBytesMax},
              {"CodeSizeUnzipped", kUnzippedBytesMax},
              {"CodeSizeZipped", kZippedBytesMax},
              {"ConcurrentExecutions", kAccountConcurrency},
              {"UnreservedConcurrentExecutions", unreserved}}},
            {"AccountUsage", {{"TotalCodeSize", used_bytes}, {"FunctionCount", all.size()}}}});
}

}  // namespace

void add_account(Router& router, FunctionCatalog& functions) {
  static constexpr FunctionOperation kOperations[] = {
      {"GET", "/2016-08-19/account-settings", "GetAccountSettings", get}};
  add_operations(router, functions, kOperations);
}

}  // namespace emulator
