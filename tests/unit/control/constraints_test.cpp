#include "emulator/control/constraints.h"

#include <array>
#include <string>

#include "emulator/catalog/api_error.h"
#include "emulator/control/pattern.h"
#include "tests/support/catch.h"

using namespace emulator;
using Type = Shape::Type;

namespace {

constexpr std::array<std::string_view, 2> kArchitectures{"x86_64", "arm64"};
constexpr std::array<Shape, 1> kArchitecture{{{.member = "", .words = kArchitectures}}};
constexpr std::array<Shape, 1> kLayer{
    {{.member = "", .min = 1, .max = 12, .pattern = "(arn:[a-z]+:[0-9]+)|(x)"}}};
constexpr std::array<Shape, 2> kVariable{
    {{.member = "", .pattern = "[a-zA-Z]([a-zA-Z0-9_])+"}, {.member = ""}}};
constexpr std::array<Shape, 1> kEnvironment{{{.member = "Variables",
                                              .type = Type::Map,
                                              .members = kVariable,
                                              .shown = Shape::Shown::Nothing}}};
constexpr std::array<Shape, 2> kWeight{{{.member = "", .min = 1, .max = 1024, .pattern = "[0-9]+"},
                                        {.member = "", .type = Type::Number, .min = 0, .max = 1}}};
constexpr std::array<Shape, 2> kFileSystemMembers{
    {{.member = "Arn", .required = true},
     {.member = "LocalMountPath", .required = true, .pattern = "/mnt/[a-zA-Z0-9-_.]+"}}};
constexpr std::array<Shape, 1> kFileSystem{
    {{.member = "", .type = Type::Object, .members = kFileSystemMembers}}};

constexpr std::array<Shape, 10> kShapes{{
    {.member = "Role", .required = true, .pattern = "arn:.*"},
    {.member = "Description", .min = 0, .max = 6},
    {.member = "Timeout", .type = Type::Integer, .min = 1, .max = 900},
    {.member = "Publish", .type = Type::Flag},
    {.member = "Architectures", .type = Type::List, .min = 1, .max = 1, .members = kArchitecture},
    {.member = "Layers", .type = Type::List, .members = kLayer},
    {.member = "Environment", .type = Type::Object, .members = kEnvironment},
    {.member = "AdditionalVersionWeights", .type = Type::Map, .members = kWeight},
    {.member = "FileSystemConfigs", .type = Type::List, .members = kFileSystem},
    {.member = "At", .type = Type::Timestamp},
}};

// The error's type and message; empty when there is none.
std::string error_of(Json body) {
  if (!body.contains("Role")) body["Role"] = "arn:x";
  try {
    check_shape(body, kShapes);
  } catch (const ApiError& error) {
    return error.type + ": " + error.what();
  }
  return {};
}
std::string wrong_type(const std::string& member, const Json& value) {
  const std::string prefix = "SerializationException: ";
  const auto error = error_of({{member, value}});
  CHECK(error.substr(0, prefix.size()) == prefix);
  return error.substr(std::min(error.size(), prefix.size()));
}
std::string violation(const std::string& member, const Json& value) {
  const std::string prefix = "ValidationException: 1 validation error detected: Value ";
  const auto error = error_of({{member, value}});
  CHECK(error.substr(0, prefix.size()) == prefix);
  return error.substr(std::min(error.size(), prefix.size()));
}

}  // namespace

TEST_CASE("what the model allows is let pass") {
  CHECK(error_of(Json::object()).empty());
  CHECK(error_of({{"Unknown", {1, 2}}, {"Description", nullptr}, {"Timeout", 900}}).empty());
  CHECK(error_of({{"Timeout", 3.9}, {"Publish", true}, {"Architectures", {"arm64"}}}).empty());
  CHECK(error_of({{"Layers", {"arn:x:1", "x"}}, {"At", 1.5}}).empty());
  CHECK(error_of({{"Environment", {{"Variables", {{"AB", ""}}}}}}).empty());
  CHECK(error_of({{"AdditionalVersionWeights", {{"1", 0.5}}}}).empty());
  CHECK(error_of({{"Description", "äöüäöü"}}).empty());  // characters, not bytes
}

TEST_CASE("a wrong JSON type is a SerializationException") {
  CHECK(wrong_type("Timeout", "3") == "STRING_VALUE can not be converted to an Integer");
  CHECK(wrong_type("Timeout", true) == "TRUE_VALUE can not be converted to an Integer");
  CHECK(wrong_type("Timeout", {1}) == "Start of list found where not expected");
  CHECK(wrong_type("Timeout", {{"a", 1}}) == "Start of structure or map found where not expected.");
  CHECK(wrong_type("Description", 1) == "NUMBER_VALUE can not be converted to a String");
  CHECK(wrong_type("Publish", 0) == "NUMBER_VALUE can not be converted to a Boolean");
  CHECK(wrong_type("At", "now") == "STRING_VALUE can not be converted to milliseconds since epoch");
  CHECK(wrong_type("Architectures", "x86_64") == "Expected list or null");
  CHECK(wrong_type("Architectures", {1}) == "NUMBER_VALUE can not be converted to a String");
  CHECK(wrong_type("Environment", "x") == "Expected null");
  CHECK(wrong_type("Environment", Json::array()) == "Start of list found where not expected");
  CHECK(wrong_type("Environment", {{"Variables", {{"A", 1}}}}) ==
        "NUMBER_VALUE can not be converted to a String");
  // Before any constraint.
  CHECK(error_of({{"Role", "r1"}, {"Publish", "x"}}) ==
        "SerializationException: STRING_VALUE can not be converted to a Boolean");
}

TEST_CASE("violated constraints are worded as AWS words them") {
  CHECK(violation("Timeout", 901) ==
        "'901' at 'timeout' failed to satisfy constraint: Member must have value less than or "
        "equal to 900");
  CHECK(violation("Timeout", 0) ==
        "'0' at 'timeout' failed to satisfy constraint: Member must have value greater than or "
        "equal to 1");
  CHECK(violation("Description", "1234567") ==
        "'1234567' at 'description' failed to satisfy constraint: Member must have length less "
        "than or equal to 6");
  CHECK(violation("Role", nullptr) ==
        "null at 'role' failed to satisfy constraint: Member must not be null");
  CHECK(violation("Role", "r1") ==
        "'r1' at 'role' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: arn:.*");
}

TEST_CASE("lists and maps are worded as a whole") {
  CHECK(violation("Architectures", {"x86_64", "arm64"}) ==
        "'[x86_64, arm64]' at 'architectures' failed to satisfy constraint: Member must have "
        "length less than or equal to 1");
  CHECK(violation("Architectures", {"X86_64"}) ==
        "'[X86_64]' at 'architectures' failed to satisfy constraint: Member must satisfy "
        "constraint: [Member must satisfy enum value set: [x86_64, arm64], Member must not be "
        "null]");
  CHECK(violation("Layers", {"none"}) ==
        "'[none]' at 'layers' failed to satisfy constraint: Member must satisfy constraint: "
        "[Member must have length less than or equal to 12, Member must have length greater than "
        "or equal to 1, Member must satisfy regular expression pattern: (arn:[a-z]+:[0-9]+)|(x), "
        "Member must not be null]");
  CHECK(violation("Environment", {{"Variables", {{"1SECRET", "x"}}}}) ==
        "at 'environment.variables' failed to satisfy constraint: Map keys must satisfy "
        "constraint: [Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+, "
        "Member must not be null]");
  CHECK(violation("AdditionalVersionWeights", {{"1", 2.0}}) ==
        "'{1=2.0}' at 'additionalVersionWeights' failed to satisfy constraint: Map value must "
        "satisfy constraint: [Member must have value less than or equal to 1.0, Member must have "
        "value greater than or equal to 0.0, Member must not be null]");
  CHECK(violation("FileSystemConfigs", {{{"Arn", "a"}}}) ==
        "null at 'fileSystemConfigs.1.member.localMountPath' failed to satisfy constraint: Member "
        "must not be null");
}

TEST_CASE("several violations are one error") {
  CHECK(error_of({{"Role", "r1"}, {"Timeout", 0}}) ==
        "ValidationException: 2 validation errors detected: Value 'r1' at 'role' failed to satisfy "
        "constraint: Member must satisfy regular expression pattern: arn:.*; Value '0' at "
        "'timeout' failed to satisfy constraint: Member must have value greater than or equal to "
        "1");
}

TEST_CASE("a text of path or query is checked under its name") {
  const Shape version{.member = "", .max = 3, .pattern = "[0-9]+"};
  CHECK_NOTHROW(check_text("12", "qualifier", version));
  CHECK_THROWS_WITH(check_text("x", "qualifier", version),
                    "1 validation error detected: Value 'x' at 'qualifier' failed to satisfy "
                    "constraint: Member must satisfy regular expression pattern: [0-9]+");
}

TEST_CASE("patterns are read as the API's model writes them") {
  CHECK(matches_pattern("a-b_c", "[a-zA-Z0-9-_]+"));
  CHECK(matches_pattern("bucket", R"([0-9A-Za-z\.\-_]*(?<!\.))"));
  CHECK_FALSE(matches_pattern("bucket.", R"([0-9A-Za-z\.\-_]*(?<!\.))"));
  CHECK(matches_pattern("Straße 1", R"(([\p{L}\p{Z}\p{N}_.:/=+\-@]*))"));
  CHECK_FALSE(matches_pattern("12", "(?!^[0-9]+$)([a-zA-Z0-9-_]+)"));
  CHECK_FALSE(matches_pattern("ab\n", "[a-z]+"));
  CHECK_FALSE(matches_pattern("\xff", R"([^\s]+)"));
  CHECK(matches_pattern(std::string(5'000'000, 'a'), "[a-z]+"));
  CHECK_FALSE(matches_pattern(std::string(100'000, 'a') + "!", "(([a-z])+.)+x"));
}
