// JSON Schema behind the interface of all codecs: a payload is JSON already, which stays as it was
// written, to the last digit; the schema only says whether it may pass.
#include "emulator/schema/codecs.h"
#include "emulator/schema/json_schema.h"
#include "emulator/schema/json_text.h"
#include "emulator/schema/json_validator.h"

namespace emulator {
namespace {

class JsonSchemaCodec : public Codec {
 public:
  explicit JsonSchemaCodec(const SchemaDefinition& definition) : schema_(definition) {}

  SchemaFormat format() const override { return SchemaFormat::JsonSchema; }

  void decode(const Message& message, std::string& json) const override {
    if (message.payload.size() > kDecodedBytesMax)
      throw DecodeError("the value's JSON is longer than 32 MiB");
    if (const auto fault = fault_in(message.payload)) throw DecodeError(*fault);
    json.append(message.payload);
  }

  std::string encode(std::string_view json, std::string_view /*type*/,
                     Framing /*framing*/) const override {
    try {
      if (const auto fault = fault_in(json)) throw EncodeError(*fault);
    } catch (const DecodeError& error) {
      throw EncodeError(error.what());
    }
    return std::string(json);
  }

 private:
  std::optional<std::string> fault_in(std::string_view json) const {
    try {
      return fault_of(parse_json_text(json), json.size(), schema_);
    } catch (const JsonTextError& error) {
      return std::string("the value ") + error.what();
    }
  }

  const JsonSchema schema_;
};

}  // namespace

std::shared_ptr<const Codec> compile_json_schema(const SchemaDefinition& definition) {
  return std::make_shared<JsonSchemaCodec>(definition);
}

}  // namespace emulator
