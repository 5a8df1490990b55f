// Which Protobuf schemas are understood, which message a record is, what JSON it becomes.
#include <string>

#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;
using namespace std::string_literals;

namespace {

std::shared_ptr<const Codec> proto(std::string text, std::vector<SchemaReference> references = {}) {
  return codec_of(SchemaFormat::Protobuf, std::move(text), std::move(references));
}

std::string error_of(std::string text, std::vector<SchemaReference> references = {}) {
  return schema_error(SchemaFormat::Protobuf, std::move(text), std::move(references));
}

// B = 0, B.A = 1, B.A.D = 2, B.C = 3 are Glue's numbers of these.
const std::string kNested = R"(syntax = "proto3";
message B {
  message C { int32 c = 1; }
  message A { message D { int32 d = 1; } int32 a = 1; }
  int32 b = 1;
})";

}  // namespace

TEST_CASE("protobuf: Confluent's indexes say which message within which") {
  const auto codec = proto(kNested);
  CHECK(decoded(*codec, "\x00\x08\x07"s) == R"({"b":7})");
  CHECK(decoded(*codec, "\x02\x00\x08\x07"s) == R"({"b":7})");  // one index, written out
  CHECK(decoded(*codec, "\x04\x00\x00\x08\x07"s) == R"({"c":7})");
  CHECK(decoded(*codec, "\x04\x00\x02\x08\x07"s) == R"({"a":7})");
  CHECK(decoded(*codec, "\x06\x00\x02\x00\x08\x07"s) == R"({"d":7})");
  // What SOURCE delivers has no indexes.
  CHECK(codec->open("\x06\x00\x02\x00\x08\x07"s, Framing::Confluent).payload == "\x08\x07");
  for (const std::string& body : {""s, "\x02"s, "\x02\x02"s, "\x04\x00\x04"s, "\x01\x00"s,
                                  "\x02\x01"s, "\xFE\xFF\xFF\xFF\x0F"s, std::string(9, '\xFF')})
    CHECK(decode_error(*codec, body) ==
          "the record does not begin with the indexes of one of the schema's 4 messages");
}

TEST_CASE("protobuf: Glue's number counts all messages in order of their names") {
  const auto codec = proto(kNested);
  const char* members[] = {"b", "a", "d", "c"};
  for (int i = 0; i < 4; ++i)
    CHECK(decoded(*codec, std::string(1, static_cast<char>(i)) + "\x08\x07", Framing::Glue) ==
          "{\"" + std::string(members[i]) + "\":7}");
  CHECK(codec->open("\x03\x08\x07", Framing::Glue).payload == "\x08\x07");
  for (const std::string& body : {""s, "\x04"s, "\x80"s, std::string(6, '\xFF')})
    CHECK(decode_error(*codec, body, Framing::Glue) ==
          "the record does not begin with the number of one of the schema's 4 messages");
}

TEST_CASE("protobuf: what is encoded names its message in either way") {
  const auto codec = proto(kNested);
  CHECK(encoded(*codec, R"({"b":7})") == "\x00\x08\x07"s);
  CHECK(encoded(*codec, R"({"d":7})", "B.A.D") == "\x06\x00\x02\x00\x08\x07"s);
  CHECK(encoded(*codec, R"({"d":7})", "B.A.D", Framing::Glue) == "\x02\x08\x07");
  CHECK(encode_error(*codec, "{}", "B.X") == "the schema has no message B.X");
  CHECK(encode_error(*codec, R"({"x":7})").find("the value is no B: ") == 0);
  CHECK(encode_error(*codec, "{").find("the value is no B: ") == 0);
}

TEST_CASE("protobuf: names of fields are the schema's, and what is taken has either way") {
  const auto codec = proto(R"(syntax = "proto3"; message M { int32 unit_price = 1; })");
  CHECK(decoded(*codec, "\x00\x08\x07"s) == R"({"unit_price":7})");
  CHECK(encoded(*codec, R"({"unit_price":7})") == "\x00\x08\x07"s);
  CHECK(encoded(*codec, R"({"unitPrice":7})") == "\x00\x08\x07"s);
}

TEST_CASE("protobuf: proto2's required fields are asked for") {
  const auto codec = proto(R"(syntax = "proto2"; message M { required int32 a = 1; })");
  CHECK(decoded(*codec, "\x00\x08\x07"s) == R"({"a":7})");
  CHECK(decode_error(*codec, "\x00"s) == "the message M lacks a");
  CHECK(encode_error(*codec, "{}").find("missing field a") != std::string::npos);
}

TEST_CASE("protobuf: bytes that are no message are refused") {
  const auto codec = proto(R"(syntax = "proto3"; message M { string s = 1; M m = 2; })");
  for (const std::string& payload :
       {"\x0A"s,
        "\x0A\x05"
        "ab"s,
        "\x0A\x01\xFF"s, "\x07"s, "\x0A\xFF\xFF\xFF\xFF\x0F"s, "\x00\x00"s}) {
    CHECK(decode_error(*codec, "\x00"s + payload) == "the bytes are no message M");
  }
  std::string deep;
  for (int i = 0; i < 120; ++i) {
    std::string size;
    for (std::size_t left = deep.size(); true; left >>= 7U) {
      size += static_cast<char>((left & 0x7FU) | (left >= 0x80 ? 0x80U : 0U));
      if (left < 0x80) break;
    }
    deep = "\x12" + size + deep;
  }
  CHECK(decode_error(*codec, "\x00"s + deep) == "the bytes are no message M");
}

TEST_CASE("protobuf: a long name in the schema makes no endless JSON of a few bytes") {
  const std::string name(1'000'000, 'n');
  const auto codec =
      proto("syntax = \"proto3\"; message M { repeated M m = 1; int32 " + name + " = 2; }");
  std::string body(1, '\0');
  for (int i = 0; i < 1'000; ++i) body += "\x0A\x02\x10\x01";
  CHECK(decode_error(*codec, body) == "the value's JSON is longer than 32 MiB");
}

TEST_CASE("protobuf: imports are references, or known to everybody") {
  const SchemaReference leaf{"a/leaf.proto",
                             R"(syntax = "proto3"; package a; message Leaf { int32 l = 1; })"};
  const SchemaReference branch{
      "a/branch.proto",
      R"(syntax = "proto3"; package a; import "a/leaf.proto"; message Branch { Leaf leaf = 1; })"};
  const std::string text =
      R"(syntax = "proto3"; import "a/branch.proto"; import "a/leaf.proto";
         message M { a.Branch b = 1; a.Leaf l = 2; })";
  for (const auto& references : {std::vector{leaf, branch}, std::vector{branch, leaf}})
    CHECK(decoded(*proto(text, references), "\x00\x0A\x04\x0A\x02\x08\x07"s) ==
          R"({"b":{"leaf":{"l":7}}})");
  CHECK(error_of(text, {branch}) ==
        "a/branch.proto imports a/leaf.proto, which is no reference of the schema");
  for (const char* known :
       {"google/protobuf/any.proto", "google/protobuf/duration.proto",
        "google/protobuf/descriptor.proto", "google/type/date.proto", "google/type/datetime.proto",
        "google/type/money.proto", "google/type/dayofweek.proto", "google/type/latlng.proto",
        "google/type/timeofday.proto", "google/type/decimal.proto", "google/type/interval.proto",
        "confluent/meta.proto", "confluent/type/decimal.proto"})
    CHECK(error_of(R"(syntax = "proto3"; import ")" + std::string(known) + R"("; message M {})") ==
          "");
  const auto tagged = proto(R"(syntax = "proto3"; import "confluent/meta.proto";
    message M { int32 a = 1 [(confluent.field_meta).tags = "PII"]; })");
  CHECK(decoded(*tagged, "\x00\x08\x07"s) == R"({"a":7})");
}

TEST_CASE("protobuf: imports that lead back to themselves are refused") {
  CHECK(error_of(R"(syntax = "proto3"; import "a.proto"; message M {})",
                 {{"a.proto", R"(syntax = "proto3"; import "b.proto";)"},
                  {"b.proto", R"(syntax = "proto3"; import "a.proto";)"}}) ==
        "the import a.proto of the Protobuf schema leads back to itself");
  // A reference that has the name under which the schema itself would be compiled.
  CHECK(error_of(R"(syntax = "proto3"; import "schema.proto"; message M {})",
                 {{"schema.proto", R"(syntax = "proto3"; message N {})"}}) == "");
}

TEST_CASE("protobuf: what is no schema says why, with its line") {
  CHECK(error_of("").find("the Protobuf schema has no message") == 0);
  CHECK(error_of("syntax = \"proto3\";\nmessage M {\n  int32 a = ;\n}")
            .find("the Protobuf schema (schema.proto) does not parse: line 3, column 13: ") == 0);
  CHECK(error_of(R"(syntax = "proto3"; message M { X x = 1; })") ==
        "the Protobuf schema does not hold: schema.proto: M.x: \"X\" is not defined.");
  CHECK(error_of(R"(syntax = "proto3"; message M { int32 a = 1; int32 b = 1; })")
            .find("the Protobuf schema does not hold: ") == 0);
  std::string deep;
  for (int i = 0; i < 5'000; ++i) deep += "message M { ";
  CHECK(error_of(R"(syntax = "proto3"; )" + deep).find("nested") != std::string::npos);
}
