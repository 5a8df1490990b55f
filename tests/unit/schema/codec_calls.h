// The codecs' calls as short as tests want them: results as text, errors as their words.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/schema/codec.h"

namespace emulator::test {

inline std::shared_ptr<const Codec> codec_of(SchemaFormat format, std::string text,
                                             std::vector<SchemaReference> references = {}) {
  return compile({format, std::move(text), std::move(references)});
}

inline std::shared_ptr<const Codec> avro(std::string text,
                                         std::vector<SchemaReference> references = {}) {
  return codec_of(SchemaFormat::Avro, std::move(text), std::move(references));
}

inline std::string schema_error(SchemaFormat format, std::string text,
                                std::vector<SchemaReference> references = {}) {
  try {
    codec_of(format, std::move(text), std::move(references));
  } catch (const SchemaError& error) {
    return error.what();
  }
  return "";
}

inline std::string decoded(const Codec& codec, std::string_view body,
                           Framing framing = Framing::Confluent) {
  std::string json;
  codec.decode(codec.open(body, framing), json);
  return json;
}

inline std::string decode_error(const Codec& codec, std::string_view body,
                                Framing framing = Framing::Confluent) {
  try {
    decoded(codec, body, framing);
  } catch (const DecodeError& error) {
    return error.what();
  }
  return "";
}

inline std::string encoded(const Codec& codec, std::string_view json, std::string_view type = "",
                           Framing framing = Framing::Confluent) {
  return codec.encode(json, type, framing);
}

inline std::string encode_error(const Codec& codec, std::string_view json,
                                std::string_view type = "") {
  try {
    encoded(codec, json, type);
  } catch (const EncodeError& error) {
    return error.what();
  }
  return "";
}

}  // namespace emulator::test
