// From JSON to an Avro payload. One thread; lives while one value is encoded.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "emulator/schema/avro_schema.h"

namespace emulator {

// The JSON that decode_avro() gives is taken, and Avro's own way of writing a union's value:
// {"string": "x"}. A member that is missing has its field's default. Throws EncodeError.
std::string encode_avro(const AvroType& type, const nlohmann::json& value);

}  // namespace emulator
