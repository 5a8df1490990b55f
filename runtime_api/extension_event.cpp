#include "runtime_api/extension_event.h"

#include <string_view>

#include "runtime_api/json_text.h"

namespace runtime_api {
namespace {

// In capitals as the docs have it; the RIE says it in lower case.
std::string_view text_of(ShutdownReason reason) {
  switch (reason) {
    case ShutdownReason::Spindown:
      return "SPINDOWN";
    case ShutdownReason::Timeout:
      return "TIMEOUT";
    case ShutdownReason::Failure:
      break;
  }
  return "FAILURE";
}

}  // namespace

std::string invoke_body(const InvokeEvent& event) {
  std::string body = R"({"eventType":"INVOKE","deadlineMs":)";
  body.append(std::to_string(event.deadline_epoch_ms)).append(R"(,"requestId":)");
  append_json_string(body, event.request_id);
  body.append(R"(,"invokedFunctionArn":)");
  append_json_string(body, event.invoked_function_arn);
  if (!event.trace_id.empty()) {
    body.append(R"(,"tracing":{"type":"X-Amzn-Trace-Id","value":)");
    append_json_string(body, event.trace_id);
    body.push_back('}');
  }
  body.push_back('}');
  return body;
}

std::string shutdown_body(ShutdownReason reason, std::int64_t deadline_epoch_ms) {
  std::string body = R"({"eventType":"SHUTDOWN","deadlineMs":)";
  body.append(std::to_string(deadline_epoch_ms)).append(R"(,"shutdownReason":")");
  return body.append(text_of(reason)).append("\"}");
}

}  // namespace runtime_api
