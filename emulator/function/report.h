// The texts that AWS gives for an invocation that no handler answered: what became of it, and the
// payload that its caller gets. Pure functions. Source: recorded from AWS (LocalStack's snapshots).
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "emulator/function/process.h"

namespace emulator {

inline constexpr std::string_view kTimeoutType = "Sandbox.Timedout";
inline constexpr std::string_view kExitType = "Runtime.ExitError";
inline constexpr std::string_view kOutOfMemoryType = "Runtime.OutOfMemory";
inline constexpr std::string_view kEntrypointType = "Runtime.InvalidEntrypoint";

// "Task timed out after 3.00 seconds"
std::string timeout_text(std::chrono::milliseconds timeout);
// "Runtime exited without providing a reason"
std::string exit_text(const ExitStatus& exit);
// "RequestId: <id> Process exited before completing request": platform.fault of the Logs API
std::string fault_text(std::string_view request_id);
// {"errorType":...,"errorMessage":"RequestId: <id> Error: <text>"}, members in AWS's order.
std::string failure_payload(std::string_view type, std::string_view request_id,
                            std::string_view text);

// errorMessage of an error that a runtime posted; the payload's beginning when it has none.
std::string error_message_of(const std::string& payload);

}  // namespace emulator
