// The texts of the events that extensions get
// (docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html). Pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace runtime_api {

struct InvokeEvent {
  std::string request_id;
  std::string invoked_function_arn;
  std::string trace_id;  // empty: no member "tracing"
  std::int64_t deadline_epoch_ms = 0;
};
std::string invoke_body(const InvokeEvent& event);

enum class ShutdownReason { Spindown, Timeout, Failure };
std::string shutdown_body(ShutdownReason reason, std::int64_t deadline_epoch_ms);

}  // namespace runtime_api
