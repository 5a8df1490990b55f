#include "emulator/config/function_name.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("a function is named in all of AWS's forms") {
  const auto name =
      GENERATE(as<std::string>(), "orders", "function:orders", "000000000000:function:orders",
               "arn:aws:lambda:us-east-1:000000000000:function:orders");
  const auto plain = parse_function_name(name);
  REQUIRE(plain);
  CHECK(plain->name == "orders");
  CHECK(plain->qualifier.empty());
  const auto qualified = parse_function_name(name + ":$LATEST");
  REQUIRE(qualified);
  CHECK(qualified->name == "orders");
  CHECK(qualified->qualifier == "$LATEST");
}

TEST_CASE("what is not a function's name is refused") {
  for (const auto* text :
       {"", "a b", "orders:", "orders:a:b", "arn:aws:s3:us-east-1:000000000000:function:orders",
        "x:y:function:orders", "orders:1.2"}) {
    INFO(text);
    CHECK_FALSE(parse_function_name(text).has_value());
  }
}
