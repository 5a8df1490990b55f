// The Lambda Runtime API 2018-06-01 over HTTP for one execution environment: routes, statuses,
// headers and bodies. Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; bodies as
// AWS's RIE sends them.
//
// Lifetime: from construction (the port is open before it returns) to stop() or destruction; the
// session outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"
#include "runtime_api/session.h"

namespace runtime_api {

// 6 MiB + 100 bytes: the largest response AWS passes on (recorded error text "6291556 bytes").
inline constexpr std::size_t kResponseLimitBytes = 6'291'556;

class RuntimeApi {
 public:
  explicit RuntimeApi(Session& session);
  std::string host_and_port() const {
    return server_.host_and_port();
  }  // value of AWS_LAMBDA_RUNTIME_API
  void stop() { server_.stop(); }

 private:
  HttpResponse route(HttpExchange& exchange);
  HttpResponse next(HttpExchange& exchange);
  HttpResponse response(HttpExchange& exchange, const AnswerHead& head);
  HttpResponse error(HttpExchange& exchange, const AnswerHead& head);
  HttpResponse init_error(HttpExchange& exchange);
  void upload(UploadEvent event, const HttpExchange& exchange);

  Session& session_;
  HttpServer server_;
};

}  // namespace runtime_api
