#include "runtime_api/extension_routes.h"

#include <cctype>
#include <nlohmann/json.hpp>
#include <string_view>
#include <utility>

#include "runtime_api/json_text.h"
#include "runtime_api/uuid.h"

namespace runtime_api {
namespace {

constexpr std::string_view kPrefix = "/2020-01-01/extension";
constexpr std::string_view kIdentifier = "Lambda-Extension-Identifier";
constexpr std::string_view kErrorType = "Lambda-Extension-Function-Error-Type";

Refusal bad_format(std::string message) {
  return {403, std::move(message), "InvalidRequestFormat"};
}

// The body of register: {"events":[…]}, where null is an empty list (Go sends it).
std::variant<std::vector<std::string>, Refusal> events_in(const std::string& body) {
  if (body.empty()) return bad_format("unexpected end of JSON input");
  const auto json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_discarded()) return bad_format("the request's body is not valid JSON");
  if (!json.is_object()) return bad_format("the request's body is not a JSON object");
  if (const auto keys = json.find("configurationKeys");
      keys != json.end() && keys->is_array() && !keys->empty())
    return bad_format("configurationKeys are deprecated; use environment variables instead");
  std::vector<std::string> events;
  const auto listed = json.find("events");
  if (listed == json.end() || listed->is_null()) return events;
  if (!listed->is_array()) return bad_format("events is not an array of strings");
  for (const auto& each : *listed) {
    if (!each.is_string()) return bad_format("events is not an array of strings");
    events.push_back(each.get<std::string>());
  }
  return events;
}

// "accountId" among the features, a comma list.
bool accepts_account_id(std::string_view features) {
  while (!features.empty()) {
    const auto comma = features.find(',');
    auto feature = features.substr(0, comma);
    while (!feature.empty() && feature.front() == ' ') feature.remove_prefix(1);
    while (!feature.empty() && feature.back() == ' ') feature.remove_suffix(1);
    if (feature == "accountId") return true;
    features.remove_prefix(comma == std::string_view::npos ? features.size() : comma + 1);
  }
  return false;
}

// A request for an event under way.
class WaitingExtension final : public Extensions::Waiter {
 public:
  WaitingExtension(Extensions& extensions, HttpExchange& exchange, const std::string& id)
      : extensions_(extensions), exchange_(exchange), id_(id) {}

  void take(Extensions::Event event) override {
    HttpResponse response;
    response.headers.emplace_back("Lambda-Extension-Event-Identifier", event.id);
    response.shared_body = event.body;
    response.on_unsent = [&extensions = extensions_, id = id_, event = std::move(event)] {
      extensions.not_delivered(id, event);
    };
    exchange_.respond(std::move(response));
  }
  void refuse(Refusal refusal) override { exchange_.respond(extension_refusal(refusal)); }

 private:
  Extensions& extensions_;
  HttpExchange& exchange_;
  const std::string& id_;
};

}  // namespace

HttpResponse extension_refusal(const Refusal& refusal) {
  HttpResponse response;
  response.status = refusal.status;
  response.body = R"({"errorMessage":)";
  append_json_string(response.body, refusal.message);
  response.body.append(R"(,"errorType":)");
  append_json_string(response.body, refusal.type);
  response.body.append("}\n");
  return response;
}

HttpResponse wrong_extension_method(std::string_view allowed) {
  auto response = extension_refusal({405, "Method not allowed", "MethodNotAllowed"});
  response.headers.emplace_back("Allow", allowed);
  return response;
}

// rie rapi/middleware: AgentUniqueIdentifierHeaderValidator
std::variant<std::string, Refusal> extension_identifier(const HttpExchange& exchange) {
  const auto given = exchange.header(kIdentifier).value_or("");
  if (given.empty())
    return Refusal{403, "Missing Lambda-Extension-Identifier header",
                   "Extension.MissingExtensionIdentifier"};
  if (auto id = parse_uuid(given)) return *std::move(id);
  return Refusal{403, "Invalid Lambda-Extension-Identifier",
                 "Extension.InvalidExtensionIdentifier"};
}

std::optional<HttpResponse> ExtensionRoutes::route(HttpExchange& exchange) {
  std::string_view path = exchange.path();
  if (!path.starts_with(kPrefix)) return std::nullopt;
  path.remove_prefix(kPrefix.size());
  const bool post = exchange.method() == "POST";
  if (path == "/register")
    return post ? register_extension(exchange) : wrong_extension_method("POST");
  const bool next_event = path == "/event/next";
  const bool init_error = path == "/init/error";
  if (!next_event && !init_error && path != "/exit/error") return std::nullopt;
  if (next_event ? exchange.method() != "GET" : !post)
    return wrong_extension_method(next_event ? "GET" : "POST");
  const auto id = extension_identifier(exchange);
  if (const auto* refusal = std::get_if<Refusal>(&id)) return extension_refusal(*refusal);
  if (next_event) return next(exchange, std::get<std::string>(id));
  return error(exchange, std::get<std::string>(id),
               init_error ? ExtensionFailure::Phase::Init : ExtensionFailure::Phase::Exit);
}

HttpResponse ExtensionRoutes::register_extension(HttpExchange& exchange) {
  Extensions::Registration registration;
  registration.name = exchange.header("Lambda-Extension-Name").value_or("");
  if (registration.name.empty())
    return extension_refusal({403, "Empty extension name", "Extension.InvalidExtensionName"});
  auto events = events_in(exchange.body());
  if (const auto* refusal = std::get_if<Refusal>(&events)) return extension_refusal(*refusal);
  registration.events = std::get<std::vector<std::string>>(std::move(events));
  auto registered = extensions_.register_extension(registration);
  if (const auto* refusal = std::get_if<Refusal>(&registered)) return extension_refusal(*refusal);

  HttpResponse response;
  response.headers.emplace_back(kIdentifier, std::get<std::string>(std::move(registered)));
  const auto& function = extensions_.function();
  auto& body = response.body;
  body = R"({"functionName":)" + json_string(function.name);
  body.append(R"(,"functionVersion":)").append(json_string(function.version));
  body.append(R"(,"handler":)").append(json_string(function.handler));
  if (accepts_account_id(exchange.header("Lambda-Extension-Accept-Feature").value_or("")))
    body.append(R"(,"accountId":)").append(json_string(function.account_id));
  body.append("}\n");
  return response;
}

HttpResponse ExtensionRoutes::next(HttpExchange& exchange, const std::string& id) {
  WaitingExtension waiting(extensions_, exchange, id);
  if (const auto refusal = extensions_.next(id, waiting)) return extension_refusal(*refusal);
  // A client that has gone is one that the server has nothing to say to any more.
  while (exchange.wait(Peer::Watched) != WaitResult::Answered) {
    if (extensions_.leave(waiting)) return {};
  }
  return {};
}

HttpResponse ExtensionRoutes::error(HttpExchange& exchange, const std::string& id,
                                    ExtensionFailure::Phase phase) {
  const auto type = exchange.header(kErrorType).value_or("");
  if (type.empty())
    return extension_refusal(
        {403, "Lambda-Extension-Function-Error-Type not found", "Extension.MissingHeader"});
  if (const auto refusal = extensions_.post_error(id, phase, type))
    return extension_refusal(*refusal);
  HttpResponse accepted;
  accepted.status = 202;
  accepted.body = "{\"status\":\"OK\"}\n";
  return accepted;
}

}  // namespace runtime_api
