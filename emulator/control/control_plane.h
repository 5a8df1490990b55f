// The control plane: the Lambda REST API's paths as AWS has them, klambda's own under /_klambda/.
//
// Threads: the HTTP server's, one for each connection.
// Lifetime: answers from construction to stop(); the registry and `status` outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "emulator/control/advance_time.h"
#include "emulator/control/function_registry.h"
#include "emulator/control/status.h"
#include "runtime_api/http_server.h"

namespace emulator {

class ControlPlane {
 public:
  using StatusSource = std::function<Status()>;

  // Throws ConfigError when the address cannot be bound, naming the flag that chooses another.
  // `advance_time`: empty when the mappings' clock cannot be moved.
  ControlPlane(const std::string& host, std::uint16_t port, const FunctionRegistry& functions,
               StatusSource status, AdvanceTime advance_time = {});

  std::string url() const { return "http://" + server_.host_and_port(); }
  void stop() { server_.stop(); }

 private:
  runtime_api::HttpResponse route(runtime_api::HttpExchange& exchange);

  const FunctionRegistry& functions_;
  StatusSource status_;
  const AdvanceTime advance_time_;
  runtime_api::HttpServer server_;  // last: its threads use the members above
};

}  // namespace emulator
