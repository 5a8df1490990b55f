// POST /_klambda/advance-time with {"seconds": 3600}, or ?seconds=3600: moves the mappings' clock
// ahead, for windows, back-off, record age and scaling. Threads: the HTTP server's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "emulator/control/router.h"

namespace emulator {

// Moves the clock and says what time it is then, in milliseconds since the epoch.
using AdvanceTime = std::function<std::int64_t(std::chrono::milliseconds by)>;

// 200 {"advancedSeconds": 3600.0, "now": "2026-01-01T00:00:00.000Z"}, or a 400 that says what would
// be right.
void add_advance_time(Router& router, AdvanceTime advance);

}  // namespace emulator
