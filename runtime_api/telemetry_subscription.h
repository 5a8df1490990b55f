// What a subscription to telemetry says: the bodies of the Telemetry API 2022-07-01
// (docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html) and of its predecessor, the
// Logs API 2020-08-15 (runtimes-logs-api.html). Pure functions of text.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "runtime_api/instance_kind.h"

namespace runtime_api {

enum class TelemetryApi { Telemetry, Logs };
enum class TelemetryType { Platform, Function, Extension };
std::string_view to_string(TelemetryType type);

struct TelemetrySubscription {
  enum class Protocol { Http, Tcp };

  TelemetryApi api = TelemetryApi::Telemetry;
  std::string schema_version;
  std::vector<TelemetryType> types;
  std::size_t max_items = 10'000;
  std::size_t max_bytes = 262'144;
  std::chrono::milliseconds timeout{1'000};
  Protocol protocol = Protocol::Http;
  std::uint16_t port = 0;  // of this machine
  std::string path;        // of Http

  bool wants(TelemetryType type) const;
  // A line that is a JSON object is passed on as one, when the function logs in JSON.
  bool lines_as_objects() const;
  // The Logs API's first schema has no platform.runtimeDone.
  bool wants_runtime_done() const;
  bool operator==(const TelemetrySubscription&) const = default;
};

// All that is wrong with it, joined by "; " as AWS does.
struct InvalidSubscription {
  std::string message;
};

// Managed instances know the newest schema only.
std::variant<TelemetrySubscription, InvalidSubscription> parse_subscription(
    TelemetryApi api, const std::string& body, InstanceKind instances = InstanceKind::Default);

}  // namespace runtime_api
