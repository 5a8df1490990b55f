// The texts that AWS gives for an invocation: START, END and REPORT lines, INIT_REPORT, and the
// payloads of failures that no handler wrote. Pure functions. Source: recorded from AWS
// (LocalStack's snapshots), docs lambda nodejs-logging.html.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "emulator/function/process.h"

namespace emulator {

enum class ReportStatus { Success, Timeout, Error };

struct Report {
  std::string_view request_id;
  std::chrono::microseconds duration{0};
  std::optional<std::chrono::microseconds> init_duration;  // of a cold start
  int memory_size_mb = 0;
  int max_memory_used_kb = 0;
  ReportStatus status = ReportStatus::Success;
  std::string_view error_type;  // of Error
};

struct InitReport {
  enum class Phase { Init, Invoke };  // Invoke: repeated inside the first invocation
  std::chrono::microseconds duration{0};
  Phase phase = Phase::Init;
  ReportStatus status = ReportStatus::Error;
  std::string_view error_type;
};

std::string start_line(std::string_view request_id);
std::string end_line(std::string_view request_id);
std::string report_line(const Report& report);
std::string init_report_line(const InitReport& report);

inline constexpr std::string_view kTimeoutType = "Sandbox.Timedout";
inline constexpr std::string_view kExitType = "Runtime.ExitError";
inline constexpr std::string_view kEntrypointType = "Runtime.InvalidEntrypoint";

// "Task timed out after 3.00 seconds"
std::string timeout_text(std::chrono::milliseconds timeout);
// "Runtime exited without providing a reason"
std::string exit_text(const ExitStatus& exit);
// {"errorType":...,"errorMessage":"RequestId: <id> Error: <text>"}, members in AWS's order.
std::string failure_payload(std::string_view type, std::string_view request_id,
                            std::string_view text);

// errorMessage of an error that a runtime posted; the payload's beginning when it has none.
std::string error_message_of(const std::string& payload);

}  // namespace emulator
