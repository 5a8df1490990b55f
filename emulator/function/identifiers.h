// Names that AWS makes up for an environment or an invocation. Any thread.
#pragma once

#include <string>

namespace emulator {

// Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0 (docs runtimes-api.html, services-xray.html);
// nothing samples it.
std::string make_trace_id();

// One stream an environment: YYYY/MM/DD/[$LATEST]<32 hex> (docs configuration-envvars.html).
std::string make_log_stream_name();

}  // namespace emulator
