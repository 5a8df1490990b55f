#include "emulator/control/invocation.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "emulator/control/constraints.h"
#include "emulator/control/json_problem.h"
#include "emulator/control/names.h"
#include "emulator/function/identifiers.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;

// Larger payloads of synchronous invocations go to the runtime unchecked: reading 5 MB of JSON only
// to pass it on takes longer than the whole invocation, and the runtime's own decoder reports what
// is broken. An event becomes part of the documents that destinations get.
constexpr std::size_t kCheckedPayloadBytesMax = 256u * 1024;
// "Up to 3,583 bytes of base64-encoded data" (docs API_Invoke.html); how AWS words what is longer
// is an inference.
constexpr std::int64_t kClientContextBytesMax = 3'583;
constexpr std::string_view kLogTypes[] = {"None", "Tail"};

InvocationType read_type(const HttpExchange& exchange, std::span<const std::string_view> types) {
  std::string_view type = "RequestResponse";
  if (types.size() == 1) {
    type = types.front();
  } else if (const auto asked = exchange.header("X-Amz-Invocation-Type")) {
    type = *asked;
    if (std::find(types.begin(), types.end(), type) == types.end())
      check_text(type, "invocationType", {.member = "InvocationType", .words = types});
  }
  if (type == "Event") return InvocationType::Event;
  return type == "DryRun" ? InvocationType::DryRun : InvocationType::RequestResponse;
}

bool reads_log_tail(const HttpExchange& exchange) {
  const auto type = exchange.header("X-Amz-Log-Type");
  if (!type || *type == "None") return false;
  if (*type != "Tail") check_text(*type, "logType", {.member = "LogType", .words = kLogTypes});
  return true;
}

std::string read_client_context(const HttpExchange& exchange) {
  const auto encoded = exchange.header("X-Amz-Client-Context");
  if (!encoded || encoded->empty()) return {};
  check_text(*encoded, "clientContext", {.member = "ClientContext", .max = kClientContextBytesMax});
  auto decoded = base64_decode(*encoded);
  if (!decoded || !nlohmann::json::accept(*decoded))
    throw invalid_request_content("Client context must be a valid Base64-encoded JSON object.");
  return *std::move(decoded);
}

Payload take_payload(HttpExchange& exchange, InvocationType type) {
  const std::string& body = exchange.body();
  if (body.empty()) return std::make_shared<const std::string>("{}");  // inference: widely observed
  const bool event = type == InvocationType::Event;
  if (event && body.size() > kEventPayloadBytesMax) {
    throw request_entity_too_large("Request must be smaller than " +
                                   std::to_string(kEventPayloadBytesMax) +
                                   " bytes for the InvokeFunction operation");
  }
  if ((event || body.size() <= kCheckedPayloadBytesMax) && !nlohmann::json::accept(body)) {
    throw invalid_request_content(
        "Could not parse request body into json: Could not parse payload into json: " +
        json_problem(body));
  }
  return std::make_shared<const std::string>(exchange.take_body());
}

}  // namespace

Invocation read_invocation(ApiRequest& api, const Dispatcher& dispatcher,
                           std::span<const std::string_view> types) {
  HttpExchange& exchange = api.exchange;
  Invocation invocation;
  invocation.function = named_function(api);
  invocation.type = read_type(exchange, types);
  invocation.log_tail = reads_log_tail(exchange);
  invocation.request.client_context = read_client_context(exchange);
  invocation.target = dispatcher.resolve(invocation.function.name, invocation.function.qualifier);
  // The dispatcher asks those that it runs.
  if (invocation.type != InvocationType::RequestResponse)
    require_active(*invocation.target.version);
  invocation.request.payload = take_payload(exchange, invocation.type);
  invocation.request.request_id = api.request_id;
  invocation.request.trace_id = trace_id_for(exchange.header("X-Amzn-Trace-Id").value_or(""));
  return invocation;
}

HttpResponse run(Invocation invocation, Dispatcher& dispatcher, HttpExchange& exchange,
                 RenderOutcome render) {
  std::string trace_id = invocation.request.trace_id;
  dispatcher.invoke(invocation.target, std::move(invocation.request),
                    [&exchange, render, log_tail = invocation.log_tail,
                     trace_id = std::move(trace_id)](Outcome outcome) mutable {
                      std::string request_id = outcome.request_id;
                      HttpResponse response =
                          outcome.ran() ? render(std::move(outcome), log_tail) : refusal(outcome);
                      add_ids(response, std::move(request_id), std::move(trace_id));
                      exchange.respond(std::move(response));
                    });
  exchange.wait(runtime_api::Peer::Ignored);
  return {};
}

HttpResponse run(const Dispatcher::Target& target, InvocationRequest request,
                 Dispatcher& dispatcher, HttpExchange& exchange,
                 std::shared_ptr<CallerStream> stream) {
  request.sink = stream;
  dispatcher.invoke(target, std::move(request), [stream = std::move(stream)](Outcome outcome) {
    stream->end(std::move(outcome));
  });
  exchange.wait(runtime_api::Peer::Ignored);
  return {};
}

HttpResponse refusal(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::Throttled)
    return to_response(too_many_requests("Rate Exceeded.", outcome.error_type));
  return to_response(
      service_error(outcome.payload.empty() ? "klambda is stopping." : outcome.payload));
}

void add_ids(HttpResponse& response, std::string request_id, std::string trace_id) {
  response.headers.emplace_back("x-amzn-RequestId", std::move(request_id));
  response.headers.emplace_back("X-Amzn-Trace-Id", std::move(trace_id));
}

HttpResponse dry_run_answer() {
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace emulator
