#include "emulator/schema/decimal.h"

#include <string>

#include "tests/support/catch.h"

using namespace emulator;
using namespace std::string_literals;

TEST_CASE("decimal: bytes to text") {
  CHECK(decimal_text("", 0) == "0");
  CHECK(decimal_text("\x00"s, 2) == "0.00");
  CHECK(decimal_text("\x04\xD2"s, 2) == "12.34");
  CHECK(decimal_text("\x04\xD2"s, 0) == "1234");
  CHECK(decimal_text("\x04\xD2"s, 6) == "0.001234");
  CHECK(decimal_text("\x04\xD2"s, -3) == "1234000");
  CHECK(decimal_text("\xFF"s, 0) == "-1");
  CHECK(decimal_text("\xFF"s, 3) == "-0.001");
  CHECK(decimal_text("\x80"s, 0) == "-128");
  CHECK(decimal_text("\x00\x80"s, 0) == "128");
  CHECK(decimal_text("\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s, 0) == "9223372036854775807");
  CHECK(decimal_text("\x80\x00\x00\x00\x00\x00\x00\x00"s, 0) == "-9223372036854775808");
  // 2^80, and its groups of nine digits with zeros in front.
  CHECK(decimal_text("\x01"s + std::string(10, '\0'), 0) == "1208925819614629174706176");
  CHECK(decimal_text("\x00\xE8\xD4\xA5\x10\x01"s, 0) == "1000000000001");
}

TEST_CASE("decimal: text to bytes, as few as hold the number") {
  const auto bytes = [](const char* text, int scale) {
    return parse_decimal(text, scale).value().unscaled;
  };
  CHECK(bytes("0", 0) == "\x00"s);
  CHECK(bytes("-0.00", 2) == "\x00"s);
  CHECK(bytes("12.34", 2) == "\x04\xD2"s);
  CHECK(bytes("12.3", 2) == "\x04\xCE"s);
  CHECK(bytes("12.3400", 2) == "\x04\xD2"s);
  CHECK(bytes("128", 0) == "\x00\x80"s);
  CHECK(bytes("-128", 0) == "\x80"s);
  CHECK(bytes("-129", 0) == "\xFF\x7F"s);
  CHECK(bytes("-1", 0) == "\xFF"s);
  CHECK(bytes("00012", 0) == "\x0C"s);
  CHECK(parse_decimal("12.34", 2)->digits == 4);
  CHECK(parse_decimal("0.05", 2)->digits == 1);
}

TEST_CASE("decimal: both ways, at every length") {
  std::string digits = "7";
  for (int length = 1; length < 60; ++length, digits += "0987654321"[length % 10]) {
    for (const std::string& text : {digits, "-" + digits}) {
      CAPTURE(text);
      CHECK(decimal_text(parse_decimal(text, 0).value().unscaled, 0) == text);
      CHECK(decimal_text(parse_decimal(text + ".125", 3).value().unscaled, 3) == text + ".125");
    }
  }
}

TEST_CASE("decimal: what is none") {
  for (const char* text :
       {"", "-", ".", "1.", ".5", "1e3", "0x1", " 1", "1 ", "--1", "1.2.3", "١"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_decimal(text, 2).has_value());
  }
  CHECK_FALSE(parse_decimal("1.234", 2).has_value());
  CHECK_FALSE(parse_decimal(std::string(2'461, '9'), 0).has_value());
  CHECK(parse_decimal(std::string(2'460, '9'), 0).value().unscaled.size() <= kDecimalBytesMax);
}
