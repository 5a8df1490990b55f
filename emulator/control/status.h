// What GET /_klambda/status says: a snapshot of the program, taken by app, as values and as JSON.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "emulator/config/model.h"
#include "emulator/esm/mapping.h"

namespace emulator {

struct Status {
  struct Mapping {
    MappingConfig config;
    std::string bootstrap_servers;  // those really used
    MappingStatus status;
  };
  std::string version;
  std::string kafka;  // brokers that `klambda produce` may use; empty: there are none
  enum class Cluster { None, Embedded, Real } cluster = Cluster::None;
  std::vector<FunctionConfig> functions;
  std::vector<Mapping> mappings;
};

std::string_view to_string(MappingState state);  // AWS's words: "Creating", "Enabled", …
// Never holds environment variables' values: they may be secrets.
std::string to_json(const Status& status);

}  // namespace emulator
