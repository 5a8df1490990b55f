#include "runtime_api/runtime_api.h"

#include <chrono>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

#include "runtime_api/answer_text.h"
#include "runtime_api/stream_relay.h"

namespace runtime_api {
namespace {

using std::chrono::milliseconds;

// A /next that comes while the runtime still runs gets the same event again (rie core/states.go:
// Ready() of Running). It may also be the next one of a runtime whose streamed response, on another
// connection, has not been read yet, hence a moment's patience; who really asks again (a restarted
// debugger) does not notice it.
constexpr milliseconds kRepeatPause{50};
// Between two pieces of a response: a function may stream for as long as it runs, 15 minutes at
// most (docs gettingstarted-limits.html). A stalled runtime is ended by its function's timeout.
constexpr milliseconds kReceiveTimeout{15 * 60 * 1'000};

// As the RIE (Go's net/http) has it: Python and Node send an X-Ray cause of up to 1 MB with deep
// stack traces.
constexpr std::size_t kHeaderLimitBytes = 1024u * 1024 + 4 * 1024;

constexpr std::string_view kPrefix = "/2018-06-01";
constexpr std::string_view kInvocation = "/runtime/invocation/";
constexpr std::string_view kErrorTypeHeader = "Lambda-Runtime-Function-Error-Type";
constexpr std::string_view kErrorBodyTrailer = "Lambda-Runtime-Function-Error-Body";
constexpr std::string_view kResponseModeHeader = "Lambda-Runtime-Function-Response-Mode";
constexpr std::string_view kStreaming = "streaming";  // its only value

// Bodies as the RIE renders them (rapi/rendering); sizes as recorded on AWS.
constexpr std::string_view kTruncatedBody =
    R"({"errorMessage":"HTTP request detected as truncated","errorType":"TruncatedHTTPRequest"})";

HttpResponse plain(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

HttpResponse accepted() {
  return plain(202, "{\"status\":\"OK\"}\n");
}

HttpResponse refused(const Refusal& refusal) {
  // Messages and types are our own constants: nothing to escape.
  return plain(refusal.status, R"({"errorMessage":")" + refusal.message + R"(","errorType":")" +
                                   refusal.type + R"("})");
}

HttpResponse result(const std::optional<Refusal>& refusal) {
  return refusal ? refused(*refusal) : accepted();
}

HttpResponse wrong_method(std::string_view allowed) {
  auto response =
      plain(405, R"({"errorMessage":"Method not allowed","errorType":"MethodNotAllowed"})");
  response.headers.emplace_back("Allow", allowed);
  return response;
}

HttpResponse event(RuntimeSession::Taken taken) {
  HttpResponse response;
  Invocation& invocation = taken.invocation;
  response.content_type = std::move(invocation.content_type);
  response.shared_body = std::move(invocation.payload);
  auto& headers = response.headers;
  headers.reserve(7);
  const auto add = [&headers](std::string_view name, std::string&& value) {
    if (!value.empty()) headers.emplace_back(name, std::move(value));
  };
  add("Lambda-Runtime-Aws-Request-Id", std::move(invocation.request_id));
  add("Lambda-Runtime-Deadline-Ms", std::to_string(taken.deadline_epoch_ms));
  add("Lambda-Runtime-Invoked-Function-Arn", std::move(invocation.invoked_function_arn));
  add("Lambda-Runtime-Trace-Id", std::move(invocation.trace_id));
  add("Lambda-Runtime-Client-Context", std::move(invocation.client_context));
  add("Lambda-Runtime-Cognito-Identity", std::move(invocation.cognito_identity));
  add("Lambda-Runtime-Invocation-Id", std::move(taken.invocation_id));
  return response;
}

// A /next under way.
class WaitingRuntime final : public RuntimeSession::Waiter {
 public:
  WaitingRuntime(RuntimeSession& session, HttpExchange& exchange)
      : session_(session), exchange_(exchange) {}

  void take(RuntimeSession::Taken taken) override {
    auto id = taken.invocation_id;
    auto response = event(std::move(taken));
    response.on_unsent = [&session = session_, id = std::move(id)] { session.not_delivered(id); };
    exchange_.respond(std::move(response));
  }
  void refuse(Refusal refusal) override { exchange_.respond(refused(refusal)); }

 private:
  RuntimeSession& session_;
  HttpExchange& exchange_;
};

// The request of /runtime/invocation/{id}/response or /error; nullopt for every other path.
std::optional<AnswerHead> answer_head(const HttpExchange& exchange) {
  std::string_view path = exchange.path();
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  if (!path.starts_with(kInvocation)) return std::nullopt;
  path.remove_prefix(kInvocation.size());
  const auto slash = path.find('/');
  if (slash == 0 || slash == std::string_view::npos) return std::nullopt;
  AnswerHead head;
  head.request_id = path.substr(0, slash);
  const std::string_view last = path.substr(slash + 1);
  if (last == "error") {
    head.route = AnswerHead::Route::Error;
  } else if (last != "response") {
    return std::nullopt;
  }
  head.invocation_id = exchange.header("Lambda-Runtime-Invocation-Id").value_or("");
  return head;
}

// The error that a response ends in: in trailers, or, of a stream, in its last chunk, which
// `ending` holds.
std::optional<Answer> error_at_end(const HttpExchange& exchange, std::string_view ending) {
  const bool streaming = exchange.header(kResponseModeHeader) == kStreaming;
  // Go announces trailers without a mode header.
  if (!streaming && !exchange.header("Trailer")) return std::nullopt;
  const auto type = exchange.header(kErrorTypeHeader);
  const auto body = exchange.header(kErrorBodyTrailer);
  std::optional<StreamError> error;
  if (type || body)
    error = stream_error_from(type.value_or(""), body.value_or(""));
  else if (streaming)
    error = stream_error_at_end_of(ending);
  if (!error) return std::nullopt;
  return Answer{Answer::Kind::Error, std::move(error->payload), std::move(error->error_type)};
}

bool has_bad_mode(const HttpExchange& exchange) {
  const auto mode = exchange.header(kResponseModeHeader).value_or("");
  return !mode.empty() && mode != kStreaming;
}

Answer truncated_answer(std::string_view request_id) {
  const std::string type = "Runtime.TruncatedResponse";
  return {
      Answer::Kind::Error,
      error_json(type, "RequestId: " + std::string(request_id) + " Error: Response was truncated"),
      type};
}

Answer too_large_answer(std::size_t limit_bytes) {
  const std::string type = "Function.ResponseSizeTooLarge";
  return {Answer::Kind::ResponseTooLarge,
          error_json(type, "Response payload size exceeded maximum allowed payload size (" +
                               std::to_string(limit_bytes) + " bytes)."),
          type};
}

HttpResponse too_large(std::size_t limit_bytes) {
  return refused(
      {413, "Exceeded maximum allowed payload size (" + std::to_string(limit_bytes) + " bytes).",
       "RequestEntityTooLarge"});
}

// Of a body of managed instances.
std::size_t managed_body_limit(const HttpExchange& exchange) {
  return exchange.path().ends_with("/error") ? kManagedErrorLimitBytes : kResponseLimitBytes;
}

HttpServer::Options server_options(
    const RuntimeApi::Where& where, const RuntimeSession& session,
    std::function<std::optional<HttpResponse>(HttpExchange&)> at_head) {
  HttpServer::Options options;
  if (session.kind() == InstanceKind::Managed) {
    options.body_limit_of = managed_body_limit;
    // Each of its workers may have one that waits and one that answers.
    options.max_connections += 2 * static_cast<std::size_t>(session.max_concurrency());
  }
  options.address = where.address;
  options.port = where.port;
  options.path_prefix = where.path_prefix;
  options.body_limit_bytes = kResponseLimitBytes;
  options.too_large = [](const HttpExchange&) { return too_large(kResponseLimitBytes); };
  options.truncated_body = kTruncatedBody;
  options.header_limit_bytes = kHeaderLimitBytes;
  options.receive_timeout = kReceiveTimeout;
  options.at_head = std::move(at_head);
  return options;
}

}  // namespace

RuntimeApi::RuntimeApi(RuntimeSession& session, std::vector<MoreRoutes*> more, const Where& where)
    : session_(session),
      more_(std::move(more)),
      server_(
          server_options(where, session,
                         [this](HttpExchange& exchange) { return at_head(exchange); }),
          [this](HttpExchange& exchange) { return route(exchange); },
          [this](UploadEvent what, const HttpExchange& exchange) { upload(what, exchange); }) {}

HttpResponse RuntimeApi::route(HttpExchange& exchange) {
  const bool get = exchange.method() == "GET";
  const bool post = exchange.method() == "POST";
  std::string_view path = exchange.path();
  if (path.starts_with(kPrefix)) path.remove_prefix(kPrefix.size());
  if (path == "/ping") {
    if (!get) return wrong_method("GET");
    auto pong = plain(200, "pong");
    pong.content_type = "text/plain";
    return pong;
  }
  if (path.size() != exchange.path().size()) {
    if (path == "/runtime/invocation/next") return get ? next(exchange) : wrong_method("GET");
    if (path == "/runtime/init/error") return post ? init_error(exchange) : wrong_method("POST");
    if (const auto head = answer_head(exchange)) {
      if (!post) return wrong_method("POST");
      return head->route == AnswerHead::Route::Error ? error(exchange, *head)
                                                     : response(exchange, *head);
    }
  }
  for (auto* routes : more_)
    if (auto answer = routes->route(exchange)) return *std::move(answer);
  return plain(
      404, R"({"errorMessage":"No such path in the Lambda Runtime API","errorType":"NotFound"})");
}

HttpResponse RuntimeApi::next(HttpExchange& exchange) {
  auto begun = session_.begin_next();
  if (const auto* refusal = std::get_if<Refusal>(&begun)) return refused(*refusal);
  const auto ticket = std::get<RuntimeSession::NextTicket>(begun);
  std::optional<milliseconds> limit;
  if (ticket.running_attempt != 0) limit = kRepeatPause;
  WaitingRuntime runtime(session_, exchange);
  session_.wait(runtime);
  for (;;) {
    switch (exchange.wait(Peer::Watched, limit)) {
      case WaitResult::Answered:
        return {};
      case WaitResult::TimedOut:
        session_.take_again(runtime, ticket);
        limit = std::nullopt;
        break;
      case WaitResult::PeerGone:
      case WaitResult::Stopping:
        if (session_.leave(runtime)) return {};
        break;  // it is just being answered
    }
  }
}

// A response for a caller that wants it while it arrives.
std::optional<HttpResponse> RuntimeApi::at_head(HttpExchange& exchange) {
  if (exchange.method() != "POST") return std::nullopt;
  auto head = answer_head(exchange);
  if (!head || head->route != AnswerHead::Route::Response || has_bad_mode(exchange))
    return std::nullopt;
  const auto sink = session_.begin_stream(*head);
  if (!sink) return std::nullopt;
  head->streamed = true;
  return stream(exchange, *head, *sink);
}

HttpResponse RuntimeApi::stream(HttpExchange& exchange, AnswerHead head, ResponseSink& sink) {
  // The request's head stands in memory that its trailers may move.
  const std::string request_id(head.request_id);
  const std::string invocation_id(head.invocation_id);
  const std::string content_type(exchange.header("Content-Type").value_or(""));
  head.request_id = request_id;
  head.invocation_id = invocation_id;
  const bool streaming = exchange.header(kResponseModeHeader) == kStreaming;
  const std::size_t limit =
      streaming || exchange.header("Trailer") ? kStreamLimitBytes : kResponseLimitBytes;
  StreamRelay relay(
      sink, content_type,
      streaming ? StreamRelay::LastChunk::MayBeError : StreamRelay::LastChunk::IsData);
  Answer answer;
  HttpResponse failed;
  const BodyEnd end = exchange.read_into(limit, relay);
  switch (end) {
    case BodyEnd::Complete:
      if (auto error = error_at_end(exchange, relay.held()))
        answer = *std::move(error);
      else
        relay.finish();
      break;
    case BodyEnd::Truncated:
      answer = truncated_answer(request_id);
      failed = plain(400, std::string(kTruncatedBody));
      break;
    case BodyEnd::TooLarge:
      answer = too_large_answer(limit);
      failed = too_large(limit);
      break;
  }
  answer.streamed_bytes = relay.bytes();
  const auto refusal = session_.post_answer(head, std::move(answer));
  return end == BodyEnd::Complete ? result(refusal) : failed;
}

HttpResponse RuntimeApi::response(HttpExchange& exchange, const AnswerHead& head) {
  Answer answer;
  if (has_bad_mode(exchange)) {  // docs runtimes-custom.html, response streaming
    answer.kind = Answer::Kind::Error;
    answer.error_type = "Runtime.InvalidResponseModeHeader";
    answer.payload = error_json(answer.error_type, "Invalid function response mode");
    if (const auto refusal = session_.post_answer(head, std::move(answer)))
      return refused(*refusal);
    return refused({400, "Invalid function response mode", "InvalidFunctionResponseMode"});
  }
  if (auto error = error_at_end(exchange, exchange.body()))
    answer = *std::move(error);
  else
    answer.payload = exchange.take_body();
  return result(session_.post_answer(head, std::move(answer)));
}

HttpResponse RuntimeApi::error(HttpExchange& exchange, const AnswerHead& head) {
  Answer answer;
  answer.kind = Answer::Kind::Error;
  answer.error_type = exchange.header(kErrorTypeHeader).value_or("");
  answer.payload = exchange.take_body();
  if (answer.error_type.empty()) answer.error_type = error_type_in(answer.payload);
  return result(session_.post_answer(head, std::move(answer)));
}

HttpResponse RuntimeApi::init_error(HttpExchange& exchange) {
  InitError error;
  error.error_type = exchange.header(kErrorTypeHeader).value_or("");
  error.payload = exchange.take_body();
  if (error.error_type.empty()) error.error_type = error_type_in(error.payload);
  return result(session_.post_init_error(std::move(error)));
}

void RuntimeApi::upload(UploadEvent what, const HttpExchange& exchange) {
  if (exchange.method() != "POST") return;
  const auto head = answer_head(exchange);
  if (!head) return;
  // A refusal means that this request was not the invocation's answer, and changes nothing.
  switch (what) {
    case UploadEvent::Started:
      session_.begin_answer(*head);
      return;
    case UploadEvent::Truncated:
      session_.post_answer(*head, truncated_answer(head->request_id));
      return;
    case UploadEvent::TooLarge:
      if (session_.kind() == InstanceKind::Managed && head->route == AnswerHead::Route::Error)
        return;
      session_.post_answer(*head, too_large_answer(kResponseLimitBytes));
      return;
  }
}

}  // namespace runtime_api
