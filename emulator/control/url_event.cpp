#include "emulator/control/url_event.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <optional>

#include "emulator/config/host_name.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"
#include "emulator/control/query.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

using nlohmann::json;
using runtime_api::HttpExchange;

constexpr const char* kDefault = "$default";
constexpr std::array<std::string_view, 3> kTextTypes{"application/json", "application/xml",
                                                     "application/javascript"};

std::string text_of(std::optional<std::string_view> value) {
  return std::string(value.value_or(""));
}

bool is_utf8(const std::string& text) {
  try {
    return !json(text).dump().empty();
  } catch (const json::type_error&) {
    return false;
  }
}

// Appends to what is there already: "value1,value2".
void join_to(json& object, const std::string& name, const std::string& value) {
  if (const auto present = object.find(name); present != object.end())
    *present = present->get<std::string>() + "," + value;
  else
    object[name] = value;
}

void add_cookies(json& cookies, std::string_view header) {
  for (const auto& cookie : split(header, ';')) {
    if (const auto text = trim(cookie); !text.empty()) cookies.push_back(std::string(text));
  }
}

// Names in lower case, several of one name joined; cookies have a member of their own.
struct Headers {
  json headers = json::object();
  json cookies = json::array();

  Headers(const HttpExchange& exchange, const UrlContext& context) {
    exchange.each_header([this](std::string_view name, std::string_view value) {
      const std::string key = lower_case(name);
      key == "cookie" ? add_cookies(cookies, value) : join_to(headers, key, std::string(value));
    });
    headers["x-amzn-trace-id"] = std::string(context.trace_id);
    headers["x-forwarded-proto"] = "http";
    headers["x-forwarded-for"] = exchange.peer();
    const auto port = split_host_port(text_of(exchange.header("Host"))).port;
    headers["x-forwarded-port"] = port.empty() ? "80" : port;
  }
};

json request_context(const HttpExchange& exchange, const UrlContext& context) {
  return {{"accountId", "anonymous"},
          {"apiId", std::string(context.url_id)},
          {"domainName", text_of(exchange.header("Host"))},
          {"domainPrefix", std::string(context.url_id)},
          {"http",
           {{"method", std::string(exchange.method())},
            {"path", std::string(context.raw_path)},
            {"protocol", "HTTP/1.1"},
            {"sourceIp", exchange.peer()},
            {"userAgent", text_of(exchange.header("User-Agent"))}}},
          {"requestId", std::string(context.request_id)},
          {"routeKey", kDefault},
          {"stage", kDefault},
          {"time", utc_text(context.now_ms, "%d/%b/%Y:%H:%M:%S +0000")},
          {"timeEpoch", context.now_ms}};
}

void add_body(json& event, const HttpExchange& exchange) {
  const std::string& body = exchange.body();
  const bool is_text = is_text_type(exchange.header("Content-Type").value_or("")) && is_utf8(body);
  if (!body.empty()) event["body"] = is_text ? body : base64_encode(body);
  event["isBase64Encoded"] = !body.empty() && !is_text;
}

}  // namespace

bool is_text_type(std::string_view content_type) {
  const std::string type = lower_case(trim(content_type.substr(0, content_type.find(';'))));
  return starts_with(type, "text/") || ends_with(type, "+json") || ends_with(type, "+xml") ||
         std::find(kTextTypes.begin(), kTextTypes.end(), type) != kTextTypes.end();
}

std::string url_event(const HttpExchange& exchange, const UrlContext& context) {
  Headers headers(exchange, context);
  json query = json::object();
  for (const auto& [name, value] : query_pairs(exchange.query())) join_to(query, name, value);
  json event = {{"version", "2.0"},
                {"routeKey", kDefault},
                {"rawPath", std::string(context.raw_path)},
                {"rawQueryString", std::string(exchange.query())}};
  if (!headers.cookies.empty()) event["cookies"] = std::move(headers.cookies);
  event["headers"] = std::move(headers.headers);
  if (!query.empty()) event["queryStringParameters"] = std::move(query);
  event["requestContext"] = request_context(exchange, context);
  add_body(event, exchange);
  return event.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace emulator
