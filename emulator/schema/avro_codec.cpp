// Avro behind the interface of all codecs.
#include "emulator/schema/avro_decoder.h"
#include "emulator/schema/avro_encoder.h"
#include "emulator/schema/avro_schema.h"
#include "emulator/schema/codecs.h"
#include "emulator/schema/json_text.h"

namespace emulator {
namespace {

class AvroCodec : public Codec {
 public:
  explicit AvroCodec(const SchemaDefinition& definition) : schema_(definition) {}

  SchemaFormat format() const override { return SchemaFormat::Avro; }

  void decode(const Message& message, std::string& json) const override {
    decode_avro(schema_.root(), message.payload, json);
  }

  std::string encode(std::string_view json, std::string_view /*type*/,
                     Framing /*framing*/) const override {
    try {
      return encode_avro(schema_.root(), parse_json_text(json));
    } catch (const JsonTextError& error) {
      throw EncodeError(std::string("the value ") + error.what());
    }
  }

 private:
  const AvroSchema schema_;
};

}  // namespace

std::shared_ptr<const Codec> compile_avro(const SchemaDefinition& definition) {
  return std::make_shared<AvroCodec>(definition);
}

}  // namespace emulator
