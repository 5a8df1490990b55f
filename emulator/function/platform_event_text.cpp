// The lines of a text log, and the levels of a JSON one.
#include <array>
#include <cstdio>

#include "emulator/function/platform_event.h"

namespace emulator {
namespace {

using namespace platform_event;

constexpr std::string_view kUnknownError = "Runtime.Unknown";

std::string milliseconds_text(microseconds duration) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.2f ms",
                static_cast<double>(duration.count()) / 1000.0);
  return text.data();
}

// "Status: timeout", "Status: error\tError Type: Runtime.ExitError"; of a success nothing.
std::string status_text(Status status, std::string_view error_type) {
  if (status == Status::Success) return {};
  std::string text = "Status: ";
  text.append(to_string(status));
  if (status == Status::Timeout) return text;
  return text.append("\tError Type: ").append(error_type.empty() ? kUnknownError : error_type);
}

// "\nXRAY TraceId: 1-…\tSegmentId: …\tSampled: true\t", a line of its own behind REPORT.
std::string tracing_text(const Tracing& tracing) {
  const auto part = [&](std::string_view name) {
    std::string_view value = tracing.value;
    const auto at = value.find(name);
    if (at == value.npos) return std::string_view();
    value.remove_prefix(at + name.size());
    return value.substr(0, value.find(';'));
  };
  const std::string_view span = tracing.span_id.empty() ? part("Parent=") : tracing.span_id;
  return "\nXRAY TraceId: " + std::string(part("Root=")) + "\tSegmentId: " + std::string(span) +
         "\tSampled: true\t";
}

std::optional<std::string> text(const InitStart& event) {
  if (event.runtime_version.empty()) return std::nullopt;
  return "INIT_START Runtime Version: " + event.runtime_version +
         "\tRuntime Version ARN: " + event.runtime_version_arn;
}

std::optional<std::string> text(const InitReport& event) {
  if (event.status == Status::Success) return std::nullopt;
  return "INIT_REPORT Init Duration: " + milliseconds_text(event.duration) +
         "\tPhase: " + std::string(to_string(event.phase)) + "\t" +
         status_text(event.status, event.error_type);
}

std::optional<std::string> text(const Start& event) {
  return "START RequestId: " + event.request_id + " Version: " + event.version;
}

std::optional<std::string> text(const End& event) {
  return "END RequestId: " + event.request_id;
}

std::string usage_text(const Report& event) {
  return "\tBilled Duration: " + std::to_string(event.billed_ms()) +
         " ms\tMemory Size: " + std::to_string(event.memory_size_mb) +
         " MB\tMax Memory Used: " + std::to_string(event.max_memory_used_mb()) + " MB\t";
}

std::optional<std::string> text(const Report& event) {
  std::string line = "REPORT RequestId: ";
  line.append(event.request_id).append("\tDuration: ").append(milliseconds_text(event.duration));
  if (event.memory_size_mb == 0) return line.append("\t");
  line.append(usage_text(event));
  if (event.init_duration)
    line.append("Init Duration: ").append(milliseconds_text(*event.init_duration)).append("\t");
  line.append(status_text(event.status, event.error_type));
  if (event.tracing) line.append(tracing_text(*event.tracing));
  return line;
}

std::string list_text(const std::vector<std::string>& values, const char* between) {
  std::string list;
  for (const auto& value : values) list.append(list.empty() ? "" : between).append(value);
  return "[" + list + "]";
}

std::optional<std::string> text(const Extension& event) {
  std::string line = "EXTENSION\tName: " + event.name + "\tState: " + event.state +
                     "\tEvents: " + list_text(event.events, ",");
  if (!event.error_type.empty()) line.append("\tError Type: ").append(event.error_type);
  return line;
}

template <class Subscription>
std::string subscription_text(const char* word, const Subscription& event) {
  return std::string(word) + "\tName: " + event.name + "\tState: " + event.state +
         "\tTypes: " + list_text(event.types, ",");
}

std::optional<std::string> text(const TelemetrySubscription& event) {
  return subscription_text("TELEMETRY", event);
}

std::optional<std::string> text(const LogsSubscription& event) {
  return subscription_text("LOGS", event);
}

std::optional<std::string> text(const LogsDropped& event) {
  return "LOGS_DROPPED\tReason: " + event.reason +
         "\tRecords: " + std::to_string(event.dropped_records) +
         "\tBytes: " + std::to_string(event.dropped_bytes);
}

template <class Silent>
std::optional<std::string> text(const Silent& /*event*/) {
  return std::nullopt;
}

LogLevel unless_success(Status status, LogLevel success) {
  return status == Status::Success ? success : LogLevel::Warn;
}

std::optional<LogLevel> level(const InitStart& event) {
  return event.runtime_version.empty() ? LogLevel::Debug : LogLevel::Info;
}
std::optional<LogLevel> level(const InitRuntimeDone& event) {
  return unless_success(event.status, LogLevel::Debug);
}
std::optional<LogLevel> level(const InitReport& event) {
  return unless_success(
      event.status, event.type == InitializationType::OnDemand ? LogLevel::Debug : LogLevel::Info);
}
std::optional<LogLevel> level(const RuntimeDone& event) {
  return unless_success(event.status, LogLevel::Debug);
}
std::optional<LogLevel> level(const Report& event) {
  return unless_success(event.status, LogLevel::Info);
}
std::optional<LogLevel> level(const Extension& event) {
  return event.error_type.empty() ? LogLevel::Info : LogLevel::Warn;
}
std::optional<LogLevel> level(const LogsDropped& /*event*/) {
  return LogLevel::Warn;
}
std::optional<LogLevel> level(const End& /*event*/) {
  return std::nullopt;
}
std::optional<LogLevel> level(const Fault& /*event*/) {
  return std::nullopt;
}
template <class Other>
std::optional<LogLevel> level(const Other& /*event*/) {
  return LogLevel::Info;
}

}  // namespace

std::optional<std::string> text_of(const PlatformEvent& event) {
  return std::visit([](const auto& each) { return text(each); }, event);
}

// rie handlers.go: the init comes first, and is not billed.
std::optional<std::string> rie_text_of(const PlatformEvent& event) {
  if (std::holds_alternative<Start>(event) || std::holds_alternative<End>(event))
    return text_of(event);
  const auto* report = std::get_if<Report>(&event);
  if (report == nullptr) return std::nullopt;
  auto billed = *report;
  billed.init_duration.reset();
  std::string line = "REPORT RequestId: " + report->request_id + "\t";
  if (report->init_duration)
    line.append("Init Duration: ").append(milliseconds_text(*report->init_duration)).append("\t");
  return line.append("Duration: ")
      .append(milliseconds_text(report->duration))
      .append(usage_text(billed));
}

std::optional<LogLevel> level_of(const PlatformEvent& event) {
  return std::visit([](const auto& each) { return level(each); }, event);
}

}  // namespace emulator
