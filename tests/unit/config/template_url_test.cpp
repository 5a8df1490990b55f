// FunctionUrlConfig of a template's function.
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/config/template_support.h"

using namespace emulator;

namespace {

const std::string kUrl =
    "FunctionUrlConfig:\n"
    "  AuthType: NONE\n";

FunctionUrl url_of(const std::string& lines) {
  const auto application = read(function_with(lines));
  CHECK(application.warnings.empty());
  const auto& url = application.functions.at(0).url;
  REQUIRE(url);
  return *url;
}

}  // namespace

TEST_CASE("a function without FunctionUrlConfig has no URL of its own") {
  CHECK_FALSE(read(function_with("")).functions.at(0).url);
}

TEST_CASE("FunctionUrlConfig is read, with AWS's defaults for what is not given") {
  const auto plain = url_of(kUrl);
  CHECK(plain.auth == FunctionUrl::Auth::Anyone);
  CHECK(plain.invoke_mode == FunctionUrl::InvokeMode::Buffered);
  CHECK_FALSE(plain.cors);
  const auto full = url_of(
      "FunctionUrlConfig:\n"
      "  AuthType: AWS_IAM\n"
      "  InvokeMode: RESPONSE_STREAM\n"
      "  Cors:\n"
      "    AllowOrigins: ['http://localhost:5173']\n"
      "    AllowMethods: [GET, PUT]\n"
      "    AllowHeaders: ['*']\n"
      "    ExposeHeaders: [x-a]\n"
      "    AllowCredentials: true\n"
      "    MaxAge: 60\n");
  CHECK(full.auth == FunctionUrl::Auth::AwsIam);
  CHECK(full.invoke_mode == FunctionUrl::InvokeMode::ResponseStream);
  REQUIRE(full.cors);
  CHECK(full.cors->allow_origins == std::vector<std::string>{"http://localhost:5173"});
  CHECK(full.cors->allow_methods == std::vector<std::string>{"GET", "PUT"});
  CHECK(full.cors->allow_headers == std::vector<std::string>{"*"});
  CHECK(full.cors->expose_headers == std::vector<std::string>{"x-a"});
  CHECK(full.cors->allow_credentials);
  CHECK(full.cors->max_age_s == 60);
}

TEST_CASE("mistakes in FunctionUrlConfig name the line and what it must be") {
  CHECK(mistake(function_with("FunctionUrlConfig: {InvokeMode: BUFFERED}")) ==
        "t.yaml:14: AuthType of FunctionUrlConfig of F is missing: it must be NONE or AWS_IAM");
  CHECK(mistake(function_with("FunctionUrlConfig: {AuthType: SOME}")) ==
        "t.yaml:14: AuthType of FunctionUrlConfig of F is \"SOME\": it must be NONE or AWS_IAM");
  CHECK(mistake(function_with(kUrl + "  InvokeMode: STREAM")) ==
        "t.yaml:16: InvokeMode of FunctionUrlConfig of F is \"STREAM\": it must be BUFFERED or "
        "RESPONSE_STREAM");
}
