// The control plane's listener: what every request passes before it reaches its operation
// (control/router).
//
// Threads: the HTTP server's, one for each connection.
// Lifetime: answers from construction to stop(); what the router's operations use outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "emulator/aws/sigv4.h"
#include "emulator/control/router.h"
#include "runtime_api/http_server.h"

namespace emulator {

class ControlPlane {
 public:
  // Connections that are none of its own: HttpServer::Options::divert.
  using Divert = std::function<bool(int socket, const std::atomic<bool>& stopping)>;

  // `required_key`: who must sign every request that is not for a public operation; nullopt:
  // nobody. Throws ConfigError when the address cannot be bound, naming the flag that chooses
  // another.
  ControlPlane(const std::string& host, std::uint16_t port, Router router,
               const std::optional<AwsCredentials>& required_key = std::nullopt,
               Divert divert = {});

  std::string url() const { return "http://" + server_.host_and_port(); }
  void stop() { server_.stop(); }

 private:
  const Router router_;
  runtime_api::HttpServer server_;  // last: its threads use the members above
};

}  // namespace emulator
