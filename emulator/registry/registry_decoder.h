// Decodes records by the schemas that their frames name: the real side of esm/record_decoder.h.
// Rules: docs.aws.amazon.com/lambda/latest/dg/services-consume-kafka-events.html.
#pragma once

#include <memory>
#include <string>

#include "emulator/esm/record_decoder.h"
#include "emulator/registry/schema_cache.h"
#include "emulator/schema/frame.h"

namespace emulator {

struct DecodeRules {
  enum class Delivers {
    Json,     // what was decoded
    Payload,  // what the producer wrote, without its frame
  };
  Framing framing = Framing::Confluent;
  Delivers delivers = Delivers::Json;
  bool decodes_key = false;
  bool decodes_value = true;
};

// The decoders share the cache.
MakeDecoder make_registry_decoders(std::shared_ptr<SchemaCache> cache, DecodeRules rules);

}  // namespace emulator
