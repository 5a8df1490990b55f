// The codec of each format; compile() in codec.h chooses. Each throws SchemaError.
#pragma once

#include <memory>

#include "emulator/schema/codec.h"

namespace emulator {

std::shared_ptr<const Codec> compile_avro(const SchemaDefinition& definition);
std::shared_ptr<const Codec> compile_protobuf(const SchemaDefinition& definition);
std::shared_ptr<const Codec> compile_json_schema(const SchemaDefinition& definition);

}  // namespace emulator
