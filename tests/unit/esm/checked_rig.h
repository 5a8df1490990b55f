// The mapping's rig, with what must hold at the end of every test: all sources closed, no record
// alive when they were, and never two batches of one partition under way.
#pragma once

#include "tests/support/catch.h"
#include "tests/support/mapping_rig.h"

namespace emulator::test {

struct CheckedRig : MappingRig {
  ~CheckedRig() {
    if (mapping != nullptr) {
      mapping->abandon();
      mapping->finish();
    }
    CHECK(broker.open_sources() == 0);
    CHECK_FALSE(broker.closed_with_records_alive());
    CHECK(invoker.overlap().empty());
  }
};

}  // namespace emulator::test
