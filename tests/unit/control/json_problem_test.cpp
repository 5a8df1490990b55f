#include "emulator/control/json_problem.h"

#include <string>

#include "tests/support/catch.h"

using namespace emulator;

namespace {

std::string source(const std::string& place) {
  return "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); " + place +
         "]";
}
std::string at(const std::string& place) {
  return "\n at " + source(place);
}

}  // namespace

TEST_CASE("JSON problem: worded as AWS was seen to word it") {
  CHECK(json_problem("{client: 1}") ==
        "Unexpected character ('c' (code 99)): was expecting double-quote to start field name" +
            at("line: 1, column: 2"));
  CHECK(json_problem("Hello World") ==
        "Unrecognized token 'Hello': was expecting (JSON String, Number, Array, Object or token "
        "'null', 'true' or 'false')" +
            at("line: 1, column: 7"));
  CHECK(json_problem("'test'") ==
        "Unexpected character (''' (code 39)): expected a valid value (JSON String, Number, Array, "
        "Object or token 'null', 'true' or 'false')" +
            at("line: 1, column: 1"));
  CHECK(json_problem("{\n") == "Unexpected end-of-input: expected close marker for Object (start "
                               "marker at " +
                                   source("line: 1, column: 1") + ")" + at("line: 2, column: 1"));
}

TEST_CASE("JSON problem: other places") {
  const auto starts = [](const std::string& text, const std::string& start) {
    const auto problem = json_problem(text);
    INFO(problem);
    CHECK(problem.starts_with(start));
  };
  starts("{\"a\" 1}", "Unexpected character ('1' (code 49)): was expecting");
  starts("{\"a\": 1 \"b\": 2}",
         "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries");
  starts("[1 2]", "Unexpected character ('2' (code 50)): was expecting comma to separate Array");
  starts("[1,", "Unexpected end-of-input: expected close marker for Array");
  starts("{\"a\": nul}", "Unrecognized token 'nul'");
  starts("\"abc", "Unexpected end-of-input: was expecting closing quote");
  starts("\"a\nb\"", "Illegal unquoted character ((CTRL-CHAR, code 10))");
  starts("\"\xa7\"", "Invalid UTF-8 start byte 0xa7");
  starts(R"("\x")", "Unrecognized character escape 'x' (code 120)");
  starts("  ", "No content to map due to end-of-input");
  starts("{} x", "Unrecognized token 'x'");
  starts("}", "Unexpected character ('}' (code 125)): expected a valid value");
}

TEST_CASE("JSON problem: deep and long texts are no trouble") {
  CHECK(json_problem(std::string(200'000, '[')).starts_with("Unexpected end-of-input"));
  CHECK(json_problem(std::string(200'000, 'x')).size() < 600);
}
