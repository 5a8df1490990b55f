// Which Avro schemas are understood, and how the others are refused.
#include <string>

#include "emulator/schema/avro_schema.h"
#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;
using namespace std::string_literals;

namespace {

std::string error_of(const std::string& text, std::vector<SchemaReference> references = {}) {
  return schema_error(SchemaFormat::Avro, text, std::move(references));
}

std::string record(const std::string& name, const std::string& type) {
  return R"({"type":"record","name":")" + name + R"(","fields":[{"name":"f","type":)" + type +
         "}]}";
}

}  // namespace

TEST_CASE("avro schema: names are looked up in the enclosing namespace, then as they are") {
  const std::string text = R"({"type":"record","name":"a.b.Outer","fields":[
    {"name":"x","type":{"type":"enum","name":"E","symbols":["S"]}},
    {"name":"y","type":"E"},
    {"name":"z","type":"a.b.E"},
    {"name":"w","type":{"type":"record","name":"Inner","namespace":"c","fields":[
      {"name":"v","type":"a.b.E"},{"name":"u","type":["null","Inner"]}]}},
    {"name":"t","type":"c.Inner"}]})";
  const AvroSchema schema({SchemaFormat::Avro, text, {}});
  const AvroType& outer = schema.root();
  CHECK(outer.name == "a.b.Outer");
  CHECK(outer.fields[0].type->name == "a.b.E");
  CHECK(outer.fields[1].type == outer.fields[0].type);
  CHECK(outer.fields[2].type == outer.fields[0].type);
  const AvroType& inner = *outer.fields[3].type;
  CHECK(inner.name == "c.Inner");
  CHECK(inner.fields[0].type == outer.fields[0].type);
  CHECK(inner.fields[1].type->branches[1] == &inner);
  CHECK(outer.fields[4].type == &inner);
}

TEST_CASE("avro schema: references define types, in any order, also for each other") {
  const SchemaReference leaf{"x.Leaf",
                             R"({"type":"fixed","name":"Leaf","namespace":"x","size":1})"};
  const SchemaReference branch{"x.Branch", record("x.Branch", R"("x.Leaf")")};
  for (const auto& references : {std::vector{leaf, branch}, std::vector{branch, leaf}}) {
    const auto codec = avro(record("Tree", R"(["x.Branch","x.Leaf"])"), references);
    CHECK(decoded(*codec,
                  "\x00"
                  "A"s) == R"({"f":{"f":"A"}})");
    CHECK(decoded(*codec,
                  "\x02"
                  "A"s) == R"({"f":"A"})");
  }
  // A subject may define more than the type that it is named after.
  const SchemaReference both{"all-types", "[" + leaf.text + "," + branch.text + "]"};
  CHECK(decoded(*avro(R"("x.Branch")", {both}), "A") == R"({"f":"A"})");
}

TEST_CASE("avro schema: references that are missing, none, or lead in a circle are refused") {
  CHECK(error_of(record("R", R"("x.Gone")")) ==
        "the Avro type x.Gone is not defined, neither in the schema nor in its references");
  CHECK(error_of(record("R", R"("x.B")"), {{"x.B", "{"}}) ==
        "the Avro schema of the reference x.B is not JSON (at byte 2)");
  const std::string circle = error_of(R"("x.A")", {{"x.A", R"({"type":"array","items":"x.B"})"},
                                                   {"x.B", R"({"type":"array","items":"x.A"})"}});
  CHECK(circle.find("is not defined") != std::string::npos);
  CHECK(error_of(record("x.A", R"("x.B")"),
                 {{"x.B", record("x.B", R"("x.C")")}, {"x.C", record("x.A", R"("int")")}})
            .find("the Avro type x.A is defined twice") == 0);
}

TEST_CASE("avro schema: what is none says why") {
  CHECK(error_of("") == "the Avro schema is not JSON (at byte 1)");
  CHECK(error_of("7") == "an Avro type is a name, a list or an object, not 7");
  CHECK(error_of("{}") == "an Avro type has no \"type\"");
  CHECK(error_of(R"("strin")") ==
        "the Avro type strin is not defined, neither in the schema nor in its references");
  CHECK(error_of(R"({"type":"array"})") == "an Avro array has no \"items\"");
  CHECK(error_of(R"({"type":"map"})") == "an Avro map has no \"values\"");
  CHECK(error_of(R"({"type":"record","fields":[]})") == "an Avro record has no name");
  CHECK(error_of(R"({"type":"record","name":"R"})") == "the Avro record R has no list of fields");
  CHECK(error_of(R"({"type":"record","name":"R","fields":[{}]})") ==
        "a field of the Avro record R has no name");
  CHECK(error_of(R"({"type":"record","name":"R","fields":[7]})") ==
        "a field of the Avro record R has no name");
  CHECK(error_of(R"({"type":"record","name":"R","fields":[{"name":"f"}]})") ==
        "the field f of the Avro record R has no type");
  CHECK(error_of(R"({"type":"record","name":"R","fields":[{"name":"f","type":"int"},)"
                 R"({"name":"f","type":"int"}]})") == "the Avro record R has two fields f");
  CHECK(error_of(R"({"type":"enum","name":"E"})") == "the Avro enum E has no list of symbols");
  CHECK(error_of(R"({"type":"enum","name":"E","symbols":[1]})") ==
        "a symbol of the Avro enum E is no text");
  for (const char* size : {"-1", "1.5", "\"4\"", "99999999999"})
    CHECK(error_of(R"({"type":"fixed","name":"F","size":)" + std::string(size) + "}") ==
          "the size of the Avro fixed F must be a number from 0 to 33554432");
  CHECK(error_of(R"(["int",["string"]])") == "an Avro union holds another one directly");
}

TEST_CASE("avro schema: limits of depth, length and references") {
  std::string deep = R"("int")";
  for (int i = 0; i < 150; ++i) deep = R"({"type":"array","items":)" + deep + "}";
  CHECK(error_of(deep) == "the Avro schema is nested more than 100 types deep");
  CHECK(error_of(std::string(100'000, '[')) ==
        "the Avro schema is nested more than 500 levels deep");
  CHECK(error_of(std::string(kSchemaBytesMax + 1, ' ')) ==
        "the schema and its references are longer than 4 MiB");
  CHECK(error_of(R"("int")", {{"a", ""}, {"a", ""}}) == "the schema has two references a");
  std::vector<SchemaReference> many;
  for (std::size_t i = 0; i <= kSchemaReferencesMax; ++i) many.push_back({std::to_string(i), ""});
  CHECK(error_of(R"("int")", many) == "the schema has more than 1000 references");
}

TEST_CASE("avro schema: logical types that are wrong are as if they were not there") {
  for (const char* attributes :
       {R"("precision":0)", R"("precision":-1)", R"("precision":3,"scale":4)",
        R"("precision":3,"scale":-1)", R"("precision":99999)", R"("precision":"3")", R"("x":1)"}) {
    const auto codec =
        avro(R"({"type":"bytes","logicalType":"decimal",)" + std::string(attributes) + "}");
    CHECK(decoded(*codec,
                  "\x04"
                  "AB") == "\"AB\"");
  }
  CHECK(decoded(*avro(R"({"type":"fixed","name":"F","size":2,"logicalType":"uuid"})"), "AB") ==
        "\"AB\"");
  CHECK(decoded(*avro(R"({"type":"string","logicalType":"decimal","precision":3})"),
                "\x02"
                "7") == "\"7\"");
}
