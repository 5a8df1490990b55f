// The Extensions API 2020-01-01 over HTTP: routes, statuses, headers and bodies. Source:
// docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html; bodies as AWS's RIE sends
// them. A request for an event waits in its connection's thread, asleep, as a runtime's does.
//
// Threads: the connections'. Lifetime: the RuntimeApi's that dispatches to it; the extensions
// outlive it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "runtime_api/extensions.h"
#include "runtime_api/http_server.h"
#include "runtime_api/runtime_api.h"

namespace runtime_api {

class ExtensionRoutes final : public MoreRoutes {
 public:
  explicit ExtensionRoutes(Extensions& extensions) : extensions_(extensions) {}
  std::optional<HttpResponse> route(HttpExchange& exchange) override;

 private:
  HttpResponse register_extension(HttpExchange& exchange);
  HttpResponse next(HttpExchange& exchange, const std::string& id);
  HttpResponse error(HttpExchange& exchange, const std::string& id, ExtensionFailure::Phase phase);

  Extensions& extensions_;
};

// The identifier that the request's header names, or why it names none.
std::variant<std::string, Refusal> extension_identifier(const HttpExchange& exchange);

// 405; `allowed`: the method.
HttpResponse wrong_extension_method(std::string_view allowed);
// {"errorMessage","errorType"}, as the RIE has it.
HttpResponse extension_refusal(const Refusal& refusal);

}  // namespace runtime_api
