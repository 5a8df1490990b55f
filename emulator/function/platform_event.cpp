#include "emulator/function/platform_event.h"

#include <array>

#include "emulator/config/utc.h"
#include "emulator/function/json_text.h"
#include "runtime_api/json_text.h"

namespace emulator {
namespace {

using namespace platform_event;

std::string iso(Time time) {
  return iso_time(
      std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count());
}

void add(JsonObject& object, const std::vector<Span>& spans) {
  if (spans.empty()) return;
  std::string list = "[";
  for (const auto& span : spans) {
    if (list.size() > 1) list.push_back(',');
    list += JsonObject()
                .text("name", span.name)
                .text("start", iso(span.start))
                .milliseconds("durationMs", span.duration)
                .end();
  }
  object.raw("spans", list.append("]"));
}

void add(JsonObject& object, const std::optional<Tracing>& tracing) {
  if (!tracing) return;
  object.raw("tracing", JsonObject()
                            .text_unless_empty("spanId", tracing->span_id)
                            .text("type", "X-Amzn-Trace-Id")
                            .text("value", tracing->value)
                            .end());
}

template <class InitEvent>
JsonObject init_record(const InitEvent& event) {
  JsonObject object;
  object.text("initializationType", to_string(event.type)).text("phase", to_string(event.phase));
  return object;
}

std::string record(const InitStart& event) {
  auto object = init_record(event);
  object.text("functionName", event.function_name)
      .text("functionVersion", event.function_version)
      .text_unless_empty("runtimeVersion", event.runtime_version)
      .text_unless_empty("runtimeVersionArn", event.runtime_version_arn)
      .text_unless_empty("instanceId", event.instance_id);
  if (event.instance_max_memory_mb != 0)
    object.number("instanceMaxMemory", event.instance_max_memory_mb);
  return object.end();
}

std::string record(const InitRuntimeDone& event) {
  return init_record(event)
      .text("status", to_string(event.status))
      .text_unless_empty("errorType", event.error_type)
      .end();
}

std::string record(const InitReport& event) {
  return init_record(event)
      .text("status", to_string(event.status))
      .raw("metrics", JsonObject().milliseconds("durationMs", event.duration).end())
      .text_unless_empty("errorType", event.error_type)
      .end();
}

std::string record(const Start& event) {
  JsonObject object;
  object.text("requestId", event.request_id).text_unless_empty("version", event.version);
  add(object, event.tracing);
  return object.end();
}

std::string record(const RuntimeDone& event) {
  JsonObject object;
  object.text("requestId", event.request_id)
      .text("status", to_string(event.status))
      .text_unless_empty("errorType", event.error_type);
  JsonObject metrics;
  metrics.milliseconds("durationMs", event.duration);
  if (event.produced_bytes)
    metrics.number("producedBytes", static_cast<long long>(*event.produced_bytes));
  object.raw("metrics", metrics.end());
  add(object, event.spans);
  add(object, event.tracing);
  return object.end();
}

std::string record(const End& event) {
  return JsonObject().text("requestId", event.request_id).end();
}

std::string record(const Report& event) {
  JsonObject metrics;
  metrics.milliseconds("durationMs", event.duration);
  if (event.memory_size_mb != 0) {
    metrics.number("billedDurationMs", event.billed_ms())
        .number("memorySizeMB", event.memory_size_mb)
        .number("maxMemoryUsedMB", event.max_memory_used_mb());
    if (event.init_duration) metrics.milliseconds("initDurationMs", *event.init_duration);
  }
  JsonObject object;
  object.text("requestId", event.request_id)
      .text("status", to_string(event.status))
      .raw("metrics", metrics.end())
      .text_unless_empty("errorType", event.error_type);
  add(object, event.spans);
  add(object, event.tracing);
  return object.end();
}

std::string record(const Extension& event) {
  return JsonObject()
      .text("name", event.name)
      .text("state", event.state)
      .texts("events", event.events)
      .text_unless_empty("errorType", event.error_type)
      .end();
}

template <class Subscription>
std::string subscription_record(const Subscription& event) {
  return JsonObject()
      .text("name", event.name)
      .text("state", event.state)
      .texts("types", event.types)
      .end();
}

std::string record(const TelemetrySubscription& event) {
  return subscription_record(event);
}

std::string record(const LogsSubscription& event) {
  return subscription_record(event);
}

std::string record(const LogsDropped& event) {
  return JsonObject()
      .text("reason", event.reason)
      .number("droppedRecords", static_cast<long long>(event.dropped_records))
      .number("droppedBytes", static_cast<long long>(event.dropped_bytes))
      .end();
}

std::string record(const Fault& event) {
  return runtime_api::json_string(event.text);
}

}  // namespace

std::optional<Tracing> platform_event::tracing_of(std::string_view trace_id) {
  if (trace_id.find("Sampled=1") == trace_id.npos) return std::nullopt;
  return Tracing{{}, std::string(trace_id)};
}

long long platform_event::Report::billed_ms() const {
  // Since August 2025 the init of a cold start is billed too (AWS's price list).
  const auto billed = duration + init_duration.value_or(microseconds{0});
  return (billed.count() + 999) / 1000;
}

int platform_event::Report::max_memory_used_mb() const {
  return (max_memory_used_kb + 1023) / 1024;
}

std::string_view type_of(const PlatformEvent& event) {
  static constexpr std::array<std::string_view, std::variant_size_v<PlatformEvent>> kTypes{
      "platform.initStart",
      "platform.initRuntimeDone",
      "platform.initReport",
      "platform.start",
      "platform.runtimeDone",
      "platform.end",
      "platform.report",
      "platform.extension",
      "platform.telemetrySubscription",
      "platform.logsSubscription",
      "platform.logsDropped",
      "platform.fault"};
  return kTypes.at(event.index());
}

std::string record_of(const PlatformEvent& event) {
  return std::visit([](const auto& each) { return record(each); }, event);
}

std::string json_of(const PlatformEvent& event, Time time) {
  return json_around(record_of(event), event, time);
}

std::string json_around(std::string_view record, const PlatformEvent& event, Time time) {
  return JsonObject()
      .text("time", iso(time))
      .text("type", type_of(event))
      .raw("record", record)
      .end();
}

std::string_view to_string(InitializationType type) {
  switch (type) {
    case InitializationType::OnDemand:
      return "on-demand";
    case InitializationType::ProvisionedConcurrency:
      return "provisioned-concurrency";
    case InitializationType::ManagedInstances:
      return "lambda-managed-instances";
  }
  return {};
}

std::string_view to_string(Phase phase) {
  return phase == Phase::Init ? "init" : "invoke";
}

std::string_view to_string(Status status) {
  switch (status) {
    case Status::Success:
      return "success";
    case Status::Failure:
      return "failure";
    case Status::Error:
      return "error";
    case Status::Timeout:
      return "timeout";
  }
  return {};
}

}  // namespace emulator
