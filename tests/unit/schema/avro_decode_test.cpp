// What JSON an Avro value becomes, and what bytes are refused.
#include <chrono>
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;
using namespace std::string_literals;

TEST_CASE("avro decode: numbers that JSON has no number for are texts") {
  const auto number = avro(R"("double")");
  CHECK(decoded(*number, "\0\0\0\0\0\0\xF8\x7F"s) == R"("NaN")");
  CHECK(decoded(*number, "\0\0\0\0\0\0\xF0\x7F"s) == R"("Infinity")");
  CHECK(decoded(*number, "\0\0\0\0\0\0\xF0\xFF"s) == R"("-Infinity")");
  CHECK(decoded(*number, "\0\0\0\0\0\0\x14\x40"s) == "5.0");
  CHECK(decoded(*number, "\0\0\0\0\0\0\0\x80"s) == "-0.0");
  CHECK(decoded(*avro(R"("float")"), "\xCD\xCC\xCC\x3D"s) == "0.1");
  CHECK(decoded(*avro(R"("float")"), "\xFF\xFF\x7F\x7F"s) == "3.4028235e+38");
}

TEST_CASE("avro decode: a union's value stands by itself, whatever its type") {
  const auto codec = avro(R"(["null","string",{"type":"array","items":["null","long"]}])");
  CHECK(decoded(*codec, "\x00"s) == "null");
  CHECK(decoded(*codec,
                "\x02\x02"
                "a"s) == R"("a")");
  CHECK(decoded(*codec, "\x04\x04\x02\x01\x00\x00"s) == "[-1,null]");
}

TEST_CASE("avro decode: arrays and maps come in blocks, with their size or without") {
  const auto array = avro(R"({"type":"array","items":"int"})");
  CHECK(decoded(*array, "\x00"s) == "[]");
  CHECK(decoded(*array, "\x02\x02\x04\x04\x06\x00"s) == "[1,2,3]");
  CHECK(decoded(*array, "\x03\x04\x02\x04\x02\x06\x00"s) == "[1,2,3]");
  const auto map = avro(R"({"type":"map","values":"int"})");
  CHECK(decoded(*map, "\x00"s) == "{}");
  CHECK(decoded(*map,
                "\x02\x02"
                "a\x02\x01\x06\x02\"\x04\x00"s) == R"({"a":1,"\"":2})");
}

TEST_CASE("avro decode: texts and bytes are valid JSON, whatever they hold") {
  CHECK(decoded(*avro(R"("string")"),
                "\x08"
                "a\xFF\n\""s) == "\"a\xEF\xBF\xBD\\n\\\"\"");
  CHECK(decoded(*avro(R"("bytes")"), "\x08\x00\x80\xFF\""s) == "\"\\u0000\u0080\u00FF\\\"\"");
  const std::string many(2'000, '\xE9');
  std::string expected;
  for (std::size_t i = 0; i < many.size(); ++i) expected += "\u00E9";
  CHECK(decoded(*avro(R"("bytes")"), "\xA0\x1F" + many) == "\"" + expected + "\"");
  CHECK(decoded(*avro(R"({"type":"record","name":"R","fields":[{"name":"a\"b","type":"int"}]})"),
                "\x02") == R"({"a\"b":1})");
  CHECK(decoded(*avro(R"({"type":"record","name":"R","fields":[]})"), "") == "{}");
}

TEST_CASE("avro decode: logical types") {
  const auto logical = [](const std::string& base, const std::string& name,
                          const std::string& bytes) {
    return decoded(*avro(R"({"type":)" + base + R"(,"logicalType":")" + name + "\"}"), bytes);
  };
  const std::string fixed16 = R"("fixed","name":"F","size":16)";
  const std::string fixed12 = R"("fixed","name":"F","size":12)";
  CHECK(logical(R"("int")", "date", "\x01") == "-1");
  CHECK(logical(R"("int")", "time-millis", "\x02") == "1");
  for (const char* name :
       {"time-micros", "timestamp-millis", "timestamp-micros", "timestamp-nanos",
        "local-timestamp-millis", "local-timestamp-micros", "local-timestamp-nanos"})
    CHECK(logical(R"("long")", name, "\x80\xA8\xD6\xB9\x07") == "1000000000");
  CHECK(logical(fixed16, "uuid",
                "\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xAA\xBB\xCC\xDD\xEE\xFF"s) ==
        R"("00112233-4455-6677-8899-aabbccddeeff")");
  CHECK(logical(fixed12, "duration", "\x01\0\0\0\x02\0\0\0\xFF\xFF\xFF\xFF"s) ==
        R"({"months":1,"days":2,"millis":4294967295})");
  CHECK(logical(R"("bytes","precision":6,"scale":2)", "decimal", "\x04\x04\xD2"s) == "12.34");
  CHECK(logical(R"("fixed","name":"F","size":4,"precision":6,"scale":2)", "decimal",
                "\xFF\xFF\xFB\x2E"s) == "-12.34");
  CHECK(logical(R"("bytes")", "big-decimal", "\x08\x04\x04\xD2\x02"s) == "123.4");
  CHECK(logical(R"("bytes")", "big-decimal", "\x08\x04\x04\xD2\x03"s) == "123400");
}

TEST_CASE("avro decode: decimals that JSON's readers would refuse as numbers") {
  const auto decimal = [](const std::string& bytes, int scale) {
    const auto codec = avro(R"({"type":"bytes","logicalType":"big-decimal"})");
    std::string inner(1, static_cast<char>(bytes.size() * 2));
    inner += bytes;
    for (auto left = static_cast<unsigned>(scale < 0 ? -2 * scale - 1 : 2 * scale);; left >>= 7U) {
      inner += static_cast<char>((left & 0x7FU) | (left >= 0x80 ? 0x80U : 0U));
      if (left < 0x80) break;
    }
    return decoded(*codec, std::string(1, static_cast<char>(inner.size() * 2)) + inner);
  };
  CHECK(decimal("\x01", -17) == "1" + std::string(17, '0'));
  CHECK(decimal("\x01", -18) == "1" + std::string(18, '0') + ".0");
  CHECK(decimal("\xFF", -307) == "-1" + std::string(307, '0') + ".0");
  CHECK(decimal("\xFF", -308) == "\"-1" + std::string(308, '0') + ".0\"");
  CHECK(decimal("\x01", 400) == "0." + std::string(399, '0') + "1");
}

TEST_CASE("avro decode: the place of what is wrong is named") {
  const auto codec = avro(R"({"type":"record","name":"R","fields":[{"name":"orders","type":
    {"type":"array","items":{"type":"map","values":
      {"type":"enum","name":"E","symbols":["A"]}}}}]})");
  CHECK(decoded(*codec, "\x02\x02\x02k\x00\x00\x00"s) == R"({"orders":[{"k":"A"}]})");
  CHECK(decode_error(*codec, "\x04\x00\x02\x02k\x02"s) == "orders[1].k: number 1 of 1 symbols");
  CHECK(decode_error(*codec, "\x02\x02\x02"s) == "orders[0][0]: the record ends within the value");
  CHECK(decode_error(*avro(R"("int")"), "") == "the value: the record ends within the value");
}

TEST_CASE("avro decode: bytes that are no value are refused, at every length") {
  const auto error = [](const char* schema, const std::string& bytes) {
    return decode_error(*avro(schema), bytes);
  };
  CHECK(error(R"("boolean")", "\x02") == "the value: a boolean is neither 0 nor 1");
  CHECK(error(R"("int")", "\x80\x80\x80\x80\x10") == "the value: an int has more than 32 bits");
  CHECK(error(R"("long")", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02") ==
        "the value: a number has more than 64 bits");
  CHECK(error(R"("long")", std::string(11, '\xFF')) == "the value: a number has more than 64 bits");
  CHECK(error(R"("string")", "\x01") == "the value: a length is negative");
  CHECK(error(R"("string")",
              "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"
              "abc") == "the value: the record ends within the value");
  CHECK(error(R"(["null"])", "\x02") == "the value: number 1 of 1 branches");
  CHECK(error(R"(["null"])", "\x01") == "the value: number -1 of 1 branches");
  CHECK(error(R"([])", "\0"s) == "the value: number 0 of 0 branches");
  CHECK(error(R"({"type":"array","items":"int"})", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01") ==
        "[0]: a block's count is too large");
  CHECK(error(R"({"type":"bytes","logicalType":"decimal","precision":4})",
              "\x82\x10" + std::string(1'025, '\1')) ==
        "the value: a decimal has more than 1024 bytes");
  CHECK(error(R"({"type":"bytes","logicalType":"big-decimal"})", "\x08\x02\x01\xFE\x7F") ==
        "the value: a decimal's scale is beyond 2460");

  const auto codec = avro(R"({"type":"record","name":"R","fields":[{"name":"a","type":"string"},
    {"name":"b","type":"double"},{"name":"c","type":{"type":"map","values":"long"}}]})");
  const std::string whole = "\x04hi\0\0\0\0\0\0\xF0\x3F\x02\x02k\x80\x01\0"s;
  CHECK(decoded(*codec, whole) == R"({"a":"hi","b":1.0,"c":{"k":64}})");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    CAPTURE(size);
    CHECK(decode_error(*codec, whole.substr(0, size)).find("the record ends within the value") !=
          std::string::npos);
  }
  // As Avro's own readers do.
  CHECK(decoded(*codec, whole + "more") == decoded(*codec, whole));
}

TEST_CASE("avro decode: few bytes that claim to be much cost no more than 32 MiB") {
  // 2^62 items of no bytes.
  const std::string many = "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01";
  CHECK(decode_error(*avro(R"({"type":"array","items":"null"})"), many)
            .find("the value's JSON is longer than 32 MiB") != std::string::npos);
  // 2^80 records of no bytes.
  std::string text = R"({"type":"record","name":"R0","fields":[]})";
  for (int i = 1; i <= 80; ++i)
    text = R"({"type":"record","name":"R)" + std::to_string(i) +
           R"(","fields":[{"name":"a","type":)" + text + R"(},{"name":"b","type":"R)" +
           std::to_string(i - 1) + R"("}]})";
  CHECK(decode_error(*avro(text), "").find("the value's JSON is longer than 32 MiB") !=
        std::string::npos);
  // A record that is itself.
  const auto endless = avro(R"({"type":"record","name":"R","fields":[{"name":"r","type":"R"}]})");
  CHECK(decode_error(*endless, "").find("values are nested more than 100 levels deep") !=
        std::string::npos);
}
