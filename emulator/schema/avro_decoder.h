// From an Avro payload straight to JSON text. One thread; lives while one value is decoded.
#pragma once

#include <string>
#include <string_view>

#include "emulator/schema/avro_schema.h"

namespace emulator {

// Appends to `json`; throws DecodeError. Bytes after the value are ignored, as all of Avro's own
// readers do. What JSON each type becomes: README.md, "Avro".
void decode_avro(const AvroType& type, std::string_view payload, std::string& json);

}  // namespace emulator
