#include "tests/fuzz/schema/targets.h"

#include <array>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "emulator/schema/codec.h"

namespace emulator::fuzz {
namespace {

constexpr std::string_view kAvro = R"({"type":"record","name":"R","fields":[
  {"name":"text","type":["null","string"]},
  {"name":"numbers","type":{"type":"array","items":["int","long","float","double","boolean"]}},
  {"name":"raw","type":["bytes",{"type":"fixed","name":"F","size":16,"logicalType":"uuid"}]},
  {"name":"price","type":[{"type":"bytes","logicalType":"decimal","precision":30,"scale":3},
    {"type":"fixed","name":"D","size":12,"logicalType":"duration"}]},
  {"name":"big","type":{"type":"bytes","logicalType":"big-decimal"}},
  {"name":"map","type":{"type":"map","values":["null","R"]}},
  {"name":"state","type":{"type":"enum","name":"E","symbols":["A","B"]}}]})";
constexpr std::string_view kProto = R"(syntax = "proto3";
import "google/protobuf/timestamp.proto"; import "google/protobuf/struct.proto";
import "google/protobuf/any.proto"; import "google/protobuf/wrappers.proto";
message M {
  message Inner { sint64 s = 1; M m = 2; }
  enum E { A = 0; B = 1; }
  int32 i = 1; string s = 2; bytes b = 3; repeated Inner inner = 4; map<string, M> map = 5;
  google.protobuf.Timestamp at = 6; google.protobuf.Struct extra = 7; E e = 8; double d = 9;
  repeated fixed32 packed = 10; google.protobuf.Any any = 11; google.protobuf.StringValue w = 12;
  oneof choice { uint64 u = 13; bool f = 14; }
})";

void hold(bool condition, const char* what) {
  if (!condition) throw std::logic_error(what);
}

// The value is JSON, or the bytes are refused.
void decode(const Codec& codec, std::string_view body, Framing framing) {
  std::string json;
  try {
    codec.decode(codec.open(body, framing), json);
  } catch (const DecodeError& error) {
    hold(*error.what() != '\0', "an error without words");
    return;
  }
  hold(json.size() <= kDecodedBytesMax, "more JSON than allowed");
  hold(nlohmann::json::accept(json), "what was decoded is no JSON");
}

// A schema, and after the first zero byte what is decoded with it.
void compile_and_decode(SchemaFormat format, std::string_view input) {
  const std::size_t end = std::min(input.find('\0'), input.size());
  SchemaDefinition definition{format, std::string(input.substr(0, end)), {}};
  // The schema is its own reference, too: circles.
  definition.references.push_back({"self", definition.text});
  try {
    const auto codec = compile(definition);
    decode(*codec, end < input.size() ? input.substr(end + 1) : "", Framing::Confluent);
  } catch (const SchemaError& error) {
    hold(*error.what() != '\0', "an error without words");
  }
}

void frame(std::string_view input) {
  for (const Framing framing : {Framing::Confluent, Framing::Glue}) {
    std::string scratch;
    try {
      const Frame parsed = parse_frame(input, framing, scratch);
      hold(parsed.body.size() <= std::max(kFrameBodyBytesMax, input.size()), "too long a body");
      const std::string record = make_frame(parsed.schema_id, parsed.body, framing);
      std::string again;
      hold(parse_frame(record, framing, again).body == parsed.body, "another body");
    } catch (const FrameError& error) {
      hold(*error.what() != '\0', "an error without words");
    }
  }
}

void avro_payload(std::string_view input) {
  static const auto codec = compile({SchemaFormat::Avro, std::string(kAvro), {}});
  decode(*codec, input, Framing::Confluent);
}

void avro_schema(std::string_view input) {
  compile_and_decode(SchemaFormat::Avro, input);
}

// JSON is taken or refused, and what was taken is decoded to JSON.
void avro_json(std::string_view input) {
  static const auto codec = compile({SchemaFormat::Avro, std::string(kAvro), {}});
  std::string payload;
  try {
    payload = codec->encode(input, "", Framing::Confluent);
  } catch (const EncodeError& error) {
    hold(*error.what() != '\0', "an error without words");
    return;
  }
  std::string json;
  codec->decode(codec->open(payload, Framing::Confluent), json);
  hold(nlohmann::json::accept(json), "what was decoded is no JSON");
}

void proto_payload(std::string_view input) {
  static const auto codec = compile({SchemaFormat::Protobuf, std::string(kProto), {}});
  decode(*codec, input, Framing::Confluent);
  decode(*codec, input, Framing::Glue);
}

void proto_schema(std::string_view input) {
  compile_and_decode(SchemaFormat::Protobuf, input);
}

void json_schema(std::string_view input) {
  compile_and_decode(SchemaFormat::JsonSchema, input);
}

}  // namespace

const std::vector<SchemaTarget>& schema_targets() {
  static const std::vector<SchemaTarget> targets{
      {"frame", frame},
      {"avro_payload", avro_payload},
      {"avro_schema", avro_schema},
      {"avro_json", avro_json},
      {"proto_payload", proto_payload},
      {"proto_schema", proto_schema},
      {"json_schema", json_schema},
  };
  return targets;
}

}  // namespace emulator::fuzz
