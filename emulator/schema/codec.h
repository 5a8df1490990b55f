// What a schema makes of a record's bytes, and of JSON: decodes Avro, Protobuf and JSON Schema
// payloads into plain JSON text, and encodes JSON text as such payloads. Pure: knows neither
// registries nor Kafka.
//
// A codec never changes once compile() has made it: any number of threads may use one at the same
// time, for as long as they share it. Whatever a payload or a schema says, memory stays within the
// limits below.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/schema/frame.h"

namespace emulator {

inline constexpr std::size_t kSchemaBytesMax = 4U << 20U;    // of a schema with its references
inline constexpr std::size_t kSchemaReferencesMax = 1'000;   // of one schema, indirect ones too
inline constexpr std::size_t kSchemaDepthMax = 100;          // types within types, as written
inline constexpr std::size_t kValueDepthMax = 100;           // values within values
inline constexpr std::size_t kDecodedBytesMax = 32U << 20U;  // of one record's JSON

enum class SchemaFormat { Avro, Protobuf, JsonSchema };

// "AVRO", "PROTOBUF" or "JSON": the event's dataFormat, Glue's DataFormat, Confluent's schemaType.
std::string_view name_of(SchemaFormat format);
std::optional<SchemaFormat> schema_format(std::string_view name);

// Another schema that a schema uses, by the name that is used there: an Avro type's full name, the
// path of a Protobuf import, the address of a JSON Schema's $ref.
struct SchemaReference {
  std::string name;
  std::string text;
};

struct SchemaDefinition {
  SchemaFormat format = SchemaFormat::Avro;
  std::string text;
  // Those of the references, too; each name once, in any order.
  std::vector<SchemaReference> references;
};

// The schema is none, or is beyond a limit; says in one line what and where.
struct SchemaError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The bytes are not what the schema says; names the place in the value ("order.items[2].price").
struct DecodeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};
// The JSON is not what the schema asks for; names the place, too.
struct EncodeError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class Codec {
 public:
  // A record without all prefixes: what EventRecordFormat SOURCE delivers.
  struct Message {
    std::size_t type = 0;      // Protobuf: which of the schema's messages
    std::string_view payload;  // lies in the body that was opened
  };

  Codec() = default;
  virtual ~Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  virtual SchemaFormat format() const = 0;

  // Takes off what the serializers of Protobuf put between the schema's id and the message. `body`
  // is a frame's (frame.h). Throws DecodeError.
  virtual Message open(std::string_view body, Framing framing) const;

  // Appends the JSON text to `json`; what was appended by then when it throws DecodeError means
  // nothing.
  virtual void decode(const Message& message, std::string& json) const = 0;

  // The body of a frame from JSON text. `type`: Protobuf, the full name of the message; empty: the
  // schema's first. Throws EncodeError.
  virtual std::string encode(std::string_view json, std::string_view type,
                             Framing framing) const = 0;
};

// Throws SchemaError: no schema, a reference that is missing or leads back to itself, or beyond a
// limit.
std::shared_ptr<const Codec> compile(const SchemaDefinition& definition);

}  // namespace emulator
