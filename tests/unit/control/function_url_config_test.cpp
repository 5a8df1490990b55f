#include "emulator/control/function_url_config.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"

using namespace emulator;
using emulator::test::add_function;
using emulator::test::Answer;
using emulator::test::call;

namespace {

const std::string kPath = "/2021-10-31/functions/orders/url";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:orders";

struct Api {
  Api() {
    add_function(functions, "orders", 1);
    functions.change("orders", [](const Function* present) {
      Function next = *present;
      next.aliases["live"] = {"live", "1", "", {}, "r"};
      return next;
    });
    add_function_url_config(router, functions);
  }
  FunctionCatalog functions;
  Router router;
};

}  // namespace

TEST_CASE("function URL configuration: created, read, changed, listed, deleted") {
  Api api;
  const auto made = call(api.router, "POST", kPath, R"({"AuthType":"NONE"})");
  CHECK(made.status == 201);
  CHECK(made.body["FunctionArn"] == kArn);
  CHECK(made.body["FunctionUrl"].get<std::string>().find("/_klambda/url/orders/") !=
        std::string::npos);
  CHECK(made.body["InvokeMode"] == "BUFFERED");
  CHECK_FALSE(made.body.contains("LastModifiedTime"));
  const auto read = call(api.router, "GET", kPath).body;
  CHECK(read["FunctionUrl"] == made.body["FunctionUrl"]);
  CHECK(read.contains("LastModifiedTime"));

  const auto changed = call(api.router, "PUT", kPath,
                            R"({"InvokeMode":"RESPONSE_STREAM","Cors":{"AllowOrigins":["*"]}})");
  CHECK(changed.status == 200);
  CHECK(changed.body["AuthType"] == "NONE");
  CHECK(changed.body["InvokeMode"] == "RESPONSE_STREAM");
  CHECK(changed.body["Cors"]["AllowOrigins"][0] == "*");
  CHECK(changed.body["CreationTime"] == made.body["CreationTime"]);

  call(api.router, "POST", kPath + "?Qualifier=live", R"({"AuthType":"AWS_IAM"})");
  const auto all = call(api.router, "GET", kPath + "s").body["FunctionUrlConfigs"];
  REQUIRE(all.size() == 2);
  CHECK(all[1]["FunctionArn"] == kArn + ":live");
  CHECK(all[1]["FunctionUrl"].get<std::string>().find("/_klambda/url/orders:live/") !=
        std::string::npos);

  CHECK(call(api.router, "DELETE", kPath).status == 204);
  CHECK(call(api.router, "GET", kPath).status == 404);
  CHECK(call(api.router, "GET", kPath + "?Qualifier=live").status == 200);
}

TEST_CASE("function URL configuration: refusals") {
  Api api;
  const auto message = [](const Answer& answer) {
    return std::to_string(answer.status) + " " + answer.message();
  };
  const std::string none = "404 The resource you requested does not exist.";
  CHECK(message(call(api.router, "GET", kPath)) == none);
  CHECK(message(call(api.router, "DELETE", kPath)) == none);
  CHECK(message(call(api.router, "PUT", kPath, "{}")) == none);
  const std::string body = R"({"AuthType":"NONE"})";
  CHECK(message(call(api.router, "POST", "/2021-10-31/functions/nobody/url", body)) ==
        "404 Function does not exist");
  CHECK(message(call(api.router, "POST", kPath + "?Qualifier=nobody", body)) ==
        "404 Function does not exist");
  CHECK(call(api.router, "POST", kPath + "?Qualifier=1", body).status == 400);
  CHECK(call(api.router, "POST", kPath, "{}").status == 400);
  CHECK(call(api.router, "POST", kPath, R"({"AuthType":"SOME"})").status == 400);
  CHECK(call(api.router, "POST", kPath, body).status == 201);
  CHECK(message(call(api.router, "POST", kPath, body)) ==
        "409 Failed to create function url config for [functionArn = " + kArn +
            "]. Error message:  FunctionUrlConfig exists for this Lambda function");
}
