// Points in time as text, always UTC. Pure but for the present time; any thread.
#pragma once

#include <cstdint>
#include <string>

namespace emulator {

std::int64_t epoch_ms_now();
// `format`: of strftime, at most 63 characters of result.
std::string utc_text(std::int64_t epoch_ms, const char* format);
// 2019-11-14T00:38:06.021Z
std::string iso_time(std::int64_t epoch_ms);
// 2019-11-14T00:38:06.021+0000, as the Lambda API writes times of functions and layers
std::string lambda_time(std::int64_t epoch_ms);

}  // namespace emulator
