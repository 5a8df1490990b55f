// An event source mapping as the Lambda API knows it. Plain values; a Mapping is never changed in
// place (catalog/mappings.h).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "emulator/catalog/json.h"
#include "emulator/config/model.h"
#include "emulator/esm/problem_table.h"
#include "emulator/esm/progress.h"

namespace emulator {

struct Mapping {
  enum class Origin { Template, Api };

  // What the caller of CreateEventSourceMapping or UpdateEventSourceMapping sets, by the API's
  // names and in the form in which responses show it: StartingPosition, BatchSize, Topics,
  // SelfManagedEventSource, … (mapping_settings.h).
  Json settings = Json::object();
  MappingState state = MappingState::Creating;
  std::string state_transition_reason = kUserInitiated;
  // Of what ran before; while something runs, it knows better (Mappings::View).
  std::string last_processing_result = MappingStatus().last_processing_result;
  std::int64_t last_modified_ms = 0;
  std::map<std::string, std::string> tags;
  Origin origin = Origin::Api;
  MappingConfig config;  // what runs: made of the settings, and whether it is enabled

  const std::string& uuid() const { return config.uuid; }
};

// Between two lasting states: "update or delete while in a transitional state" is refused.
bool is_transitional(MappingState state);

}  // namespace emulator
