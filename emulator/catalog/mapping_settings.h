// A mapping's settings: the members of EventSourceMappingConfiguration that a caller decides, in
// the form in which responses show them, and what klambda makes of them. Pure; any thread.
#pragma once

#include <string>

#include "emulator/catalog/json.h"
#include "emulator/catalog/mapping.h"
#include "emulator/config/mapping_request.h"

namespace emulator {

// Of a template's mapping.
Json settings_of(const MappingConfig& config);
Mapping mapping_of_template(const MappingConfig& config, std::int64_t now_ms);

// What they ask for, for check_mapping.
MappingRequest request_of(const Json& settings);

// Makes `mapping.config` follow its settings, which must be without violations. What the API has no
// word for (name, UUID, enabled) stays as it is.
void configure(Mapping& mapping);

// The member that holds ConsumerGroupId and SchemaRegistryConfig.
std::string_view kafka_block(EventSourceKind kind);

// The store's documents. mapping_from_document throws nlohmann::json::exception or
// std::runtime_error.
Json to_document(const Mapping& mapping);
Mapping mapping_from_document(const Json& document);

}  // namespace emulator
