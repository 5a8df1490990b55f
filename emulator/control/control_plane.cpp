#include "emulator/control/control_plane.h"

#include <string_view>
#include <system_error>
#include <utility>

#include "emulator/control/aws_error.h"
#include "emulator/control/invoke.h"

namespace emulator {
namespace {

constexpr std::string_view kFunctionsPath = "/2015-03-31/functions/";
constexpr std::string_view kInvocationsSuffix = "/invocations";

runtime_api::HttpServer::Options server_options(const std::string& host, std::uint16_t port) {
  runtime_api::HttpServer::Options options;
  options.address = host;
  options.port = port;
  options.body_limit_bytes = kInvokePayloadBytesMax;
  options.too_large = invoke_payload_too_large();
  return options;
}

// The function's name in /2015-03-31/functions/{name}/invocations, still percent-encoded; empty:
// another path.
std::string_view invoked_function(std::string_view path) {
  if (!path.starts_with(kFunctionsPath) || !path.ends_with(kInvocationsSuffix)) return {};
  if (path.size() <= kFunctionsPath.size() + kInvocationsSuffix.size()) return {};
  path.remove_prefix(kFunctionsPath.size());
  path.remove_suffix(kInvocationsSuffix.size());
  return path;
}

}  // namespace

ControlPlane::ControlPlane(const std::string& host, std::uint16_t port,
                           const FunctionRegistry& functions, StatusSource status,
                           AdvanceTime advance_time) try
    : functions_(functions),
      status_(std::move(status)),
      advance_time_(std::move(advance_time)),
      server_(server_options(host, port),
              [this](runtime_api::HttpExchange& exchange) { return route(exchange); }) {
} catch (const std::system_error& error) {
  throw ConfigError("control plane: cannot listen on " + host + ":" + std::to_string(port) + " (" +
                    error.code().message() +
                    "): choose another port with --port, or --port 0 for a free one");
}

runtime_api::HttpResponse ControlPlane::route(runtime_api::HttpExchange& exchange) {
  const std::string_view path = exchange.path();
  if (const auto name = invoked_function(path); !name.empty()) {
    if (exchange.method() != "POST") return method_not_allowed();
    return invoke_function(exchange, name, functions_);
  }
  if (path == "/_klambda/status") {
    if (exchange.method() != "GET") return method_not_allowed();
    runtime_api::HttpResponse response;
    response.body = to_json(status_());
    return response;
  }
  if (path == "/_klambda/advance-time") {
    if (exchange.method() != "POST") return method_not_allowed();
    return advance_time(exchange, advance_time_);
  }
  return unknown_path(path);
}

}  // namespace emulator
