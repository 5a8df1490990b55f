// Which JSON is taken for an Avro schema, and what it becomes.
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;
using namespace std::string_literals;

TEST_CASE("avro encode: primitive types") {
  CHECK(encoded(*avro(R"("null")"), "null").empty());
  CHECK(encoded(*avro(R"("boolean")"), "true") == "\x01");
  CHECK(encoded(*avro(R"("int")"), "-64") == "\x7F");
  CHECK(encoded(*avro(R"("int")"), "64") == "\x80\x01");
  CHECK(encoded(*avro(R"("long")"), "9223372036854775807") ==
        "\xFE\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
  CHECK(encoded(*avro(R"("long")"), "-9223372036854775808") ==
        "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01");
  CHECK(encoded(*avro(R"("long")"), "5.0") == "\x0A");
  CHECK(encoded(*avro(R"("double")"), "1") == "\0\0\0\0\0\0\xF0\x3F"s);
  CHECK(encoded(*avro(R"("double")"), R"("-Infinity")") == "\0\0\0\0\0\0\xF0\xFF"s);
  CHECK(encoded(*avro(R"("float")"), "0.1") == "\xCD\xCC\xCC\x3D"s);
  CHECK(encoded(*avro(R"("bytes")"), "\"\\u0000\\u00ffA\"") ==
        "\x06\x00\xFF"
        "A"s);
}

TEST_CASE("avro encode: JSON of another type or range is refused, with its place") {
  const auto error = [](const char* schema, const char* json) {
    return encode_error(*avro(schema), json);
  };
  CHECK(error(R"("int")", "\"1\"") == "the value: the schema asks for int, not for string");
  CHECK(error(R"("int")", "1.5") == "the value: the schema asks for int, not for number");
  CHECK(error(R"("int")", "2147483648") == "the value: an int has no more than 32 bits");
  CHECK(error(R"("long")", "9223372036854775808") ==
        "the value: the schema asks for long, not for number");
  CHECK(error(R"("float")", "1e39") == "the value: a float holds no number as large");
  CHECK(error(R"("null")", "0") == "the value: the schema asks for null, not for number");
  CHECK(error(R"("bytes")", "\"\\u0100\"") == "the value: a character of bytes is beyond U+00FF");
  CHECK(error(R"({"type":"fixed","name":"F","size":2})", "\"A\"") ==
        "the value: F has 2 bytes, not 1");
  CHECK(error(R"({"type":"enum","name":"E","symbols":["A"]})", "\"B\"") ==
        "the value: E has no symbol \"B\"");
  CHECK(error(R"(["null","int"])", "\"x\"") ==
        "the value: the value fits none of the union's types: null, int");
  CHECK(error(R"("int")", "{") == "the value is not JSON (at byte 2)");
  const char* record = R"({"type":"record","name":"R","fields":[{"name":"a","type":
    {"type":"array","items":"int"}}]})";
  CHECK(error(record, "{}") == "a: is missing, and the schema has no default for it");
  CHECK(error(record, R"({"a":[1,true]})") == "a[1]: the schema asks for int, not for boolean");
  CHECK(error(record, R"({"a":[],"b":1})") == "the value: R has no field \"b\"");
}

TEST_CASE("avro encode: a member that is missing has its default") {
  const auto codec = avro(R"({"type":"record","name":"R","fields":[
    {"name":"a","type":"int","default":7},
    {"name":"b","type":["null","string"],"default":null},
    {"name":"c","type":{"type":"map","values":"int"},"default":{}}]})");
  CHECK(decoded(*codec, encoded(*codec, "{}")) == R"({"a":7,"b":null,"c":{}})");
  CHECK(decoded(*codec, encoded(*codec, R"({"b":"x"})")) == R"({"a":7,"b":"x","c":{}})");
}

TEST_CASE("avro encode: a union takes the first type that fits, or the one that is named") {
  const auto codec = avro(R"(["null","int","string",
    {"type":"record","name":"n.A","fields":[{"name":"x","type":"int"}]},
    {"type":"record","name":"n.B","fields":[{"name":"x","type":"int"},
      {"name":"y","type":"int","default":0}]}])");
  CHECK(encoded(*codec, "null") == "\x00"s);
  CHECK(encoded(*codec, "1") == "\x02\x02");
  CHECK(encoded(*codec, "\"1\"") ==
        "\x04\x02"
        "1");
  CHECK(encoded(*codec, R"({"x":1})") == "\x06\x02");
  CHECK(encoded(*codec, R"({"x":1,"y":2})") == "\x08\x02\x04");
  CHECK(encoded(*codec, R"({"n.B":{"x":1}})") == "\x08\x02\x00"s);
  CHECK(encoded(*codec, R"({"string":"s"})") == "\x04\x02s");
  CHECK(encode_error(*codec, R"({"int":"s"})") ==
        "the value: the schema asks for int, not for string");
}

TEST_CASE("avro encode: decimals keep every digit or are refused") {
  const auto price = avro(R"({"type":"bytes","logicalType":"decimal","precision":20,"scale":2})");
  CHECK(encoded(*price, "12.34") == "\x04\x04\xD2");
  CHECK(encoded(*price, "\"12.34\"") == "\x04\x04\xD2");
  CHECK(encoded(*price, "12") == "\x04\x04\xB0");
  CHECK(encoded(*price, "-0.01") == "\x02\xFF");
  CHECK(decoded(*price, encoded(*price, "\"123456789012345678.12\"")) == "123456789012345678.12");
  CHECK(encode_error(*price, "123456789012345678.12").find("write it as a string") !=
        std::string::npos);
  CHECK(encode_error(*price, "12.345") ==
        "the value: \"12.345\" is no decimal with 2 digits after the point");
  CHECK(encode_error(*price, "\"1234567890123456789.12\"") ==
        "the value: 1234567890123456789.12 has more than 20 digits");
  CHECK(encode_error(*price, "true") == "the value: the schema asks for a decimal");
  const auto fixed = avro(R"({"type":"fixed","name":"F","size":4,"logicalType":"decimal",
                              "precision":9})");
  CHECK(encoded(*fixed, "1") == "\x00\x00\x00\x01"s);
  CHECK(encoded(*fixed, "-2") == "\xFF\xFF\xFF\xFE");
  const auto any = avro(R"({"type":"bytes","logicalType":"big-decimal"})");
  for (const char* number : {"0", "123.4", "-0.001"})
    CHECK(decoded(*any, encoded(*any, number)) == number);
}

TEST_CASE("avro encode: other logical types as they are decoded") {
  const auto uuid = avro(R"({"type":"fixed","name":"F","size":16,"logicalType":"uuid"})");
  const std::string id = R"("00112233-4455-6677-8899-aabbccddeeff")";
  CHECK(decoded(*uuid, encoded(*uuid, id)) == id);
  CHECK(encode_error(*uuid, "\"0011\"") == "the value: the schema asks for a UUID");
  const auto duration = avro(R"({"type":"fixed","name":"F","size":12,"logicalType":"duration"})");
  const std::string time = R"({"months":1,"days":2,"millis":4294967295})";
  CHECK(decoded(*duration, encoded(*duration, time)) == time);
  for (const char* wrong : {"1", "{}", R"({"months":-1,"days":0,"millis":0})"})
    CHECK(encode_error(*duration, wrong).find("asks for a duration") != std::string::npos);
}

TEST_CASE("avro encode: deep values and unions without an end are given up") {
  const auto list =
      avro(R"({"type":"record","name":"R","fields":[{"name":"n","type":["null","R"]}]})");
  std::string deep = "null";
  for (int i = 0; i < 120; ++i) deep = R"({"n":)" + deep + "}";
  CHECK_FALSE(encode_error(*list, deep).empty());
  // Each level could be tried in twenty ways.
  std::string record;
  for (int level = 0; level < 12; ++level) {
    std::string members;
    for (int i = 0; i < 20; ++i)
      members += (i > 0 ? "," : "") + R"({"type":"record","name":"L)"s + std::to_string(level) +
                 "_" + std::to_string(i) + R"(","fields":[{"name":"n","type":)" +
                 (i == 0 && level > 0 ? record : R"("int")") + "}]}";
    record = "[" + members + "]";
  }
  std::string value = "\"no int\"";
  for (int level = 0; level < 12; ++level) value = R"({"n":)" + value + "}";
  CHECK_FALSE(encode_error(*avro(record), value).empty());
}
