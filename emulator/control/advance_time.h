// POST /_klambda/advance-time with {"seconds": 3600}, or ?seconds=3600: moves the mappings' clock
// ahead, for windows, back-off, record age and scaling. Threads: the HTTP server's.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

#include "runtime_api/http_server.h"

namespace emulator {

// Moves the clock and says what time it is then, in milliseconds since the epoch.
using AdvanceTime = std::function<std::int64_t(std::chrono::milliseconds by)>;

// 200 {"advancedSeconds": 3600.0, "now": "2026-01-01T00:00:00.000Z"}, or a 400 that says what would
// be right. An empty `advance` answers that this klambda's clock cannot be moved.
runtime_api::HttpResponse advance_time(const runtime_api::HttpExchange& exchange,
                                       const AdvanceTime& advance);

}  // namespace emulator
