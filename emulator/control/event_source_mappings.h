// The API's event source mappings, /2015-03-31/event-source-mappings: create, get, list, update,
// delete and their tags (docs.aws.amazon.com/lambda/latest/api/API_CreateEventSourceMapping.html).
// Threads: the HTTP server's.
#pragma once

#include "emulator/catalog/functions.h"
#include "emulator/catalog/mappings.h"
#include "emulator/config/model.h"
#include "emulator/control/router.h"
#include "emulator/control/tags.h"

namespace emulator {

// References outlive the router.
struct MappingOperations {
  Mappings& mappings;
  const MappingStarter& starter;
  const FunctionCatalog& functions;
  Strictness strictness = Strictness::Lenient;
};
void add_event_source_mappings(Router& router, const MappingOperations& operations);

TagTarget mapping_tags(Mappings& mappings);

}  // namespace emulator
