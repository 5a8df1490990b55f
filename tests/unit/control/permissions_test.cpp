#include "emulator/control/permissions.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"

using namespace emulator;
using emulator::test::Answer;
using emulator::test::add_function;
using emulator::test::call;

namespace {

const std::string kPath = "/2015-03-31/functions/orders/policy";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
const std::string kS3 =
    R"({"StatementId":"s3","Action":"lambda:InvokeFunction","Principal":"s3.amazonaws.com",)"
    R"("SourceArn":"arn:aws:s3:::bucket","SourceAccount":"123456789012"})";

struct Api {
  Api() {
    add_function(functions, "orders", 1);
    add_permissions(router, functions);
  }
  FunctionCatalog functions;
  Router router;
};

std::string statement(const std::string& id, const std::string& principal) {
  return R"({"StatementId":")" + id + R"(","Action":"lambda:*","Principal":")" + principal +
         R"("})";
}

}  // namespace

TEST_CASE("policy: statements come and go") {
  Api api;
  const auto added = call(api.router, "POST", kPath, kS3);
  CHECK(added.status == 201);
  const std::string s3 =
      R"({"Sid":"s3","Effect":"Allow","Principal":{"Service":"s3.amazonaws.com"},)"
      R"("Action":"lambda:InvokeFunction","Resource":")" +
      kArn +
      R"(","Condition":{"StringEquals":{"AWS:SourceAccount":"123456789012"},)"
      R"("ArnLike":{"AWS:SourceArn":"arn:aws:s3:::bucket"}}})";
  CHECK(added.body.at("Statement") == s3);

  call(api.router, "POST", kPath, statement("account", "123456789012"));
  const auto policy = call(api.router, "GET", kPath);
  CHECK(policy.body.at("Policy") ==
        R"({"Version":"2012-10-17","Id":"default","Statement":[)" + s3 +
            R"(,{"Sid":"account","Effect":"Allow","Principal":{"AWS":)"
            R"("arn:aws:iam::123456789012:root"},"Action":"lambda:*","Resource":")" +
            kArn + R"("}]})");
  CHECK(policy.body.at("RevisionId") == api.functions.find("orders")->latest.revision_id);
  CHECK(policy.body.at("RevisionId") != "revision-of-latest");

  CHECK(call(api.router, "DELETE", kPath + "/s3").status == 204);
  CHECK(call(api.router, "DELETE", kPath + "/account").status == 204);
  CHECK(call(api.router, "GET", kPath).message() == "The resource you requested does not exist.");
}

TEST_CASE("policy: each qualifier has its own") {
  Api api;
  const auto added = call(api.router, "POST", kPath + "?Qualifier=1", statement("any", "*"));
  CHECK(Json::parse(added.body.value("Statement", "")).at("Resource") == kArn + ":1");
  CHECK(call(api.router, "GET", kPath).status == 404);
  CHECK(call(api.router, "GET", kPath + "?Qualifier=1").status == 200);
}

TEST_CASE("policy: what is refused") {
  Api api;
  const auto add = [&](const std::string& body, const std::string& query = {}) {
    return call(api.router, "POST", kPath + query, body);
  };
  CHECK(add(statement("a", "*"), "?Qualifier=$LATEST").message() ==
        "We currently do not support adding policies for $LATEST.");
  CHECK(add(statement("a", "*"), "?Qualifier=42").message() ==
        "Function not found: " + kArn + ":42");
  CHECK(add(statement("a", "*"), "?Qualifier=live").message() ==
        "Cannot find alias arn: " + kArn + ":live");
  CHECK(add(statement("a", "nobody")).message() ==
        "The provided principal was invalid. Please check the principal and try again.");
  CHECK(add(statement("example.com", "*")).message() ==
        "1 validation error detected: Value 'example.com' at 'statementId' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: ([a-zA-Z0-9-_]+)");
  CHECK(call(api.router, "DELETE", kPath + "/s3").message() ==
        "No policy is associated with the given resource.");
  add(kS3);
  const auto again = add(kS3);
  CHECK(again.status == 409);
  CHECK(again.message() ==
        "The statement id (s3) provided already exists. Please provide a new statement id, or "
        "remove the existing statement.");
  CHECK(call(api.router, "DELETE", kPath + "/other").message() ==
        "Statement other is not found in resource policy.");
  CHECK(call(api.router, "DELETE", kPath + "/s3?RevisionId=stale").status == 412);
}

TEST_CASE("policy: no longer than 20 KB") {
  Api api;
  const std::string principal = "arn:aws:iam::123456789012:role/" + std::string(1900, 'r');
  Answer answer;
  for (int i = 0; i < 10 && answer.error.empty(); ++i)
    answer = call(api.router, "POST", kPath, statement("s" + std::to_string(i), principal));
  CHECK(answer.status == 400);
  CHECK(answer.error == "PolicyLengthExceededException");
}
