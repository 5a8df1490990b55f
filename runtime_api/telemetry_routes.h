// The Telemetry API 2022-07-01 and the Logs API 2020-08-15 over HTTP: one route each, by which an
// extension subscribes. Sources: docs.aws.amazon.com/lambda/latest/dg/telemetry-api-reference.html,
// runtimes-logs-api.html; bodies of refusals as AWS's RIE sends them.
//
// Threads: the connections'. Lifetime: the RuntimeApi's that dispatches to it; what it refers to
// outlives it.
#pragma once

#include "runtime_api/extensions.h"
#include "runtime_api/runtime_api.h"
#include "runtime_api/telemetry.h"

namespace runtime_api {

class TelemetryRoutes final : public MoreRoutes {
 public:
  TelemetryRoutes(const Extensions& extensions, Telemetry& telemetry)
      : extensions_(extensions), telemetry_(telemetry) {}
  std::optional<HttpResponse> route(HttpExchange& exchange) override;

 private:
  HttpResponse subscribe(HttpExchange& exchange, TelemetryApi api);

  const Extensions& extensions_;
  Telemetry& telemetry_;
};

}  // namespace runtime_api
