// What of a function's output and of the platform's events is in its log, by its LoggingConfig, and
// in which form. Constant after construction, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "emulator/config/model.h"
#include "emulator/function/platform_event.h"

namespace emulator {

// Whose words a text log has: those of Lambda, or of aws-lambda-rie.
enum class LogWords { Lambda, Rie };

class LogFilter {
 public:
  LogFilter(const LoggingConfig& config, LogWords words);

  // A whole line of the handler's. In a JSON log by its own "level"; one without a valid level or
  // timestamp counts as INFO (docs monitoring-cloudwatchlogs-log-level.html).
  bool keeps(std::string_view line) const;
  // The line or lines of an event; nullopt: it is not in this log.
  std::optional<std::string> rendered(const PlatformEvent& event, platform_event::Time time) const;

 private:
  const LogFormat format_;
  const LogWords words_;
  const LogLevel application_;
  const LogLevel system_;
};

// 2023-10-27T19:17:45.586Z, or with an offset: RFC 3339.
bool is_timestamp(std::string_view text);

}  // namespace emulator
