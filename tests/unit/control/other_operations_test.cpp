#include "emulator/control/other_operations.h"

#include "tests/support/catch.h"
#include "tests/support/fake_exchange.h"

using namespace emulator;
using test::FakeExchange;

namespace {

runtime_api::HttpResponse answer(const Router& router, const char* method, const char* target) {
  FakeExchange exchange(method, target);
  return router.answer(exchange);
}

}  // namespace

TEST_CASE("an operation that klambda does not do is named in its error") {
  Router router;
  add_other_operations(router);
  const struct {
    const char* method;
    const char* target;
    const char* name;
  } rows[] = {
      {"DELETE", "/2020-06-30/functions/f/code-signing-config", "DeleteFunctionCodeSigningConfig"},
      {"GET", "/2020-04-22/code-signing-configs/", "ListCodeSigningConfigs"},
      {"GET", "/2019-09-30/functions/f/provisioned-concurrency?List=ALL&MaxItems=2",
       "ListProvisionedConcurrencyConfigs"},
      {"GET", "/2019-09-30/functions/f/provisioned-concurrency?Qualifier=1",
       "GetProvisionedConcurrencyConfig"},
      {"POST", "/2025-12-01/durable-executions/arn%3Aaws%3Ax%2Fy%2Fz/stop", "StopDurableExecution"},
  };
  for (const auto& row : rows) {
    INFO(row.method << " " << row.target);
    const auto response = answer(router, row.method, row.target);
    CHECK(response.status == 400);
    const auto body = Json::parse(response.body);
    CHECK(body["Type"] == "User");
    CHECK(body["message"] == "klambda does not do " + std::string(row.name) +
                                 ": of the Lambda API it has what README.md lists");
  }
}

TEST_CASE("an operation that is done is found before the one that is not") {
  Router router;
  router.add("POST", "/2025-11-30/capacity-providers", "CreateCapacityProvider",
             [](ApiRequest&) { return json_response(201, Json::object()); });
  add_other_operations(router);
  CHECK(answer(router, "POST", "/2025-11-30/capacity-providers").status == 201);
}
