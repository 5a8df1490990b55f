// Which API of the two gets which platform event, and the form that the Logs API 2020-08-15 has of
// it (docs.aws.amazon.com/lambda/latest/dg/runtimes-logs-api.html). Pure, any thread.
#pragma once

#include <string>

#include "emulator/function/platform_event.h"

namespace emulator {

// False for what only the Logs API has.
bool is_telemetry(const PlatformEvent& event);

// {"time":…,"type":…,"record":…}; empty: the Logs API has no such event.
std::string logs_api_json_of(const PlatformEvent& event, platform_event::Time time);

}  // namespace emulator
