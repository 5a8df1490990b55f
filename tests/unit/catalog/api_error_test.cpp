#include "emulator/catalog/api_error.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("violations are counted and joined as AWS's framework does") {
  Violations violations;
  violations.throw_if_any();
  violations.add("r1", "role", "Member must satisfy regular expression pattern: x");
  CHECK_THROWS_WITH(violations.throw_if_any(),
                    "1 validation error detected: Value 'r1' at 'role' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: x");
  violations.add_null("topics");
  CHECK_THROWS_WITH(violations.throw_if_any(),
                    "2 validation errors detected: Value 'r1' at 'role' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: x; Value null at "
                    "'topics' failed to satisfy constraint: Member must not be null");
}
