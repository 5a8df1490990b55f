#include "emulator/control/tags.h"

#include "tests/support/api_calls.h"
#include "tests/support/catch.h"

using namespace emulator;
using emulator::test::add_function;
using emulator::test::call;

namespace {

const std::string kTags = "/2017-03-31/tags/";
const std::string kArn = "arn:aws:lambda:us-east-1:000000000000:function:orders";
const std::string kMapping = "f8a1c1f0-0000-4000-8000-000000000001";

struct Api {
  Api() {
    add_function(functions, "orders", 1);
    TagTarget mapping;
    mapping.kind = "event-source-mapping";
    mapping.tags = [this](const std::string& uuid) {
      CHECK(uuid == kMapping);
      return of_mapping;
    };
    mapping.change = [this](const std::string&, const std::function<Tags(Tags)>& change) {
      of_mapping = change(of_mapping);
    };
    add_tags(router, {function_tags(functions), mapping});
  }
  FunctionCatalog functions;
  Tags of_mapping;
  Router router;
};

}  // namespace

TEST_CASE("tags: added, replaced, taken away") {
  Api api;
  const std::string path =
      kTags + "arn%3Aaws%3Alambda%3Aus-east-1%3A000000000000%3Afunction%3Aorders";
  CHECK(call(api.router, "POST", path, R"({"Tags":{"A":"a","B":"b"}})").status == 204);
  CHECK(call(api.router, "POST", path, R"({"Tags":{"B":"new","C":"c"}})").status == 204);
  CHECK(call(api.router, "GET", path).body.dump() == R"({"Tags":{"A":"a","B":"new","C":"c"}})");
  CHECK(call(api.router, "DELETE", path + "?tagKeys=A&tagKeys=C&tagKeys=none").status == 204);
  CHECK(api.functions.find("orders")->tags == Tags{{"B", "new"}});
  CHECK(api.functions.find("orders")->latest.revision_id != "revision-of-latest");
}

TEST_CASE("tags: other kinds of resources have theirs") {
  Api api;
  const std::string arn = "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:" + kMapping;
  CHECK(call(api.router, "POST", kTags + arn, R"({"Tags":{"team":"a"}})").status == 204);
  CHECK(api.of_mapping == Tags{{"team", "a"}});
  CHECK(call(api.router, "GET", kTags + arn).body["Tags"]["team"] == "a");
  CHECK(
      call(api.router, "GET", kTags + "arn:aws:lambda:us-east-1:000000000000:capacity-provider:cp")
          .message() == "The resource you requested does not exist.");
}

TEST_CASE("tags: what is refused") {
  Api api;
  const auto tag = [&](const std::string& arn, const std::string& body) {
    return call(api.router, "POST", kTags + arn, body);
  };
  CHECK(tag(kArn + ":1", R"({"Tags":{"A":"a"}})").message() ==
        "Tags on function aliases and versions are not supported. Please specify a function ARN.");
  CHECK(tag(kArn + "-none", R"({"Tags":{"A":"a"}})").message() ==
        "Function not found: " + kArn + "-none");
  CHECK(tag(kArn, R"({"Tags":{}})").message() ==
        "An error occurred and the request cannot be processed.");
  CHECK(call(api.router, "DELETE", kTags + kArn).message() ==
        "1 validation error detected: Value null at 'tagKeys' failed to satisfy constraint: Member "
        "must not be null");
  CHECK(tag("orders", R"({"Tags":{"A":"a"}})").error == "ValidationException");
  CHECK(tag("arn:aws:lambda:eu-west-1:000000000000:function:orders", R"({"Tags":{"A":"a"}})")
            .message() ==
        "Functions from 'eu-west-1' are not reachable in this region ('us-east-1')");
}

TEST_CASE("tags: fifty of them") {
  Api api;
  Json body;
  for (int i = 0; i < 50; ++i) body["Tags"]["key" + std::to_string(i)] = "value";
  CHECK(call(api.router, "POST", kTags + kArn, body.dump()).status == 204);
  CHECK(call(api.router, "POST", kTags + kArn, R"({"Tags":{"key0":"again"}})").status == 204);
  CHECK(call(api.router, "POST", kTags + kArn, R"({"Tags":{"one-more":"a"}})").message() ==
        "Number of tags exceeds resource tag limit.");
}
