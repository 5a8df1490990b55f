#include "emulator/function/logs_api_event.h"

#include <optional>

#include "emulator/function/json_text.h"

namespace emulator {
namespace {

using namespace platform_event;

std::optional<std::string> record(const Start& event) {
  return JsonObject().text("requestId", event.request_id).text("version", event.version).end();
}

std::optional<std::string> record(const RuntimeDone& event) {
  return JsonObject()
      .text("requestId", event.request_id)
      .text("status", to_string(event.status))
      .end();
}

std::optional<std::string> record(const Report& event) {
  JsonObject metrics;
  metrics.milliseconds("durationMs", event.duration)
      .number("billedDurationMs", event.billed_ms())
      .number("memorySizeMB", event.memory_size_mb)
      .number("maxMemoryUsedMB", event.max_memory_used_mb());
  if (event.init_duration) metrics.milliseconds("initDurationMs", *event.init_duration);
  return JsonObject().text("requestId", event.request_id).raw("metrics", metrics.end()).end();
}

std::optional<std::string> record(const Extension& event) {
  return JsonObject()
      .text("name", event.name)
      .text("state", event.state)
      .texts("events", event.events)
      .end();
}

// These are the same in both.
std::optional<std::string> record(const End& event) {
  return record_of(event);
}
std::optional<std::string> record(const LogsSubscription& event) {
  return record_of(event);
}
std::optional<std::string> record(const LogsDropped& event) {
  return record_of(event);
}
std::optional<std::string> record(const Fault& event) {
  return record_of(event);
}

template <class Event>
std::optional<std::string> record(const Event&) {
  return std::nullopt;
}

}  // namespace

bool is_telemetry(const PlatformEvent& event) {
  return !std::holds_alternative<End>(event) && !std::holds_alternative<LogsSubscription>(event) &&
         !std::holds_alternative<Fault>(event);
}

std::string logs_api_json_of(const PlatformEvent& event, Time time) {
  const auto text = std::visit([](const auto& each) { return record(each); }, event);
  return text ? json_around(*text, event, time) : std::string();
}

}  // namespace emulator
