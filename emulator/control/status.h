// What GET /_klambda/status says: a snapshot of the program, taken by app, as values and as JSON.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/catalog/dispatcher.h"
#include "emulator/catalog/functions.h"
#include "emulator/config/model.h"
#include "emulator/control/router.h"
#include "emulator/esm/mapping.h"

namespace emulator {

struct Status {
  struct FunctionView {
    FunctionCatalog::Snapshot function;
    Dispatcher::Activity activity;
  };
  struct MappingView {
    MappingConfig config;
    std::string bootstrap_servers;  // those really used
    MappingStatus status;
    std::string state_transition_reason;
    std::vector<PartitionStatus> partitions;
  };
  std::string version;
  // Every function of the template has been started once, and no mapping is being made.
  bool ready = false;
  std::string kafka;  // brokers that `klambda produce` may use; empty: there are none
  enum class Cluster { None, Embedded, Real } cluster = Cluster::None;
  std::vector<FunctionView> functions;
  std::vector<MappingView> mappings;
};

std::string_view to_string(MappingState state);  // AWS's words: "Creating", "Enabled", …
// Never holds environment variables' values: they may be secrets.
Json to_json(const Status& status);

using StatusSource = std::function<Status()>;
void add_status(Router& router, StatusSource status);  // GET /_klambda/status
// GET /_klambda/health: {"ready": …} alone, with status 200 or 503, for whoever waits for klambda
// to start; it needs no signature.
void add_health(Router& router, std::function<bool()> ready);

}  // namespace emulator
