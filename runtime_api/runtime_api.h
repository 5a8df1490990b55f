// The Lambda Runtime API 2018-06-01 over HTTP for one execution environment: routes, statuses,
// headers and bodies. Source: docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html; bodies as
// AWS's RIE sends them.
//
// Lifetime: from construction (the port is open before it returns) to stop() or destruction; the
// session outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime_api/http_server.h"
#include "runtime_api/runtime_session.h"

namespace runtime_api {

// 6 MiB + 100 bytes: the largest response AWS passes on (recorded error text "6291556 bytes").
inline constexpr std::size_t kResponseLimitBytes = 6'291'556;
// Of a streamed one (docs gettingstarted-limits.html: "200 MB"; that these are MiB is an
// inference).
inline constexpr std::size_t kStreamLimitBytes = 200u * 1024 * 1024;
// Of an error that a runtime of managed instances posts (rie lambda-managed-instances/rapi:
// requestBodyLimitBytes). A larger one gets its 413 and ends nothing.
inline constexpr std::size_t kManagedErrorLimitBytes = 1024u * 1024;

// Another API on the same port. Called on the connections' threads.
class MoreRoutes {
 public:
  virtual ~MoreRoutes() = default;
  virtual std::optional<HttpResponse> route(HttpExchange& exchange) = 0;  // nullopt: none of its
};

class RuntimeApi {
 public:
  struct Where {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;     // any free one
    std::string path_prefix{};  // taken off paths that begin with it
  };

  // `more` are asked in their order about paths that are none of the Runtime API's. Throws
  // std::system_error when it cannot listen there.
  explicit RuntimeApi(RuntimeSession& session, std::vector<MoreRoutes*> more = {},
                      const Where& where = {"127.0.0.1", 0, {}});
  std::string host_and_port() const {
    return server_.host_and_port();
  }  // value of AWS_LAMBDA_RUNTIME_API
  std::uint16_t port() const { return server_.port(); }
  void stop() { server_.stop(); }

 private:
  HttpResponse route(HttpExchange& exchange);
  HttpResponse next(HttpExchange& exchange);
  std::optional<HttpResponse> at_head(HttpExchange& exchange);
  HttpResponse stream(HttpExchange& exchange, AnswerHead head, ResponseSink& sink);
  HttpResponse response(HttpExchange& exchange, const AnswerHead& head);
  HttpResponse error(HttpExchange& exchange, const AnswerHead& head);
  HttpResponse init_error(HttpExchange& exchange);
  void upload(UploadEvent event, const HttpExchange& exchange);

  RuntimeSession& session_;
  const std::vector<MoreRoutes*> more_;
  HttpServer server_;
};

}  // namespace runtime_api
