#include "emulator/control/url_response.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

using nlohmann::json;
using runtime_api::HttpResponse;

// The server's own business.
constexpr std::array<std::string_view, 5> kConnectionHeaders{
    "connection", "content-length", "keep-alive", "transfer-encoding", "upgrade"};

// A header's name is a token (RFC 9110 5.6.2).
bool is_token(std::string_view text) {
  return !text.empty() && consists_of(text, "!#$%&'*+-.^_`|~");
}

std::optional<std::string> text_of(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return value.dump();
  return std::nullopt;
}

bool add_header(HttpResponse& response, const std::string& name, const json& value) {
  const auto text = text_of(value);
  if (!text || !is_token(name)) return false;
  const std::string key = lower_case(name);
  if (std::find(kConnectionHeaders.begin(), kConnectionHeaders.end(), key) !=
      kConnectionHeaders.end())
    return true;
  if (key == "content-type")
    response.content_type = *text;
  else
    response.headers.emplace_back(name, *text);
  return true;
}

// False: it breaks HTTP.
bool read_status(const json& object, HttpResponse& response) {
  const auto status = object.find("statusCode");
  if (status == object.end()) return true;
  const auto text = text_of(*status);
  const auto number = text ? parse_integer(*text) : std::nullopt;
  if (!number || *number < 200 || *number > 599) return false;
  response.status = static_cast<unsigned>(*number);
  return true;
}

bool read_headers(const json& object, HttpResponse& response) {
  if (const auto headers = object.find("headers"); headers != object.end() && !headers->is_null()) {
    if (!headers->is_object()) return false;
    for (const auto& [name, value] : headers->items()) {
      if (!value.is_null() && !add_header(response, name, value)) return false;
    }
  }
  if (const auto cookies = object.find("cookies"); cookies != object.end() && !cookies->is_null()) {
    if (!cookies->is_array()) return false;
    for (const auto& cookie : *cookies) {
      if (!add_header(response, "Set-Cookie", cookie)) return false;
    }
  }
  return true;
}

bool read_body(const json& object, HttpResponse& response) {
  const auto body = object.find("body");
  if (body == object.end() || body->is_null()) return true;
  response.body = body->is_string() ? body->get<std::string>() : body->dump();
  const auto encoded = object.find("isBase64Encoded");
  if (encoded == object.end() || *encoded != true) return true;
  auto bytes = base64_decode(response.body);
  if (!bytes) return false;
  response.body = *std::move(bytes);
  return true;
}

}  // namespace

std::optional<HttpResponse> url_response(std::string payload) {
  HttpResponse response;
  const json answer = json::parse(payload, nullptr, false);
  if (answer.is_discarded()) return std::nullopt;
  if (!answer.is_object() || !answer.contains("statusCode")) {
    response.body = answer.is_string() ? answer.get<std::string>() : std::move(payload);
    return response;
  }
  const bool good = read_status(answer, response) && read_headers(answer, response) &&
                    read_body(answer, response);
  return good ? std::optional(std::move(response)) : std::nullopt;
}

std::optional<HttpResponse> url_prelude(std::string_view text) {
  const json prelude = json::parse(text, nullptr, false);
  HttpResponse response;
  response.content_type = "application/octet-stream";
  if (!prelude.is_object() || !read_status(prelude, response) || !read_headers(prelude, response))
    return std::nullopt;
  return response;
}

HttpResponse url_failure() {
  HttpResponse response;
  response.status = 502;
  response.content_type = "text/plain";
  response.body = "Internal Server Error";
  return response;
}

}  // namespace emulator
