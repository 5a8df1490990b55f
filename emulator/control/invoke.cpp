#include "emulator/control/invoke.h"

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <variant>

#include "emulator/config/function_name.h"
#include "emulator/config/uuid.h"
#include "emulator/control/aws_error.h"
#include "emulator/control/base64.h"
#include "emulator/control/query.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;

// Larger payloads go to the runtime unchecked: reading 5 MB of JSON only to pass it on takes longer
// than the whole invocation, and the runtime's own decoder reports what is broken.
constexpr std::size_t kCheckedPayloadBytesMax = 256u * 1024;

constexpr std::string_view kNamePattern =
    "(arn:(aws[a-zA-Z-]*)?:lambda:)?((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?(\\d{"
    "12}:)?(function:)?"
    "([a-zA-Z0-9-_\\.]+)(:(\\$LATEST(\\.PUBLISHED)?|[a-zA-Z0-9-_]+))?";

// The function that the path and ?Qualifier= name, or the error that AWS answers.
std::variant<std::shared_ptr<Pool>, HttpResponse> find_target(std::string_view encoded_name,
                                                              std::string_view query,
                                                              const FunctionRegistry& functions) {
  const std::string text = percent_decode(encoded_name);
  const auto parsed = parse_function_name(text);
  if (!parsed) {
    return validation_error(
        "1 validation error detected: Value '" + text +
        "' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: " +
        std::string(kNamePattern));
  }
  std::string qualifier = parsed->qualifier;
  if (auto asked = query_parameter(query, "Qualifier"); asked && !asked->empty()) {
    if (!qualifier.empty() && qualifier != *asked) {
      return invalid_parameter_value(
          "The derived qualifier from the function name does not match the specified qualifier.");
    }
    qualifier = std::move(*asked);
  }
  auto pool = functions.find(parsed->name);
  if (pool != nullptr && (qualifier.empty() || qualifier == "$LATEST")) return pool;
  FunctionConfig missing;
  missing.name = parsed->name;
  if (pool != nullptr) missing.region = pool->function().region;
  // Invoke names the qualifier in this message even when the caller did not (recorded).
  return resource_not_found("Function not found: " + missing.arn() + ":" +
                            (qualifier.empty() ? "$LATEST" : qualifier));
}

// Moves the event out of the request; nullopt: it is not JSON.
std::optional<Payload> take_payload(HttpExchange& exchange) {
  if (exchange.body().empty())
    return std::make_shared<const std::string>("{}");  // inference: widely observed on AWS
  if (exchange.body().size() <= kCheckedPayloadBytesMax && !nlohmann::json::accept(exchange.body()))
    return std::nullopt;
  return std::make_shared<const std::string>(exchange.take_body());
}

std::optional<HttpResponse> read_client_context(const HttpExchange& exchange,
                                                std::string& context) {
  const auto encoded = exchange.header("X-Amz-Client-Context");
  if (!encoded || encoded->empty()) return std::nullopt;
  auto decoded = base64_decode(*encoded);
  if (!decoded || !nlohmann::json::accept(*decoded)) {
    return invalid_request_content("Client context must be a valid Base64-encoded JSON object.");
  }
  context = std::move(*decoded);
  return std::nullopt;
}

HttpResponse render(Outcome&& outcome, const HttpExchange& exchange) {
  HttpResponse response;
  switch (outcome.kind) {
    case Outcome::Kind::Throttled:
      response = too_many_requests("Rate Exceeded.", "ConcurrentInvocationLimitExceeded");
      break;
    case Outcome::Kind::ServiceError:
    case Outcome::Kind::Cancelled:
      response = service_error(outcome.payload.empty() ? "klambda is stopping." : outcome.payload);
      break;
    case Outcome::Kind::FunctionError:
      // "nowadays always Unhandled": 38 of 38 recordings.
      response.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
      [[fallthrough]];
    case Outcome::Kind::Success:
      response.headers.emplace_back("X-Amz-Executed-Version", "$LATEST");
      if (exchange.header("X-Amz-Log-Type") == "Tail") {
        response.headers.emplace_back("X-Amz-Log-Result", base64_encode(outcome.log_tail));
      }
      response.body = std::move(outcome.payload);
      break;
  }
  response.headers.emplace_back("x-amzn-RequestId", outcome.request_id);
  return response;
}

HttpResponse invoke_event(const std::shared_ptr<Pool>& pool, InvocationRequest request) {
  HttpResponse response;
  response.status = 202;
  response.headers.emplace_back("x-amzn-RequestId", request.request_id);
  pool->invoke(std::move(request), [name = pool->function().name](const Outcome& outcome) {
    if (outcome.kind != Outcome::Kind::Success && outcome.kind != Outcome::Kind::Cancelled) {
      log::warn("[{}] asynchronous invocation {} failed: {}", name, outcome.request_id,
                outcome.error_type);
    }
  });
  return response;
}

}  // namespace

HttpResponse invoke_function(HttpExchange& exchange, std::string_view encoded_name,
                             const FunctionRegistry& functions) {
  auto target = find_target(encoded_name, exchange.query(), functions);
  if (auto* refusal = std::get_if<HttpResponse>(&target)) return std::move(*refusal);
  const auto& pool = std::get<std::shared_ptr<Pool>>(target);

  InvocationRequest request;
  if (auto refusal = read_client_context(exchange, request.client_context)) return *refusal;
  const auto type = exchange.header("X-Amz-Invocation-Type").value_or("RequestResponse");
  if (type != "RequestResponse" && type != "Event" && type != "DryRun") {
    return validation_error(
        "1 validation error detected: Value '" + std::string(type) +
        "' at 'invocationType' failed to satisfy constraint: Member must satisfy enum value set: "
        "[Event, RequestResponse, DryRun]");
  }
  auto payload = take_payload(exchange);
  if (!payload) {
    return invalid_request_content(
        "Could not parse request body into json: Could not parse payload into json: "
        "the request body is not valid JSON");
  }
  request.payload = std::move(*payload);
  request.request_id = random_uuid();
  request.trace_id = exchange.header("X-Amzn-Trace-Id").value_or("");

  if (type == "DryRun") {
    HttpResponse response;
    response.status = 204;
    response.headers.emplace_back("x-amzn-RequestId", request.request_id);
    return response;
  }
  if (type == "Event") return invoke_event(pool, std::move(request));

  pool->invoke(std::move(request), [&exchange](Outcome outcome) {
    exchange.respond(render(std::move(outcome), exchange));
  });
  exchange.wait(runtime_api::Peer::Ignored);
  return {};
}

HttpResponse invoke_payload_too_large() {
  return request_too_large("Request must be smaller than " +
                           std::to_string(kInvokePayloadBytesMax) +
                           " bytes for the InvokeFunction operation");
}

}  // namespace emulator
