#include "emulator/control/query.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("query parameters are found and decoded") {
  CHECK(query_parameter("a=1&Qualifier=%24LATEST", "Qualifier") == "$LATEST");
  CHECK(query_parameter("Qualifier", "Qualifier") == "");
  CHECK_FALSE(query_parameter("", "Qualifier").has_value());
  CHECK_FALSE(query_parameter("Other=1", "Qualifier").has_value());
  CHECK(percent_decode("a%2Fb%zz%4") == "a/b%zz%4");
}
