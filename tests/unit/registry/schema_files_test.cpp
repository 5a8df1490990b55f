#include "emulator/registry/schema_files.h"

#include <string>

#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/support/temporary_directory.h"

namespace emulator {
namespace {

namespace fs = std::filesystem;

struct Rig {
  TemporaryDirectory directory;
  const fs::path schemas = directory.path() / "schemas";
  void write(const std::string& name, const std::string& text) const {
    directory.write("schemas/" + name, text);
  }
  SchemaSource::Fetched fetch(const std::string& id) const {
    return SchemaFiles(schemas).fetch(id, {});
  }
};

TEST_CASE("schema files: the id in a name") {
  CHECK(id_of_file("7.avsc") == "7");
  CHECK(id_of_file("orders-value.7.proto") == "7");
  CHECK(id_of_file("orders.B7B4A7F0-9c96-4e4a-a687-fb5de9ef0c63.json") ==
        "b7b4a7f0-9c96-4e4a-a687-fb5de9ef0c63");
  for (const char* none : {"orders.avsc", "7.txt", "7", "com.acme.Money.avsc", "12345678901.avsc"})
    CHECK_FALSE(id_of_file(none));
}

TEST_CASE_METHOD(Rig, "schema files: a schema by its id, and what is missing") {
  write("orders.7.avsc", "\"string\"");
  write("8.json", "{}");
  CHECK(std::get<SchemaDefinition>(fetch("7")).text == "\"string\"");
  CHECK(std::get<SchemaDefinition>(fetch("8")).format == SchemaFormat::JsonSchema);
  CHECK(std::get<MissingSchema>(fetch("9")).text.starts_with("schema 9 is not in "));
  write("9.proto", "syntax = \"proto3\";");
  CHECK(std::get<SchemaDefinition>(fetch("9")).format == SchemaFormat::Protobuf);
}

TEST_CASE_METHOD(Rig, "schema files: an id in two files is the user's to mend") {
  write("a.7.avsc", "\"string\"");
  write("b.7.avsc", "\"int\"");
  CHECK(std::get<SourceProblem>(fetch("7")).text.find("in two files") != std::string::npos);
  fs::remove_all(schemas);
  CHECK(std::get<SourceProblem>(fetch("7")).kind == SourceProblem::Kind::RegistryUnreachable);
}

TEST_CASE_METHOD(Rig, "schema files: Avro types that have a file of their own") {
  write("7.avsc", R"({"type":"record","name":"Order","namespace":"com.acme","fields":[
    {"name":"total","type":"Money"},
    {"name":"lines","type":{"type":"array","items":["null","other.Line"]}},
    {"name":"note","type":"string"}]})");
  write("com.acme.Money.avsc", R"({"type":"record","name":"Money","fields":[
    {"name":"currency","type":"com.acme.Currency"}]})");
  write("com.acme.Currency.avsc", R"({"type":"enum"})");
  write("other.Line.avsc", "{}");
  write("note.avsc", "{}");
  const auto schema = std::get<SchemaDefinition>(fetch("7"));
  REQUIRE(schema.references.size() == 3);
  CHECK(schema.references[0].name == "com.acme.Currency");
  CHECK(schema.references[1].name == "com.acme.Money");
  CHECK(schema.references[2].name == "other.Line");
}

TEST_CASE_METHOD(Rig, "schema files: imports and $refs, and none from outside") {
  write("7.proto",
        "import \"common/money.proto\";\nimport public \"google/protobuf/any.proto\";\n"
        "import \"../secret.proto\";");
  write("common/money.proto", "import \"7.proto\";");
  directory.write("secret.proto", "x");
  const auto proto = std::get<SchemaDefinition>(fetch("7"));
  REQUIRE(proto.references.size() == 2);  // the circle is the compiler's to refuse
  CHECK(proto.references[1].name == "common/money.proto");

  write("8.json", R"({"properties":{"a":{"$ref":"money.json#/a"},"b":{"$ref":"#/c"}}})");
  write("money.json", "{}");
  const auto json = std::get<SchemaDefinition>(fetch("8"));
  REQUIRE(json.references.size() == 1);
  CHECK(json.references[0].name == "money.json");
}

TEST_CASE_METHOD(Rig, "schema files: a file that is no schema by its name") {
  write("orders.txt", "x");
  CHECK_THROWS_AS(read_schema_file(schemas / "orders.txt", schemas), ConfigError);
  CHECK_THROWS_AS(read_schema_file(schemas / "none.avsc", schemas), ConfigError);
}

}  // namespace
}  // namespace emulator
