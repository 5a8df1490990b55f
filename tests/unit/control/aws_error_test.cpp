#include "emulator/control/aws_error.h"

#include <nlohmann/json.hpp>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

std::string error_type(const runtime_api::HttpResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "x-amzn-ErrorType") return value;
  }
  return {};
}

}  // namespace

TEST_CASE("the message member's case follows the exception") {
  const auto not_found = resource_not_found("Function not found: x");
  CHECK(not_found.status == 404);
  CHECK(error_type(not_found) == "ResourceNotFoundException");
  CHECK(not_found.body == R"({"Type":"User","Message":"Function not found: x"})");

  const auto bad_content = invalid_request_content("no");
  CHECK(bad_content.status == 400);
  CHECK(bad_content.body == R"({"Type":"User","message":"no"})");

  const auto throttled = too_many_requests("Rate Exceeded.", "ConcurrentInvocationLimitExceeded");
  CHECK(throttled.status == 429);
  CHECK(nlohmann::json::parse(throttled.body)["Reason"] == "ConcurrentInvocationLimitExceeded");

  CHECK(validation_error("1 validation error detected").body ==
        R"({"message":"1 validation error detected"})");
  CHECK(service_error("broken").body == R"({"Type":"Service","Message":"broken"})");
}

TEST_CASE("bytes that are not UTF-8 do not break an error's body") {
  CHECK(nlohmann::json::accept(unknown_path("/\xff\xfe").body));
}
