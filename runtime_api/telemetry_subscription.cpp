#include "runtime_api/telemetry_subscription.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

namespace runtime_api {
namespace {

using nlohmann::json;

constexpr unsigned kReservedPort = 9001;  // the Runtime API's on AWS

constexpr std::array<std::string_view, 3> kTelemetryVersions{"2022-07-01", "2022-12-13",
                                                             "2025-01-29"};
constexpr std::array<std::string_view, 2> kLogsVersions{"2020-08-15", "2021-03-18"};
constexpr std::array kTypes{TelemetryType::Platform, TelemetryType::Function,
                            TelemetryType::Extension};

// Gathers what is wrong while it reads.
class Reader {
 public:
  Reader(TelemetryApi api, InstanceKind instances) : instances_(instances) { result_.api = api; }

  std::variant<TelemetrySubscription, InvalidSubscription> read(const json& body) {
    read_version(body);
    read_types(body);
    read_buffering(body);
    read_destination(body);
    if (!problems_.empty()) return InvalidSubscription{problems_};
    return result_;
  }

 private:
  void problem(std::string_view text) {
    problems_.append(problems_.empty() ? "" : "; ").append(text);
  }

  static const json* member(const json& object, const char* name) {
    const auto found = object.find(name);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  void read_version(const json& body) {
    const bool logs = result_.api == TelemetryApi::Logs;
    const json* version = member(body, "schemaVersion");
    if (version == nullptr && logs) {
      result_.schema_version = kLogsVersions.front();
      return;
    }
    const std::string text =
        version != nullptr && version->is_string() ? version->get<std::string>() : "";
    if (!is_known(text))
      problem(version == nullptr ? "schemaVersion is not provided" : "schemaVersion is unknown");
    result_.schema_version = text;
  }

  bool is_known(std::string_view version) const {
    if (result_.api == TelemetryApi::Logs)
      return std::find(kLogsVersions.begin(), kLogsVersions.end(), version) != kLogsVersions.end();
    // rie lambda-managed-instances: telemetry-subscription-schema.json
    if (instances_ == InstanceKind::Managed) return version == kTelemetryVersions.back();
    return std::find(kTelemetryVersions.begin(), kTelemetryVersions.end(), version) !=
           kTelemetryVersions.end();
  }

  void read_types(const json& body) {
    const json* types = member(body, "types");
    if (types == nullptr || !types->is_array() || types->empty())
      return problem("types should not be empty");
    for (const auto& each : *types) {
      const std::string name = each.is_string()
                                   ? each.get<std::string>()
                                   : each.dump(-1, ' ', true, json::error_handler_t::replace);
      const auto type = std::find_if(kTypes.begin(), kTypes.end(),
                                     [&](TelemetryType one) { return to_string(one) == name; });
      if (type == kTypes.end()) return problem("types contains an unknown type");
      if (!result_.wants(*type)) result_.types.push_back(*type);
    }
  }

  // A whole number between the two, or the default that stands there.
  template <class Number>
  void read_range(const json& object, const char* name, long long least, long long most,
                  Number& target) {
    const json* value = member(object, name);
    if (value == nullptr) return;
    const bool fits = value->is_number_integer() &&
                      value->get<double>() >= static_cast<double>(least) &&
                      value->get<double>() <= static_cast<double>(most);
    if (fits) {
      target = static_cast<Number>(value->get<long long>());
      return;
    }
    problem("buffering." + std::string(name) + " should be between " + std::to_string(least) +
            " and " + std::to_string(most));
  }

  void read_buffering(const json& body) {
    const json* buffering = member(body, "buffering");
    if (buffering == nullptr) return;
    if (!buffering->is_object()) return problem("buffering should be an object");
    std::int64_t timeout_ms = result_.timeout.count();
    read_range(*buffering, "maxItems", 1'000, 10'000, result_.max_items);
    read_range(*buffering, "maxBytes", 262'144, 1'048'576, result_.max_bytes);
    read_range(*buffering, "timeoutMs", 25, 30'000, timeout_ms);
    result_.timeout = std::chrono::milliseconds(timeout_ms);
  }

  void read_destination(const json& body) {
    const json* destination = member(body, "destination");
    if (destination == nullptr || !destination->is_object())
      return problem("destination is not provided");
    const json* protocol = member(*destination, "protocol");
    const std::string name =
        protocol != nullptr && protocol->is_string() ? protocol->get<std::string>() : "";
    if (name == "HTTP") {
      result_.protocol = TelemetrySubscription::Protocol::Http;
      const json* uri = member(*destination, "URI");
      if (uri == nullptr || !uri->is_string()) return problem("URI is not provided");
      read_uri(uri->get<std::string>());
    } else if (name == "TCP") {
      result_.protocol = TelemetrySubscription::Protocol::Tcp;
      const json* port = member(*destination, "port");
      if (port == nullptr) return problem("port is not provided");
      if (!port->is_number_integer() || port->get<double>() < 1 || port->get<double>() > 65'535)
        return problem("port should be between 1 and 65535");
      take_port(port->get<unsigned>());
    } else {
      problem("destination protocol should be HTTP or TCP");
    }
  }

  void read_uri(std::string_view uri) {
    constexpr std::string_view kScheme = "http://";
    if (!uri.starts_with(kScheme)) return problem("URI scheme should be http");
    uri.remove_prefix(kScheme.size());
    const auto slash = std::min(uri.find('/'), uri.size());
    result_.path = slash == uri.size() ? "/" : std::string(uri.substr(slash));
    std::string_view host = uri.substr(0, slash);
    const auto colon = host.find(':');
    const auto port = colon == host.npos ? std::string_view() : host.substr(colon + 1);
    host = host.substr(0, colon);
    if (host != "sandbox.localdomain" && host != "sandbox")
      problem("URI host should be sandbox.localdomain");
    if (port.empty()) return problem("URI port is not provided");
    unsigned number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number < 1 || number > 65'535)
      return problem("URI port should be between 1 and 65535");
    // A request line must stay one.
    if (std::any_of(result_.path.begin(), result_.path.end(),
                    [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; }))
      return problem("URI path is invalid");
    take_port(number);
  }

  void take_port(unsigned number) {
    if (number == kReservedPort) return problem("port 9001 is reserved");
    result_.port = static_cast<std::uint16_t>(number);
  }

  const InstanceKind instances_;
  TelemetrySubscription result_;
  std::string problems_;
};

}  // namespace

std::string_view to_string(TelemetryType type) {
  switch (type) {
    case TelemetryType::Platform:
      return "platform";
    case TelemetryType::Function:
      return "function";
    case TelemetryType::Extension:
      break;
  }
  return "extension";
}

bool TelemetrySubscription::wants(TelemetryType type) const {
  return std::find(types.begin(), types.end(), type) != types.end();
}

bool TelemetrySubscription::lines_as_objects() const {
  return api == TelemetryApi::Telemetry && schema_version >= "2022-12-13";
}

bool TelemetrySubscription::wants_runtime_done() const {
  return api == TelemetryApi::Telemetry || schema_version >= "2021-03-18";
}

std::variant<TelemetrySubscription, InvalidSubscription> parse_subscription(
    TelemetryApi api, const std::string& body, InstanceKind instances) {
  const json parsed = json::parse(body, nullptr, false);
  if (!parsed.is_object()) return InvalidSubscription{"the request's body is not a JSON object"};
  return Reader(api, instances).read(parsed);
}

}  // namespace runtime_api
