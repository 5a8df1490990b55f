#include "emulator/control/account.h"

#include "emulator/control/concurrency.h"
#include "emulator/control/kept_configs.h"
#include "tests/support/api_calls.h"
#include "tests/support/catch.h"

using namespace emulator;
using emulator::test::Answer;
using emulator::test::add_function;
using emulator::test::call;

namespace {

const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:";

struct Api {
  Api() {
    add_function(functions, "orders", 1);
    add_function(functions, "audit");
    add_account(router, functions);
    add_concurrency(router, functions);
    add_kept_configs(router, functions);
  }
  Answer reserve(const std::string& name, int concurrency) {
    return call(router, "PUT", "/2017-10-31/functions/" + name + "/concurrency",
                R"({"ReservedConcurrentExecutions":)" + std::to_string(concurrency) + "}");
  }
  Answer reserved(const std::string& name) {
    return call(router, "GET", "/2019-09-30/functions/" + name + "/concurrency");
  }
  FunctionCatalog functions;
  Router router;
};

}  // namespace

TEST_CASE("concurrency is reserved and given back") {
  Api api;
  CHECK(api.reserved("orders").text == "{}");
  CHECK(api.reserve("orders", 0).text == R"({"ReservedConcurrentExecutions":0})");
  CHECK(api.reserved("orders").body.at("ReservedConcurrentExecutions") == 0);
  CHECK(call(api.router, "DELETE", "/2017-10-31/functions/orders/concurrency").status == 204);
  CHECK(api.reserved("orders").text == "{}");
}

TEST_CASE("an account keeps a hundred unreserved") {
  Api api;
  CHECK(api.reserve("orders", 500).status == 200);
  CHECK(api.reserve("orders", 900).status == 200);  // its own reservation does not count twice
  const auto refused = api.reserve("audit", 1);
  CHECK(refused.status == 400);
  CHECK(refused.message() ==
        "Specified ReservedConcurrentExecutions for function decreases account's "
        "UnreservedConcurrentExecution below its minimum value of [100].");
  const auto settings = call(api.router, "GET", "/2016-08-19/account-settings").body;
  CHECK(settings["AccountLimit"]["ConcurrentExecutions"] == 1000);
  CHECK(settings["AccountLimit"]["UnreservedConcurrentExecutions"] == 100);
  CHECK(settings["AccountUsage"]["FunctionCount"] == 2);
}

TEST_CASE("concurrency is a function's, not a version's") {
  Api api;
  CHECK(api.reserve("orders:1", 1).message() ==
        "This operation is permitted on Lambda functions only. Aliases and versions do not support "
        "this operation. Please specify either a function name or an unqualified function ARN.");
  CHECK(api.reserve("none", 1).message() == "Function not found: " + kArn + "none:$LATEST");
  CHECK(api.reserve("orders", -1).error == "ValidationException");
}

TEST_CASE("every version's code counts") {
  Api api;
  api.functions.change("orders", [](const Function* present) {
    Function next = *present;
    next.latest.code.size_bytes = 10;
    next.versions.at(1).code.size_bytes = 7;
    return next;
  });
  const auto settings = call(api.router, "GET", "/2016-08-19/account-settings").body;
  CHECK(settings["AccountUsage"]["TotalCodeSize"] == 17 + 276);
}

TEST_CASE("what nothing acts on is kept") {
  Api api;
  const std::string loop = "/2024-08-31/functions/orders/recursion-config";
  CHECK(call(api.router, "GET", loop).text == R"({"RecursiveLoop":"Terminate"})");
  CHECK(call(api.router, "PUT", loop, R"({"RecursiveLoop":"Allow"})").status == 200);
  CHECK(call(api.router, "GET", loop).text == R"({"RecursiveLoop":"Allow"})");

  const std::string runtime = "/2021-07-20/functions/orders/runtime-management-config";
  CHECK(call(api.router, "GET", runtime).body.at("UpdateRuntimeOn") == "Auto");
  CHECK(call(api.router, "PUT", runtime, R"({"UpdateRuntimeOn":"Manual"})").status == 400);
  CHECK(call(api.router, "PUT", runtime + "?Qualifier=1", R"({"UpdateRuntimeOn":"FunctionUpdate"})")
            .status == 200);
  const auto of_version = call(api.router, "GET", runtime + "?Qualifier=1").body;
  CHECK(of_version.at("UpdateRuntimeOn") == "FunctionUpdate");
  CHECK(of_version.at("FunctionArn") == kArn + "orders:1");
  CHECK(call(api.router, "GET", runtime).body.at("UpdateRuntimeOn") == "Auto");
  CHECK(call(api.router, "GET", runtime + "?Qualifier=7").message() ==
        "Function not found: " + kArn + "orders:7");

  CHECK(call(api.router, "GET", "/2020-06-30/functions/orders/code-signing-config").text ==
        R"({"FunctionName":"orders"})");
}
