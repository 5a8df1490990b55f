#include "runtime_api/session.h"

namespace runtime_api {

std::string_view to_string(SessionState state) {
  switch (state) {  // rie core/states.go
    case SessionState::Started:
      return "Started";
    case SessionState::InitError:
      return "InitError";
    case SessionState::Ready:
      return "Ready";
    case SessionState::Running:
      return "Running";
    case SessionState::InvocationResponse:
      return "InvocationResponse";
    case SessionState::InvocationErrorResponse:
      return "InvocationErrorResponse";
    case SessionState::RuntimeResponseSent:
      return "RuntimeResponseSentState";
  }
  return "Unknown";
}

}  // namespace runtime_api
