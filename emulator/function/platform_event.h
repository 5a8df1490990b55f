// What Lambda itself says about an environment: its init, its invocations, its extensions. One
// value for each event, and its three renderings: the line of a text log, the line of a JSON log
// (which is what telemetry subscribers get too), and its level in a JSON log.
//
// Pure functions, any thread. Durations are microseconds here and milliseconds in every rendering.
// Sources: docs telemetry-schema-reference.html (members), monitoring-cloudwatchlogs-log-level.html
// (levels); the text lines as recorded from AWS (LocalStack's snapshots).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "emulator/function/log_level.h"

namespace emulator {

namespace platform_event {

using std::chrono::microseconds;
using Time = std::chrono::system_clock::time_point;

enum class InitializationType { OnDemand, ProvisionedConcurrency, ManagedInstances };
enum class Phase { Init, Invoke };  // Invoke: the init is repeated inside the first invocation
// Error: the function said so. Failure: the runtime or an extension did not get so far.
enum class Status { Success, Failure, Error, Timeout };

struct Span {
  std::string name;  // responseLatency, responseDuration, runtimeOverhead, extensionOverhead
  Time start;
  microseconds duration{0};
};

// Of a sampled invocation.
struct Tracing {
  std::string span_id{};  // may be empty
  std::string value;      // "Root=1-…;Parent=…;Sampled=1"
};

// Of an X-Amzn-Trace-Id header; nullopt unless it says Sampled=1.
std::optional<Tracing> tracing_of(std::string_view trace_id);

struct InitStart {
  InitializationType type = InitializationType::OnDemand;
  Phase phase = Phase::Init;
  std::string function_name{};
  std::string function_version{};
  std::string runtime_version{};  // empty: not known, as of every runtime of this machine
  std::string runtime_version_arn{};
  std::string instance_id{};
  int instance_max_memory_mb = 0;  // 0: left out
};

struct InitRuntimeDone {
  InitializationType type = InitializationType::OnDemand;
  Phase phase = Phase::Init;
  Status status = Status::Success;
  std::string error_type{};
};

struct InitReport {
  InitializationType type = InitializationType::OnDemand;
  Phase phase = Phase::Init;
  Status status = Status::Success;
  microseconds duration{0};
  std::string error_type{};
};

struct Start {
  std::string request_id;
  std::string version{};
  std::optional<Tracing> tracing{};
};

// The runtime is done with the invocation; extensions may not be.
struct RuntimeDone {
  std::string request_id;
  Status status = Status::Success;
  microseconds duration{0};
  std::optional<std::size_t> produced_bytes{};  // of the response
  std::string error_type{};
  std::vector<Span> spans{};
  std::optional<Tracing> tracing{};
};

// The END line of a text log, and platform.end of the Logs API; no event of a JSON log.
struct End {
  std::string request_id;
};

struct Report {
  std::string request_id;
  Status status = Status::Success;
  microseconds duration{0};
  std::optional<microseconds> init_duration{};  // of a cold start; billed too
  int memory_size_mb = 0;                       // 0, of managed instances: the duration alone is
                                                // reported
  int max_memory_used_kb = 0;
  std::string error_type{};
  std::vector<Span> spans{};
  std::optional<Tracing> tracing{};

  long long billed_ms() const;
  int max_memory_used_mb() const;
};

struct Extension {
  std::string name;
  std::string state;                  // "Registered", "Ready", "LaunchError", …
  std::vector<std::string> events{};  // INVOKE, SHUTDOWN
  std::string error_type{};
};

struct TelemetrySubscription {
  std::string name;
  std::string state = "Subscribed";
  std::vector<std::string> types{};  // platform, function, extension
};

struct LogsSubscription {  // of the Logs API
  std::string name;
  std::string state = "Subscribed";
  std::vector<std::string> types{};
};

struct LogsDropped {
  std::string reason;
  std::size_t dropped_records = 0;
  std::size_t dropped_bytes = 0;
};

// Of the Logs API: the runtime's process ended before its answer.
struct Fault {
  std::string text;  // report.h, fault_text()
};

}  // namespace platform_event

using PlatformEvent =
    std::variant<platform_event::InitStart, platform_event::InitRuntimeDone,
                 platform_event::InitReport, platform_event::Start, platform_event::RuntimeDone,
                 platform_event::End, platform_event::Report, platform_event::Extension,
                 platform_event::TelemetrySubscription, platform_event::LogsSubscription,
                 platform_event::LogsDropped, platform_event::Fault>;

// "platform.start"
std::string_view type_of(const PlatformEvent& event);

// {"requestId":"…"}: what telemetry calls the record.
std::string record_of(const PlatformEvent& event);

// {"time":"2022-10-12T00:00:15.064Z","type":"platform.start","record":{…}}, without a newline.
std::string json_of(const PlatformEvent& event, platform_event::Time time);
// The same around another form of the record.
std::string json_around(std::string_view record, const PlatformEvent& event,
                        platform_event::Time time);

// The line or lines of a text log, without the last newline; nullopt: this event has none.
std::optional<std::string> text_of(const PlatformEvent& event);

// The same in the words of aws-lambda-rie, which has three lines.
std::optional<std::string> rie_text_of(const PlatformEvent& event);

// The level of a JSON log; nullopt: this event is in none.
std::optional<LogLevel> level_of(const PlatformEvent& event);

std::string_view to_string(platform_event::InitializationType type);
std::string_view to_string(platform_event::Phase phase);
std::string_view to_string(platform_event::Status status);

}  // namespace emulator
