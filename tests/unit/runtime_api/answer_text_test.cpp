#include "runtime_api/answer_text.h"

#include <string>

#include "tests/support/catch.h"

using namespace runtime_api;

TEST_CASE("the error type is the body's top-level errorType") {
  CHECK(error_type_in(R"({"errorMessage":"m","errorType":"KeyError","stackTrace":["a"]})") ==
        "KeyError");
  CHECK(error_type_in(R"({"trace":[{"errorType":"Inner"}],"errorType":"Outer"})") == "Outer");
  CHECK(error_type_in(R"({"cause":{"errorType":"Inner"}})").empty());
  CHECK(error_type_in(R"({"errorType":null})").empty());
  CHECK(error_type_in(R"({"errorType":{"errorType":"deep"}})").empty());
  CHECK(error_type_in(R"(["errorType","x"])").empty());
  CHECK(error_type_in(R"("errorType")").empty());
  CHECK(error_type_in("").empty());
  CHECK(error_type_in("no JSON").empty());
  CHECK(error_type_in(R"({"errorMessage":)").empty());
}

TEST_CASE("an error body that is deep or large is not looked into") {
  CHECK(error_type_in(R"({"a":)" + std::string(200'000, '[')).empty());
  const std::string nested = std::string(1'000, '[') + std::string(1'000, ']');
  CHECK(error_type_in(R"({"a":)" + nested + R"(,"errorType":"T"})").empty());
  CHECK(error_type_in(R"({"a":")" + std::string(300'000, 'x') + R"(","errorType":"T"})").empty());
}

TEST_CASE("base64 is decoded with and without padding") {
  CHECK(decode_base64("") == "");
  CHECK(decode_base64("YQ==") == "a");
  CHECK(decode_base64("YWI=") == "ab");
  CHECK(decode_base64("YWJj") == "abc");
  CHECK(decode_base64("YWI") == "ab");
  CHECK(decode_base64("//79") == "\xff\xfe\xfd");
  CHECK_FALSE(decode_base64("Y").has_value());
  CHECK_FALSE(decode_base64("Y W=").has_value());
}

TEST_CASE("error JSON escapes what it is given") {
  CHECK(error_json("T", "say \"x\"\n") == R"({"errorType":"T","errorMessage":"say \"x\"\n"})");
  CHECK(error_json("\xff", "") == "{\"errorType\":\"\xef\xbf\xbd\",\"errorMessage\":\"\"}");
}

TEST_CASE("stream trailers make an error") {
  const auto both = stream_error_from("Runtime.StreamError", "eyJlcnJvclR5cGUiOiJCb29tIn0=");
  CHECK(both.error_type == "Runtime.StreamError");
  CHECK(both.payload == R"({"errorType":"Boom"})");
  CHECK(stream_error_from("", "eyJlcnJvclR5cGUiOiJCb29tIn0=").error_type == "Boom");
  CHECK(stream_error_from("T", "").payload == R"({"errorType":"T","errorMessage":""})");
  CHECK(stream_error_from("T", "not base64!").payload == "not base64!");
}

TEST_CASE("Rust's error lines at the end of a stream are recognised") {
  const std::string lines =
      "Lambda-Runtime-Function-Error-Type: Runtime.StreamError\r\n"
      "Lambda-Runtime-Function-Error-Body: eyJlcnJvclR5cGUiOiJCb29tIn0=\r\n";
  for (const std::string& body : {lines, "data" + lines, "data\n" + lines, lines + "\r\n"}) {
    const auto error = stream_error_at_end_of(body);
    REQUIRE(error.has_value());
    CHECK(error->error_type == "Runtime.StreamError");
    CHECK(error->payload == R"({"errorType":"Boom"})");
  }
  const auto lower = stream_error_at_end_of(
      "x\nlambda-runtime-function-error-type: a::B\nlambda-runtime-function-error-body: e30=");
  REQUIRE(lower.has_value());
  CHECK(lower->error_type == "a::B");
  CHECK(lower->payload == "{}");

  CHECK_FALSE(stream_error_at_end_of("").has_value());
  CHECK_FALSE(stream_error_at_end_of("plain data\nmore data").has_value());
  CHECK_FALSE(stream_error_at_end_of(lines + "more").has_value());
  CHECK_FALSE(stream_error_at_end_of("Lambda-Runtime-Function-Error-Type: A\r\n").has_value());
}
