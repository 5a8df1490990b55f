// Which JSON a JSON Schema lets pass.
#include <string>

#include "emulator/schema/json_references.h"
#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;

namespace {

std::shared_ptr<const Codec> json_schema(std::string text,
                                         std::vector<SchemaReference> references = {}) {
  return codec_of(SchemaFormat::JsonSchema, std::move(text), std::move(references));
}

std::string error_of(std::string text, std::vector<SchemaReference> references = {}) {
  return schema_error(SchemaFormat::JsonSchema, std::move(text), std::move(references));
}

bool passes(const std::string& schema, const std::string& value) {
  const auto codec = json_schema(schema);
  if (!decode_error(*codec, value).empty()) return false;
  return decoded(*codec, value) == value;
}

}  // namespace

TEST_CASE("json schema: a payload that passes stays as it was written") {
  const std::string text = " {\"b\": 1.50, \"a\": 12345678901234567890123} ";
  const auto codec = json_schema(R"({"type":"object"})");
  CHECK(decoded(*codec, text) == text);
  CHECK(encoded(*codec, text) == text);
}

TEST_CASE("json schema: each keyword lets pass and refuses") {
  struct Row {
    const char* schema;
    const char* passing;
    const char* refused;
  };
  for (const Row& row : std::initializer_list<Row>{
           {"true", "1", nullptr},
           {"false", nullptr, "1"},
           {"{}", "null", nullptr},
           {R"({"type":"integer"})", "1.0", "1.5"},
           {R"({"type":["null","string"]})", "null", "1"},
           {R"({"enum":[1,"a",{"b":[]}]})", R"({"b":[]})", "2"},
           {R"({"const":{"$ref":"#/nowhere"}})", R"({"$ref":"#/nowhere"})", "1"},
           {R"({"minimum":1,"maximum":3})", "3", "4"},
           {R"({"exclusiveMinimum":1})", "1.1", "1"},
           {R"({"minimum":1,"exclusiveMinimum":true})", "2", "1"},
           {R"({"maximum":1,"exclusiveMaximum":false})", "1", "2"},
           {R"({"multipleOf":0.0001})", "0.0075", "0.00751"},
           {R"({"minLength":2,"maxLength":2})", "\"ü€\"", "\"üöä\""},
           {R"({"pattern":"^a\\d+$"})", "\"a1\"", "\"a1\\n\""},
           {R"({"pattern":"\\u0041"})", "\"xA\"", "\"xB\""},
           {R"({"items":{"type":"integer"}})", "[1,2]", "[1,\"a\"]"},
           {R"({"items":[{"type":"integer"}],"additionalItems":false})", "[1]", "[1,2]"},
           {R"({"prefixItems":[{"type":"integer"}],"items":{"type":"string"}})", "[1,\"a\"]",
            "[1,2]"},
           {R"({"contains":{"const":1}})", "[0,1]", "[0]"},
           {R"({"contains":{"const":1},"minContains":2,"maxContains":2})", "[1,1]", "[1,1,1]"},
           {R"({"minItems":1,"maxItems":2})", "[1]", "[]"},
           {R"({"uniqueItems":true})", "[1,\"1\",[1],{\"a\":1}]", "[1,2,1.0]"},
           {R"({"properties":{"a":{"type":"string"}}})", R"({"b":1})", R"({"a":1})"},
           {R"({"patternProperties":{"^x":{"type":"string"}},"additionalProperties":false})",
            R"({"xa":""})", R"({"a":""})"},
           {R"({"additionalProperties":{"type":"integer"}})", R"({"a":1})", R"({"a":""})"},
           {R"({"propertyNames":{"maxLength":1}})", R"({"a":1})", R"({"ab":1})"},
           {R"({"required":["a"]})", R"({"a":null})", "{}"},
           {R"({"minProperties":1,"maxProperties":1})", R"({"a":1})", R"({"a":1,"b":1})"},
           {R"({"dependencies":{"a":["b"],"c":{"required":["d"]}}})", R"({"c":1,"d":1})",
            R"({"c":1})"},
           {R"({"dependentRequired":{"a":["b"]}})", R"({"a":1,"b":1})", R"({"a":1})"},
           {R"({"dependentSchemas":{"a":{"required":["b"]}}})", "{}", R"({"a":1})"},
           {R"({"allOf":[{"minimum":1},{"maximum":2}]})", "2", "3"},
           {R"({"anyOf":[{"minimum":5},{"type":"string"}]})", "\"\"", "3"},
           {R"({"oneOf":[{"minimum":5},{"maximum":6}]})", "7", "5"},
           {R"({"not":{"type":"null"}})", "1", "null"},
           {R"({"if":{"minimum":5},"then":{"maximum":6},"else":{"const":1}})", "1", "7"},
           {R"({"type":"object","properties":{"next":{"$ref":"#"}},"additionalProperties":false})",
            R"({"next":{"next":{}}})", R"({"next":{"x":1}})"}}) {
    CAPTURE(row.schema, row.passing, row.refused);
    if (row.passing != nullptr) CHECK(passes(row.schema, row.passing));
    if (row.refused != nullptr) CHECK_FALSE(passes(row.schema, row.refused));
  }
}

TEST_CASE("json schema: a fault names its place") {
  const auto codec = json_schema(R"({"properties":{"orders":{"items":{"required":["id"],
    "properties":{"id":{"type":"integer"}}}}}})");
  CHECK(decode_error(*codec, R"({"orders":[{"id":1},{"id":"x"}]})") ==
        "orders[1].id is of the type string, which the schema does not allow");
  CHECK(decode_error(*codec, R"({"orders":[{}]})") == "orders[0] has no member \"id\"");
  CHECK(decode_error(*codec, "{") == "the value is not JSON (at byte 2)");
  CHECK(decode_error(*codec, "") == "the value is not JSON (at byte 1)");
  CHECK(decode_error(*codec, "\"\xFF\"").find("is not JSON") != std::string::npos);
  CHECK(encode_error(*codec, R"({"orders":[{}]})") == "orders[0] has no member \"id\"");
}

TEST_CASE("json schema: references lead into the schema, to anchors, and to other subjects") {
  CHECK(
      passes(R"({"$ref":"#/definitions/a~1b%25","definitions":{"a/b%":{"type":"null"}}})", "null"));
  const std::string anchored =
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$ref":"#here","maximum":5,
          "$defs":{"x":{"$anchor":"here","type":"integer"}}})";
  CHECK(passes(anchored, "5"));
  CHECK_FALSE(passes(anchored, "6"));
  CHECK_FALSE(passes(anchored, "null"));
  // As far as draft 7, what stands beside a reference means nothing.
  CHECK(passes(R"({"$ref":"#/definitions/x","maximum":5,"definitions":{"x":{"type":"integer"}}})",
               "6"));
  const std::string inner_id =
      R"({"$id":"http://x.example/root.json","properties":{"a":{"$ref":"item.json#/definitions/n"}},
          "definitions":{"i":{"$id":"item.json","definitions":{"n":{"type":"integer"}}}}})";
  CHECK(passes(inner_id, R"({"a":1})"));
  CHECK_FALSE(passes(inner_id, R"({"a":""})"));
  const auto codec = json_schema(R"({"items":{"$ref":"item.json"}})",
                                 {{"price.json", R"({"minimum":1})"},
                                  {"item.json", R"({"properties":{"p":{"$ref":"price.json#"}}})"}});
  CHECK(decode_error(*codec, R"([{"p":1}])") == "");
  CHECK(decode_error(*codec, R"([{"p":0}])") == "[0].p is less than 1");
}

TEST_CASE("json schema: addresses are resolved as RFC 3986 has it") {
  const std::string base = "http://a/b/c/d";
  for (const auto& [reference, resolved] :
       std::initializer_list<std::pair<const char*, const char*>>{{"g", "http://a/b/c/g"},
                                                                  {"./g", "http://a/b/c/g"},
                                                                  {"g/", "http://a/b/c/g/"},
                                                                  {"/g", "http://a/g"},
                                                                  {"//g", "http://g"},
                                                                  {"g#s", "http://a/b/c/g#s"},
                                                                  {"#s", "http://a/b/c/d#s"},
                                                                  {"..", "http://a/b/"},
                                                                  {"../g", "http://a/b/g"},
                                                                  {"../../g", "http://a/g"},
                                                                  {"../../../g", "http://a/g"},
                                                                  {"urn:x:y", "urn:x:y"},
                                                                  {"", "http://a/b/c/d"}}) {
    CAPTURE(reference);
    CHECK(resolve_uri(base, reference) == resolved);
  }
  CHECK(resolve_uri("", "a/b.json") == "a/b.json");
  CHECK(resolve_uri("http://a", "g") == "http://a/g");
  CHECK(resolve_uri("urn:x:y", "#s") == "urn:x:y#s");
}

TEST_CASE("json schema: what is none says why") {
  CHECK(error_of("{") == "the JSON schema is not JSON (at byte 2)");
  CHECK(error_of("7") == "a JSON schema is an object, true or false, not number");
  CHECK(error_of(R"({"type":"text"})").find("the JSON schema's \"type\" must be") == 0);
  CHECK(error_of(R"({"minimum":"1"})") == "the JSON schema's \"minimum\" must be a number");
  CHECK(error_of(R"({"multipleOf":0})") ==
        "the JSON schema's \"multipleOf\" must be a number above 0");
  CHECK(error_of(R"({"maxLength":-1})") ==
        "the JSON schema's \"maxLength\" must be a number from 0 on");
  CHECK(error_of(R"({"pattern":"("})").find("\"(\" is no regular expression") == 0);
  CHECK(error_of(R"({"$ref":"#/gone"})") ==
        "the JSON schema's \"$ref\": \"#/gone\" leads nowhere, neither in the schema nor in its "
        "references");
  CHECK(error_of(R"({"$ref":"gone.json"})").find("leads nowhere") != std::string::npos);
  // Texts that are no JSON pointer, or no index.
  for (const auto* reference : {"#/defin~itions/a", "#/required/99999999999999999999"}) {
    CAPTURE(reference);
    CHECK(error_of(R"({"$ref":")" + std::string(reference) + R"(","required":["a"]})")
              .find("leads nowhere") != std::string::npos);
  }
  CHECK(error_of(R"({"$ref":"#/required/0/x","required":["a"]})").find("leads nowhere") !=
        std::string::npos);
  CHECK(error_of(R"({"$ref":"a"})", {{"a", "{"}}) ==
        "the JSON schema of the reference a is not JSON (at byte 2)");
}

TEST_CASE("json schema: hostile schemas and values end soon") {
  CHECK(decode_error(*json_schema(R"({"$ref":"#"})"), "1") ==
        "the JSON schema leads back to itself without an end");
  std::string doubling = R"({"definitions":{"d0":{"not":false})";
  for (int i = 1; i <= 60; ++i) {
    const std::string below = R"({"$ref":"#/definitions/d)" + std::to_string(i - 1) + "\"}";
    doubling += ",\"d" + std::to_string(i) + R"(":{"allOf":[)" + below + "," + below + "]}";
  }
  doubling += R"(},"$ref":"#/definitions/d60"})";
  CHECK(decode_error(*json_schema(doubling), "1") == "the value takes too long to validate");
  const auto regex = json_schema(R"({"pattern":"^(a+)+$"})");
  CHECK(decode_error(*regex, "\"" + std::string(40, 'a') + "b\"") ==
        "a regular expression of the schema takes too long");
  const auto longest = json_schema(R"({"pattern":"^(a|b)*$"})");
  CHECK(decode_error(*longest, "\"" + std::string(100'000, 'a') + "\"").find("overflow") ==
        std::string::npos);
  const auto any = json_schema(R"({"items":{"$ref":"#"}})");
  const std::string deep = std::string(120, '[') + std::string(120, ']');
  CHECK(decode_error(*any, deep) == "values are nested more than 100 levels deep");
  CHECK(decode_error(*any, std::string(100'000, '[')) ==
        "the value is nested more than 500 levels deep");
  std::string chain = R"({"$ref":"#/definitions/c0","definitions":{)";
  for (int i = 0; i < 20'000; ++i)
    chain += "\"c" + std::to_string(i) + R"(":{"$ref":"#/definitions/c)" + std::to_string(i + 1) +
             "\"},";
  chain += R"("c20000":true}})";
  CHECK(decode_error(*json_schema(chain), "1").find("leads back to itself") != std::string::npos);
}

TEST_CASE("json schema: a number of many digits or a bracket within a text is no trouble") {
  const auto any = json_schema("true");
  const std::string brackets = "\"" + std::string(1'000, '[') + "\\\"" + "\"";
  CHECK(decoded(*any, brackets) == brackets);
  CHECK(decode_error(*any, "1e400") == "the value has a number that is too large");
}
