#include "runtime_api/runtime_session.h"

#include <atomic>
#include <cstdio>
#include <random>
#include <utility>

namespace runtime_api {
namespace {

using std::chrono::milliseconds;
using std::chrono::system_clock;

// Opaque to runtimes (docs runtimes-api.html); unique across processes, so that a handler left over
// from an earlier klambda cannot answer for one of this one.
std::string new_invocation_id() {
  static const std::uint64_t process = [] {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
  }();
  static std::atomic<std::uint64_t> count{0};
  char text[40];
  std::snprintf(text, sizeof text, "%016llx-%llx", static_cast<unsigned long long>(process),
                static_cast<unsigned long long>(++count));
  return text;
}

}  // namespace

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

// rie rapi/handler: StateTransitionFailedForRuntimeMessageFormat
Refusal forbidden_transition(SessionState from, SessionState to) {
  std::string message = "State transition from ";
  message.append(to_string(from)).append(" to ").append(to_string(to));
  message.append(" failed for runtime. Error: State transition is not allowed");
  return {403, std::move(message), "InvalidStateTransition"};
}

RuntimeSession::Taken RuntimeSession::Taken::now(Invocation invocation) {
  const auto deadline = system_clock::now() + invocation.timeout;
  return {std::move(invocation), new_invocation_id(),
          std::chrono::duration_cast<milliseconds>(deadline.time_since_epoch()).count()};
}

}  // namespace runtime_api
