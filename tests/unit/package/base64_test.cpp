#include "emulator/package/base64.h"

#include "tests/support/catch.h"

using namespace emulator;

TEST_CASE("base64 of every length of padding comes back") {
  for (const std::string text : {"", "a", "ab", "abc", "abcd", "{\"custom\":{\"a\":1}}"}) {
    CHECK(base64_decode(base64_encode(text)) == text);
  }
  CHECK(base64_encode("hello") == "aGVsbG8=");
  CHECK(base64_encode(std::string("\0\xff", 2)) == "AP8=");
}

TEST_CASE("what is not base64 is refused") {
  CHECK_FALSE(base64_decode("a$b=").has_value());
  CHECK_FALSE(base64_decode("abcde").has_value());
}
