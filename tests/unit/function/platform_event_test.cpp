#include "emulator/function/platform_event.h"

#include <string>

#include "emulator/function/json_text.h"
#include "runtime_api/json_text.h"
#include "tests/support/catch.h"
#include "tests/support/golden.h"

using namespace emulator;
using namespace emulator::platform_event;

namespace {

const Time kTime{std::chrono::milliseconds(1'665'532'815'064)};
const Tracing kTracing{"54565fb41ac79632", "Root=1-62e900b2-710d76;Parent=0efbd19;Sampled=1"};

Report a_report() {
  Report report{"id"};
  report.duration = microseconds(3'010);
  report.memory_size_mb = 128;
  report.max_memory_used_kb = 36 * 1024;
  return report;
}

// One line of JSON an event, as a JSON array, so that a golden file can be read by people.
std::string lines_of(const std::vector<PlatformEvent>& events) {
  std::string all;
  for (const auto& event : events) {
    all.append(all.empty() ? "[" : ",\n ").append(json_of(event, kTime));
  }
  return all + "]";
}

}  // namespace

TEST_CASE("REPORT lines have AWS's tabs") {
  const std::string measured =
      "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\t"
      "Max Memory Used: 36 MB\t";
  auto report = a_report();
  CHECK(text_of(report) == measured);
  report.tracing = kTracing;
  CHECK(text_of(report) ==
        measured +
            "\nXRAY TraceId: 1-62e900b2-710d76\tSegmentId: 54565fb41ac79632\tSampled: true\t");
  report.tracing->span_id.clear();
  CHECK(text_of(report)->find("SegmentId: 0efbd19\t") != std::string::npos);
  report.tracing.reset();
  report.status = Status::Timeout;
  CHECK(text_of(report) == measured + "Status: timeout");
  report.status = Status::Error;
  report.error_type = "Runtime.ExitError";
  CHECK(text_of(report) == measured + "Status: error\tError Type: Runtime.ExitError");
  report.init_duration = microseconds(110'100);
  CHECK(text_of(report) ==
        "REPORT RequestId: id\tDuration: 3.01 ms\tBilled Duration: 114 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 36 MB\tInit Duration: 110.10 ms\t"
        "Status: error\tError Type: Runtime.ExitError");
}

TEST_CASE("the other lines of a text log") {
  CHECK(text_of(Start{"id", "$LATEST"}) == "START RequestId: id Version: $LATEST");
  CHECK(text_of(End{"id"}) == "END RequestId: id");
  CHECK(text_of(Extension{"x", "Ready", {"INVOKE", "SHUTDOWN"}}) ==
        "EXTENSION\tName: x\tState: Ready\tEvents: [INVOKE,SHUTDOWN]");
  InitReport init;
  CHECK_FALSE(text_of(init));  // REPORT names the duration of one that succeeded
  init.status = Status::Timeout;
  init.duration = microseconds(10'008'150);
  CHECK(text_of(init) == "INIT_REPORT Init Duration: 10008.15 ms\tPhase: init\tStatus: timeout");
  init.status = Status::Error;
  init.phase = Phase::Invoke;
  init.duration = microseconds(18'930);
  init.error_type = "Runtime.ExitError";
  CHECK(text_of(init) ==
        "INIT_REPORT Init Duration: 18.93 ms\tPhase: invoke\tStatus: error\tError Type: "
        "Runtime.ExitError");
  InitStart start;
  CHECK_FALSE(text_of(start));
  start.runtime_version = "python:3.10.v11";
  start.runtime_version_arn = "arn:aws:lambda:us-east-1::runtime:1";
  CHECK(text_of(start) ==
        "INIT_START Runtime Version: python:3.10.v11\tRuntime Version ARN: "
        "arn:aws:lambda:us-east-1::runtime:1");
  CHECK_FALSE(text_of(RuntimeDone{"id"}));
  CHECK_FALSE(text_of(InitRuntimeDone{}));
}

TEST_CASE("platform events as JSON") {
  InitStart init_start;
  init_start.function_name = "orders";
  init_start.function_version = "$LATEST";
  auto known = init_start;
  known.phase = Phase::Invoke;
  known.runtime_version = "python:3.12.v1";
  known.runtime_version_arn = "arn:aws:lambda:us-east-1::runtime:1";
  known.type = InitializationType::ManagedInstances;
  known.instance_id = "i-1";
  known.instance_max_memory_mb = 256;
  RuntimeDone done{"id", Status::Success, microseconds(140'210)};
  done.produced_bytes = 16;
  done.spans = {{"responseLatency", kTime, microseconds(23'020)},
                {"responseDuration", kTime, microseconds(10)}};
  done.tracing = kTracing;
  auto report = a_report();
  report.init_duration = microseconds(397'680);
  report.spans = {{"extensionOverhead", kTime, microseconds(2'000)}};
  report.tracing = kTracing;
  Report managed{"id", Status::Success, microseconds(1'500)};
  Extension crashed{"x", "LaunchError"};
  crashed.error_type = "Extension.LaunchError";
  test::check_golden(
      "platform_events.json",
      lines_of({init_start, known, InitRuntimeDone{},
                InitRuntimeDone{InitializationType::ProvisionedConcurrency, Phase::Init,
                                Status::Failure, "Runtime.ExitError"},
                InitReport{{}, {}, Status::Success, microseconds(125'330)},
                InitReport{{}, {}, Status::Timeout, microseconds(10'000'000), "Sandbox.Timedout"},
                Start{"id", "$LATEST", kTracing}, Start{"a\"b"}, done,
                RuntimeDone{"id", Status::Failure, {}, {}, "Runtime.ExitError"}, End{"id"}, report,
                managed, Extension{"agent", "Ready", {"INVOKE", "SHUTDOWN"}}, crashed,
                TelemetrySubscription{"agent", "Subscribed", {"platform", "function"}},
                LogsSubscription{"old", "Subscribed", {"function"}},
                LogsDropped{"Consumer seems to have fallen behind", 123, 12345},
                Fault{"RequestId: id Process exited before completing request"}}));
}

TEST_CASE("levels of platform events, as AWS's table has them") {
  InitStart init_start;
  CHECK(level_of(init_start) == LogLevel::Debug);
  init_start.runtime_version = "python:3.12.v1";
  CHECK(level_of(init_start) == LogLevel::Info);
  CHECK(level_of(InitRuntimeDone{}) == LogLevel::Debug);
  CHECK(level_of(InitReport{}) == LogLevel::Debug);
  CHECK(level_of(InitReport{InitializationType::ProvisionedConcurrency}) == LogLevel::Info);
  CHECK(level_of(InitReport{{}, {}, Status::Failure}) == LogLevel::Warn);
  CHECK(level_of(Start{"id"}) == LogLevel::Info);
  CHECK(level_of(RuntimeDone{"id"}) == LogLevel::Debug);
  CHECK(level_of(RuntimeDone{"id", Status::Timeout}) == LogLevel::Warn);
  CHECK(level_of(Report{"id"}) == LogLevel::Info);
  CHECK(level_of(Report{"id", Status::Error}) == LogLevel::Warn);
  CHECK(level_of(TelemetrySubscription{"x"}) == LogLevel::Info);
  CHECK(level_of(Extension{"x", "Ready"}) == LogLevel::Info);
  CHECK(level_of(Extension{"x", "Crashed", {}, "Extension.Crash"}) == LogLevel::Warn);
  CHECK(level_of(LogsDropped{"slow"}) == LogLevel::Warn);
  CHECK_FALSE(level_of(End{"id"}));
}

TEST_CASE("only a sampled invocation is traced") {
  CHECK_FALSE(tracing_of(""));
  CHECK_FALSE(tracing_of("Root=1-62e900b2-710d76;Parent=0efbd19;Sampled=0"));
  CHECK(tracing_of(kTracing.value)->value == kTracing.value);
}

TEST_CASE("levels are read in any case, and no other words") {
  CHECK(log_level_from("TRACE") == LogLevel::Trace);
  CHECK(log_level_from("warn") == LogLevel::Warn);
  CHECK(log_level_from("Fatal") == LogLevel::Fatal);
  CHECK_FALSE(log_level_from("WARNING"));
  CHECK_FALSE(log_level_from(""));
}

TEST_CASE("JSON texts escape what must be escaped") {
  using runtime_api::json_string;
  CHECK(json_string("plain $LATEST") == R"("plain $LATEST")");
  CHECK(json_string("a\"\\\n\t\x01") == R"("a\"\\\n\t\u0001")");
  CHECK(json_string("\xff") == "\"\xef\xbf\xbd\"");
  CHECK(JsonObject().end() == "{}");
  CHECK(JsonObject().texts("a", {}).texts("b", {"[", "x"}).number("n", -1).end() ==
        R"({"a":[],"b":["[","x"],"n":-1})");
}
