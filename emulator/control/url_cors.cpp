#include "emulator/control/url_cors.h"

#include <algorithm>
#include <utility>

#include "emulator/config/text.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;

constexpr const char* kAny = "*";

std::vector<std::string> texts(const Json& object, const char* name) {
  return member<std::vector<std::string>>(object, name).value_or(std::vector<std::string>());
}

bool has(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// What a header of the answer lists: for "anything", what the browser asks for.
std::string listed(const std::vector<std::string>& list, std::optional<std::string_view> asked) {
  return has(list, kAny) ? std::string(asked.value_or(kAny)) : join(list, ",");
}

}  // namespace

CorsRules::CorsRules(const Json* url_config) {
  const auto cors = url_config == nullptr ? std::nullopt : member<Json>(*url_config, "Cors");
  if (!cors) return;
  origins_ = texts(*cors, "AllowOrigins");
  methods_ = texts(*cors, "AllowMethods");
  headers_ = texts(*cors, "AllowHeaders");
  exposed_ = texts(*cors, "ExposeHeaders");
  credentials_ = member<bool>(*cors, "AllowCredentials").value_or(false);
  max_age_s_ = member<int>(*cors, "MaxAge");
}

bool CorsRules::allows(std::string_view origin) const {
  return has(origins_, kAny) || has(origins_, origin);
}

std::optional<HttpResponse> CorsRules::preflight(const HttpExchange& exchange) const {
  const auto origin = exchange.header("Origin");
  const auto method = exchange.header("Access-Control-Request-Method");
  if (exchange.method() != "OPTIONS" || !origin || !method || !allows(*origin)) return std::nullopt;
  HttpResponse response;
  response.content_type = {};
  const auto add = [&response](const char* name, std::string value) {
    if (!value.empty()) response.headers.emplace_back(name, std::move(value));
  };
  apply(*origin, response);
  add("Access-Control-Allow-Methods", listed(methods_, method));
  add("Access-Control-Allow-Headers",
      listed(headers_, exchange.header("Access-Control-Request-Headers")));
  if (max_age_s_) add("Access-Control-Max-Age", std::to_string(*max_age_s_));
  return response;
}

void CorsRules::apply(std::string_view origin, HttpResponse& response) const {
  if (origin.empty() || !allows(origin)) return;
  auto& headers = response.headers;
  std::erase_if(headers, [](const auto& header) {
    return starts_with(lower_case(header.first), "access-control-");
  });
  headers.emplace_back("Access-Control-Allow-Origin", origin);
  headers.emplace_back("Vary", "Origin");
  if (credentials_) headers.emplace_back("Access-Control-Allow-Credentials", "true");
  if (!exposed_.empty()) headers.emplace_back("Access-Control-Expose-Headers", join(exposed_, ","));
}

}  // namespace emulator
