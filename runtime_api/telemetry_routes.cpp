#include "runtime_api/telemetry_routes.h"

#include <string>
#include <utility>
#include <variant>

#include "runtime_api/extension_routes.h"
#include "runtime_api/json_text.h"

namespace runtime_api {
namespace {

HttpResponse invalid(TelemetryApi api, const std::string& message) {
  HttpResponse response;
  response.status = 400;
  response.body = api == TelemetryApi::Telemetry ? R"({"errorType":"ValidationError")"
                                                 : R"({"errorType":"Logs.ValidationError")";
  response.body.append(R"(,"errorMessage":)");
  append_json_string(response.body, message);
  response.body.push_back('}');
  return response;
}

}  // namespace

std::optional<HttpResponse> TelemetryRoutes::route(HttpExchange& exchange) {
  const auto path = exchange.path();
  std::optional<TelemetryApi> api;
  if (path == "/2022-07-01/telemetry") api = TelemetryApi::Telemetry;
  // rie lambda-managed-instances/rapi/router.go has no Logs API.
  if (path == "/2020-08-15/logs" && extensions_.instances() == InstanceKind::Default)
    api = TelemetryApi::Logs;
  if (!api) return std::nullopt;
  if (exchange.method() == "PUT") return subscribe(exchange, *api);
  return wrong_extension_method("PUT");
}

HttpResponse TelemetryRoutes::subscribe(HttpExchange& exchange, TelemetryApi api) {
  const auto id = extension_identifier(exchange);
  if (const auto* refusal = std::get_if<Refusal>(&id)) return extension_refusal(*refusal);
  const auto extension = extensions_.name_of(std::get<std::string>(id));
  if (!extension) {
    return extension_refusal({403, "Unknown extension " + std::get<std::string>(id),
                              "Extension.UnknownExtensionIdentifier"});
  }
  const auto parsed = parse_subscription(api, exchange.body(), extensions_.instances());
  if (const auto* problem = std::get_if<InvalidSubscription>(&parsed))
    return invalid(api, problem->message);
  const auto refusal = telemetry_.subscribe(*extension, std::get<TelemetrySubscription>(parsed));
  if (refusal && refusal->status == 400) return invalid(api, refusal->message);
  if (refusal) return extension_refusal(*refusal);
  HttpResponse response;
  response.body = R"("OK")";
  return response;
}

}  // namespace runtime_api
