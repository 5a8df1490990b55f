// Names that AWS makes up for an environment or an invocation. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "emulator/config/model.h"

namespace emulator {

// Root=1-<8 hex>-<24 hex>;Parent=<16 hex>;Sampled=0 (docs runtimes-api.html, services-xray.html);
// nothing samples it.
std::string make_trace_id();

// A caller's X-Amzn-Trace-Id with what it lacks, Parent and Sampled; a new one when it names no
// Root, or is empty.
std::string trace_id_for(std::string_view from_caller);

// LogGroup of its LoggingConfig, else /aws/lambda/<name>.
std::string log_group_of(const FunctionConfig& function);

// One stream an environment: YYYY/MM/DD/[<version>]<32 hex> (docs configuration-envvars.html); in a
// log group that others may share YYYY/MM/DD/<function>[<version>]<32 hex>
// (docs monitoring-cloudwatchlogs-loggroups.html).
std::string make_log_stream_name(const FunctionConfig& function);

}  // namespace emulator
