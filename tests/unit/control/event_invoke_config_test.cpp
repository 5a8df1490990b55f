#include "emulator/control/event_invoke_config.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"

using namespace emulator;
using emulator::test::Answer;
using emulator::test::add_function;
using emulator::test::call;

namespace {

const std::string kPath = "/2019-09-25/functions/orders/event-invoke-config";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:";

struct Api {
  Api() {
    add_function(functions, "orders", 1);
    add_function(functions, "audit");
    add_event_invoke_config(router, functions);
  }
  Answer put(const std::string& body, const std::string& query = {}) {
    return call(router, "PUT", kPath + query, body);
  }
  FunctionCatalog functions;
  Router router;
};

std::string destination(const std::string& arn) {
  return R"({"DestinationConfig":{"OnSuccess":{"Destination":")" + arn + R"("}}})";
}

}  // namespace

TEST_CASE("event-invoke configuration: put replaces, update keeps the rest") {
  Api api;
  const auto first = api.put(R"({"MaximumRetryAttempts":2,"MaximumEventAgeInSeconds":60})").body;
  CHECK(first.at("FunctionArn") == kArn + "orders:$LATEST");
  CHECK(first.at("LastModified").get<double>() > 1.7e9);
  CHECK(first.at("DestinationConfig").dump() == R"({"OnSuccess":{},"OnFailure":{}})");

  const auto updated = call(api.router, "POST", kPath, R"({"MaximumRetryAttempts":0})").body;
  CHECK(updated.at("MaximumRetryAttempts") == 0);
  CHECK(updated.at("MaximumEventAgeInSeconds") == 60);

  const auto replaced = api.put(destination(kArn + "audit")).body;
  CHECK_FALSE(replaced.contains("MaximumRetryAttempts"));
  CHECK(replaced["DestinationConfig"]["OnSuccess"]["Destination"] == kArn + "audit");
  CHECK(call(api.router, "GET", kPath).body == replaced);
  CHECK(api.put(destination("")).body["DestinationConfig"]["OnSuccess"].empty());
}

TEST_CASE("event-invoke configuration: one for each qualifier") {
  Api api;
  api.put(R"({"MaximumRetryAttempts":1})");
  CHECK(api.put(R"({"MaximumRetryAttempts":0})", "?Qualifier=1").body.at("FunctionArn") ==
        kArn + "orders:1");
  const auto listed =
      call(api.router, "GET", kPath + "/list").body.at("FunctionEventInvokeConfigs");
  REQUIRE(listed.size() == 2);
  CHECK(listed[1].at("MaximumRetryAttempts") == 0);
  CHECK(call(api.router, "DELETE", kPath).status == 204);
  const auto gone = call(api.router, "DELETE", kPath);
  CHECK(gone.status == 404);
  CHECK(gone.message() ==
        "The function " + kArn + "orders:$LATEST doesn't have an EventInvokeConfig");
}

TEST_CASE("event-invoke configuration: what is not there") {
  Api api;
  const std::string settings = R"({"MaximumRetryAttempts":1})";
  const auto none = "/2019-09-25/functions/none/event-invoke-config";
  CHECK(call(api.router, "PUT", none, settings).message() == "The function doesn't exist.");
  CHECK(api.put(settings, "?Qualifier=live").message() == "The function doesn't exist.");
  CHECK(call(api.router, "GET", std::string(none) + "/list").message() ==
        "The function doesn't exist.");
  CHECK(call(api.router, "GET", none).message() ==
        "The function " + kArn + "none:$LATEST doesn't have an EventInvokeConfig");
  CHECK(call(api.router, "GET", kPath + "?Qualifier=live").message() ==
        "The function " + kArn + "orders:live doesn't have an EventInvokeConfig");
  CHECK(call(api.router, "POST", kPath, settings).message() ==
        "The function " + kArn + "orders:$LATEST doesn't have an EventInvokeConfig");
}

TEST_CASE("event-invoke configuration: settings that cannot be") {
  Api api;
  CHECK(api.put("{}").message() ==
        "You must specify at least one of error handling or destination setting.");
  CHECK(api.put(R"({"MaximumRetryAttempts":3})").message() ==
        "1 validation error detected: Value '3' at 'maximumRetryAttempts' failed to satisfy "
        "constraint: Member must have value less than or equal to 2");
  CHECK(api.put(destination(kArn + "none")).message() ==
        "The destination ARN " + kArn + "none is invalid.");
  CHECK(api.put(destination(kArn + "orders")).message() ==
        "You can't specify the function as a destination for itself.");
  CHECK(api.put(destination("arn:aws:iam::000000000000:role/r")).message() ==
        "The provided destination config DestinationConfig(onSuccess=OnSuccess(destination=arn:aws:"
        "iam::000000000000:role/r), onFailure=null) is invalid.");
  // "S3 bucket: on failure only"
  CHECK(api.put(destination("arn:aws:s3:::bucket")).status == 400);
  CHECK(api.put(R"({"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::bucket"}}})")
            .status == 200);
  CHECK(api.put(destination("arn:aws:_-/!lambda")).error == "ValidationException");
}
