#include "emulator/control/control_plane.h"

#include <system_error>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/control/admission.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;

// Half of the files that a process may usually have open; handlers and Kafka need some, too.
constexpr std::size_t kConnectionsMax = 512;

runtime_api::HttpServer::Options server_options(const std::string& host, std::uint16_t port,
                                                const Router& router, ControlPlane::Divert divert) {
  runtime_api::HttpServer::Options options;
  options.divert = std::move(divert);
  options.address = host;
  options.port = port;
  options.max_connections = kConnectionsMax;
  options.full = to_response(service_unavailable(
      "klambda serves " + std::to_string(kConnectionsMax) +
      " connections to its control plane at a time, and all of them are taken"));
  options.body_limit_of = [&router](const HttpExchange& exchange) {
    return router.body_limit_bytes(exchange);
  };
  options.too_large = [&router](const HttpExchange& exchange) {
    return router.too_large(exchange);
  };
  return options;
}

Router guarded(Router router, const std::string& host,
               const std::optional<AwsCredentials>& required_key) {
  router.set_checks({[host](const HttpExchange& exchange) { refuse_foreign_host(exchange, host); },
                     refuse_foreign_page, require_signature(required_key)});
  return router;
}

}  // namespace

ControlPlane::ControlPlane(const std::string& host, std::uint16_t port, Router router,
                           const std::optional<AwsCredentials>& required_key, Divert divert) try
    : router_(guarded(std::move(router), host, required_key)),
      server_(server_options(host, port, router_, std::move(divert)),
              [this](HttpExchange& exchange) { return router_.answer(exchange); }) {
} catch (const std::system_error& error) {
  throw ConfigError("control plane: cannot listen on " + host + ":" + std::to_string(port) + " (" +
                    error.code().message() +
                    "): choose another port with --port, or --port 0 for a free one");
}

}  // namespace emulator
