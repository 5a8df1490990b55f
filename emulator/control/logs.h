// GET /_klambda/logs/{FunctionName}: the end of a function's log, all its environments together, as
// lines of text. ?after=POSITION reads on from an earlier answer's X-Klambda-Next; with &follow the
// answer waits until there is something, for at most kFollowMax, and is empty when there was
// nothing. X-Klambda-Missed counts bytes that were written and are gone.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "emulator/control/router.h"
#include "emulator/function/recent_log.h"

namespace emulator {

inline constexpr std::chrono::seconds kFollowMax{20};
inline constexpr const char* kLogNextHeader = "X-Klambda-Next";
inline constexpr const char* kLogMissedHeader = "X-Klambda-Missed";

// nullptr: there is no such function.
using LogSource = std::function<std::shared_ptr<RecentLog>(const std::string& function)>;
void add_logs(Router& router, LogSource source);

}  // namespace emulator
