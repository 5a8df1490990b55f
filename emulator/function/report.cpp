#include "emulator/function/report.h"

#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace emulator {
namespace {

constexpr std::size_t kQuotedPayloadBytes = 200;

std::string decimal(const char* format, double value) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), format, value);
  return text.data();
}

std::string milliseconds(std::chrono::microseconds duration) {
  return decimal("%.2f ms", static_cast<double>(duration.count()) / 1000.0);
}

std::string status_text(ReportStatus status, std::string_view error_type) {
  switch (status) {
    case ReportStatus::Success:
      return {};
    case ReportStatus::Timeout:
      return "Status: timeout";
    case ReportStatus::Error:
      break;
  }
  return "Status: error\tError Type: " +
         std::string(error_type.empty() ? "Runtime.Unknown" : error_type);
}

// JSON strings of ours hold ids, type names and exit texts only; a request id may be the caller's.
std::string json_string(std::string_view text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

std::string start_line(std::string_view request_id) {
  return "START RequestId: " + std::string(request_id) + " Version: $LATEST";
}

std::string end_line(std::string_view request_id) {
  return "END RequestId: " + std::string(request_id);
}

std::string report_line(const Report& report) {
  // Since August 2025 the init of a cold start is billed too (AWS's price list).
  const auto billed_us =
      (report.duration + report.init_duration.value_or(std::chrono::microseconds{0})).count();
  std::string line = "REPORT RequestId: ";
  line.append(report.request_id)
      .append("\tDuration: ")
      .append(milliseconds(report.duration))
      .append("\tBilled Duration: ")
      .append(std::to_string((billed_us + 999) / 1000))
      .append(" ms\tMemory Size: ")
      .append(std::to_string(report.memory_size_mb))
      .append(" MB\tMax Memory Used: ")
      .append(std::to_string((report.max_memory_used_kb + 1023) / 1024))
      .append(" MB\t");
  if (report.init_duration)
    line.append("Init Duration: ").append(milliseconds(*report.init_duration)).append("\t");
  return line.append(status_text(report.status, report.error_type));
}

std::string init_report_line(const InitReport& report) {
  return "INIT_REPORT Init Duration: " + milliseconds(report.duration) +
         "\tPhase: " + (report.phase == InitReport::Phase::Init ? "init" : "invoke") + "\t" +
         status_text(report.status, report.error_type);
}

std::string timeout_text(std::chrono::milliseconds timeout) {
  return "Task timed out after " + decimal("%.2f", static_cast<double>(timeout.count()) / 1000.0) +
         " seconds";
}

std::string exit_text(const ExitStatus& exit) {
  if (!exit.signalled && exit.code == 0) return "Runtime exited without providing a reason";
  return "Runtime exited with error: " + exit.text();
}

std::string failure_payload(std::string_view type, std::string_view request_id,
                            std::string_view text) {
  return "{\"errorType\":" + json_string(type) + ",\"errorMessage\":" +
         json_string("RequestId: " + std::string(request_id) + " Error: " + std::string(text)) +
         "}";
}

std::string error_message_of(const std::string& payload) {
  const auto json = nlohmann::json::parse(payload, nullptr, false);
  if (json.is_object()) {
    const auto message = json.find("errorMessage");
    if (message != json.end() && message->is_string()) return message->get<std::string>();
  }
  return payload.substr(0, kQuotedPayloadBytes);
}

}  // namespace emulator
