// Records that the official clients encoded, and what these clients decode (tests/golden/payloads).
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "emulator/schema/codec.h"
#include "tests/support/catch.h"
#include "tests/unit/schema/codec_calls.h"

using namespace emulator;
using namespace emulator::test;
using Json = nlohmann::json;

namespace {

Json all_payloads() {
  std::ifstream file(std::string(KLAMBDA_GOLDEN_DIR) + "/payloads/payloads.json");
  REQUIRE(file.good());
  return Json::parse(file);
}

std::string bytes_of(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  return bytes;
}

SchemaDefinition definition_of(const Json& payload) {
  SchemaDefinition definition;
  definition.format = schema_format(payload["format"].get<std::string>()).value();
  definition.text = payload["schema"];
  for (const Json& reference : payload["references"])
    definition.references.push_back({reference[0], reference[1]});
  return definition;
}

}  // namespace

TEST_CASE("payloads: what official clients encoded decodes to what they decode") {
  const Json payloads = all_payloads();
  REQUIRE(payloads.size() == 16);
  for (const Json& payload : payloads) {
    INFO(payload["name"].get<std::string>());
    const auto codec = compile(definition_of(payload));
    const auto framing = payload["framing"] == "GLUE" ? Framing::Glue : Framing::Confluent;
    const std::string record = bytes_of(payload["record"]);
    const auto expected = payload["json"].get<std::string>();
    std::string scratch;
    const Frame frame = parse_frame(record, framing, scratch);
    CHECK(frame.schema_id == payload["schemaId"].get<std::string>());
    const std::string json = decoded(*codec, frame.body, framing);
    CHECK(Json::parse(json) == Json::parse(expected));
    // Every digit, and each member in the schema's order.
    if (codec->format() == SchemaFormat::Avro) CHECK(json == expected);
  }
}

TEST_CASE("payloads: what is encoded from their JSON is what the clients encode") {
  for (const Json& payload : all_payloads()) {
    INFO(payload["name"].get<std::string>());
    const auto codec = compile(definition_of(payload));
    const auto framing = payload["framing"] == "GLUE" ? Framing::Glue : Framing::Confluent;
    std::string json = payload["json"];
    // A JSON number has no room for all of these digits: people write a string.
    for (const char* price : {"12345678901234567890.12"}) {
      if (const auto at = json.find(price); at != std::string::npos)
        json.replace(at, std::string(price).size(), "\"" + std::string(price) + "\"");
    }
    const std::string type = payload["type"];
    const std::string body = encoded(*codec, json, type, framing);
    const std::string record = bytes_of(payload["record"]);
    std::string scratch;
    const Frame frame = parse_frame(record, framing, scratch);
    // The order of a Protobuf map's entries is anybody's, and JSON may have spaces.
    if (codec->format() == SchemaFormat::Avro)
      CHECK(make_frame(frame.schema_id, body, framing) == record);
    else
      CHECK(Json::parse(decoded(*codec, body, framing)) ==
            Json::parse(decoded(*codec, frame.body, framing)));
  }
}
