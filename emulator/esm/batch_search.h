// Finds a record of a batch by its offset. Pure; any thread.
#pragma once

#include <algorithm>
#include <cstdint>

#include "emulator/esm/batch.h"

namespace emulator {

// The slice's first record at or above the offset; nullptr: there is none.
inline const Record* first_record_from(const BatchSlice& slice, std::int64_t offset) {
  const auto at = std::lower_bound(
      slice.records.begin(), slice.records.end(), offset,
      [](const Record& record, std::int64_t sought) { return record.offset < sought; });
  return at == slice.records.end() ? nullptr : &*at;
}

}  // namespace emulator
