// GET /_klambda/batches: the batches under way and the last ones that ended, by function, mapping
// and state.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "emulator/control/router.h"
#include "emulator/esm/batch_log.h"

namespace emulator {

// Those of one mapping.
struct MappingBatches {
  std::string mapping;  // its name
  std::string uuid;
  std::string function;
  std::string topic;
  std::vector<BatchLog::Entry> batches;
};

using BatchSource = std::function<std::vector<MappingBatches>()>;
// ?function=NAME|ARN &mapping=NAME|UUID &state=STATE, each optional
void add_batches(Router& router, BatchSource source);

}  // namespace emulator
