#include "emulator/control/function_url.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "emulator/catalog/url_config_changes.h"
#include "emulator/config/digest.h"
#include "emulator/config/function_name.h"
#include "emulator/config/utc.h"
#include "emulator/control/admission.h"
#include "emulator/control/caller_stream.h"
#include "emulator/control/invocation.h"
#include "emulator/control/names.h"
#include "emulator/control/url_cors.h"
#include "emulator/control/url_event.h"
#include "emulator/control/url_response.h"
#include "emulator/function/identifiers.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;
using runtime_api::StreamEnd;

constexpr std::string_view kIntegrationType = "application/vnd.awslambda.http-integration-response";
constexpr std::string_view kPreludeEnd{"\0\0\0\0\0\0\0\0", 8};
constexpr std::size_t kPreludeBytesMax = 256u * 1024;
constexpr std::size_t kUrlIdLetters = 32;

// What every response of one request has, whatever the function answers.
struct Frame {
  CorsRules cors;
  std::string origin;
  std::string request_id;
  std::string trace_id;

  void apply(HttpResponse& response) const {
    cors.apply(origin, response);
    add_ids(response, request_id, trace_id);
  }
};

HttpResponse whole_response(Outcome outcome) {
  if (!outcome.ran()) return refusal(outcome);
  auto response = outcome.kind == Outcome::Kind::Success ? url_response(std::move(outcome.payload))
                                                         : std::nullopt;
  return response ? *std::move(response) : url_failure();
}

// RESPONSE_STREAM. A response of the integration type says status and headers before its body.
class UrlStream final : public CallerStream {
 public:
  UrlStream(HttpExchange& exchange, Frame frame)
      : CallerStream(exchange), frame_(std::move(frame)) {}

 private:
  enum class State { Waiting, Prelude, Body, Failed };

  void on_begin(std::string_view content_type) override;
  void on_write(std::string_view piece) override;
  void on_end(Outcome outcome) override;
  void begin_body(HttpResponse head);

  const Frame frame_;
  State state_ = State::Waiting;
  std::string prelude_;
};

void UrlStream::begin_body(HttpResponse head) {
  frame_.apply(head);
  exchange_.begin_stream(head);
  state_ = State::Body;
}

void UrlStream::on_begin(std::string_view content_type) {
  if (content_type == kIntegrationType) {
    state_ = State::Prelude;
    return;
  }
  HttpResponse head;
  head.content_type = content_type.empty() ? "application/octet-stream" : std::string(content_type);
  begin_body(std::move(head));
}

void UrlStream::on_write(std::string_view piece) {
  if (state_ == State::Failed) return;
  if (state_ == State::Body) {
    exchange_.stream(std::array{piece});
    return;
  }
  const std::size_t searched = prelude_.size() - std::min(prelude_.size(), kPreludeEnd.size());
  prelude_.append(piece);
  const auto end = prelude_.find(kPreludeEnd, searched);
  if (end == std::string::npos) {
    if (prelude_.size() > kPreludeBytesMax) state_ = State::Failed;
    return;
  }
  auto head = url_prelude(std::string_view(prelude_).substr(0, end));
  if (!head) {
    state_ = State::Failed;
    return;
  }
  begin_body(*std::move(head));
  const auto rest = std::string_view(prelude_).substr(end + kPreludeEnd.size());
  exchange_.stream(std::array{rest});
  prelude_ = {};
}

// That the caller sees an error after the first byte as a body without an end is an inference.
void UrlStream::on_end(Outcome outcome) {
  const bool good = outcome.kind == Outcome::Kind::Success;
  if (state_ == State::Body)
    return exchange_.end_stream({}, good ? StreamEnd::Complete : StreamEnd::Broken);
  const bool failed = state_ != State::Waiting;
  HttpResponse response = failed ? url_failure() : whole_response(std::move(outcome));
  frame_.apply(response);
  exchange_.respond(std::move(response));
}

// As sent, from the slash after the function's name.
std::string_view raw_path_of(std::string_view path) {
  path.remove_prefix(kFunctionUrlPrefix.size());
  const auto slash = path.find('/');
  return slash == std::string_view::npos ? "/" : path.substr(slash);
}

// Pages of other origins may call what its configuration allows.
void check_page(const HttpExchange& exchange, const Frame& frame) {
  if (frame.origin.empty() || !frame.cors.allows(frame.origin)) refuse_foreign_page(exchange);
}

HttpResponse run_whole(const Dispatcher::Target& target, InvocationRequest request, Frame frame,
                       Dispatcher& dispatcher, HttpExchange& exchange) {
  dispatcher.invoke(target, std::move(request),
                    [&exchange, frame = std::move(frame)](Outcome outcome) {
                      HttpResponse response = whole_response(std::move(outcome));
                      frame.apply(response);
                      exchange.respond(std::move(response));
                    });
  exchange.wait(runtime_api::Peer::Ignored);
  return {};
}

HttpResponse answer(ApiRequest& api, Dispatcher& dispatcher,
                    const Router::Check& require_signature) {
  HttpExchange& exchange = api.exchange;
  const FunctionName named = named_function(api.parameter("FunctionName"));
  const auto target = dispatcher.resolve(named.name, named.qualifier);
  const Json* const config =
      find_url_config(*target.function, named.qualifier.empty() ? kLatest : named.qualifier);
  Frame frame{CorsRules(config), std::string(exchange.header("Origin").value_or("")),
              api.request_id, trace_id_for(exchange.header("X-Amzn-Trace-Id").value_or(""))};
  check_page(exchange, frame);
  if (auto response = frame.cors.preflight(exchange)) return *std::move(response);
  const bool open = config != nullptr && config->value("AuthType", "") == "NONE";
  if (!open && require_signature) require_signature(exchange);

  InvocationRequest request;
  request.request_id = frame.request_id;
  request.trace_id = frame.trace_id;
  const std::string url_id =
      hex(sha256(function_arn(named.name, named.qualifier))).substr(0, kUrlIdLetters);
  request.payload = std::make_shared<const std::string>(url_event(
      exchange,
      {raw_path_of(exchange.path()), url_id, frame.request_id, frame.trace_id, epoch_ms_now()}));
  if (request.payload->size() > kInvokePayloadBytesMax)
    throw request_entity_too_large("Request must be smaller than " +
                                   std::to_string(kInvokePayloadBytesMax) +
                                   " bytes for the InvokeFunctionUrl operation");
  if (config == nullptr || config->value("InvokeMode", "") != "RESPONSE_STREAM")
    return run_whole(target, std::move(request), std::move(frame), dispatcher, exchange);
  return run(target, std::move(request), dispatcher, exchange,
             std::make_shared<UrlStream>(exchange, std::move(frame)));
}

}  // namespace

void add_function_url(Router& router, Dispatcher& dispatcher, Router::Check require_signature) {
  const auto operation = [&dispatcher, require_signature](ApiRequest& request) {
    return answer(request, dispatcher, require_signature);
  };
  for (const char* const path :
       {"/_klambda/url/{FunctionName}", "/_klambda/url/{FunctionName}/{Path+}"})
    router.add(kAnyMethod, path, "InvokeFunctionUrl", operation, {kInvokePayloadBytesMax},
               Access::Own);
}

}  // namespace emulator
