// From the bodies of CreateEventSourceMapping and UpdateEventSourceMapping to a mapping's settings,
// and from a mapping to EventSourceMappingConfiguration. Pure; any thread.
#pragma once

#include "emulator/catalog/json.h"
#include "emulator/catalog/mappings.h"
#include "emulator/config/mapping_request.h"

namespace emulator {

// Members that are null count as absent, at every depth.
Json without_nulls(const Json& body);

// A body has passed its shapes and holds no null.
// Settings of a new mapping, without FunctionArn. Throws ApiError: "Unrecognized event source.",
// what is not Kafka, what is not for this kind of cluster.
Json created_settings(const Json& body, const std::string& uuid);
// The next settings: what is omitted stays, empty values clear
// (docs.aws.amazon.com/lambda/latest/api/API_UpdateEventSourceMapping.html). Throws ApiError.
Json updated_settings(Json settings, const Json& body);

// What a body asks for beyond settings: members of other event sources, OnSuccess.
void note_unsupported(const Json& body, MappingRequest& request);

enum class Listed { No, Yes };  // a list does not show filters that a key encrypts
Json mapping_configuration(const Mappings::View& view, Listed listed = Listed::No);

}  // namespace emulator
