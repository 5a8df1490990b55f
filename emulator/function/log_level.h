// Levels of a function's log (docs monitoring-cloudwatchlogs-log-level.html), the least first.
// Pure, any thread.
#pragma once

#include <optional>
#include <string_view>

namespace emulator {

enum class LogLevel { Trace, Debug, Info, Warn, Error, Fatal };

// "WARN", in any case; nullopt for every other word than the six.
std::optional<LogLevel> log_level_from(std::string_view name);

}  // namespace emulator
