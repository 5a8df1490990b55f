// What `klambda produce --schema` writes: JSON texts as records of a schema, framed as a registry's
// own serializers frame them. Constant after construction; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "emulator/kafka/record_source.h"
#include "emulator/registry/schema_publisher.h"
#include "emulator/schema/codec.h"

namespace emulator {

class SchemaEncoder {
 public:
  SchemaEncoder(const PublishedSchema& schema, std::string message, Framing framing);

  // A whole record. Throws EncodeError.
  std::string encode(std::string_view json) const;
  const std::string& schema_id() const { return id_; }

 private:
  const std::string id_;
  const std::string message_;  // Protobuf, its full name; empty: the schema's first
  const Framing framing_;
  const std::shared_ptr<const Codec> codec_;
};

// What the user asked for, and how it is called in messages.
struct EncoderRequest {
  enum class Unknown { IsRefused, IsAdded };
  std::string flag;     // "--schema"
  std::string schema;   // a file, or SUBJECT[:VERSION]
  std::string subject;  // of a file's schema
  std::string message;
  Unknown unknown = Unknown::IsRefused;  // a file's schema that the registry does not have
  Framing framing = Framing::Confluent;
};
// `publisher` null: there is no registry, and the file's name says the schema's id
// (schema_files.h). Blocks. A SourceProblem is the registry's, which may pass; throws ConfigError
// for the user's mistakes.
std::variant<std::unique_ptr<SchemaEncoder>, SourceProblem> make_schema_encoder(
    const EncoderRequest& request, SchemaPublisher* publisher);

}  // namespace emulator
