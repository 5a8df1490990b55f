#include "emulator/catalog/url_config_changes.h"

#include "emulator/catalog/alias_changes.h"
#include "emulator/catalog/api_error.h"
#include "emulator/config/text.h"
#include "emulator/config/utc.h"

namespace emulator {
namespace {

constexpr const char* kUrl = "FunctionUrlConfig";

void require_qualifier(const Function& function, const std::string& qualifier) {
  if (qualifier == kLatest || function.aliases.count(qualifier) > 0) return;
  throw resource_not_found("Function does not exist");
}

ApiError no_url_config() {
  return resource_not_found("The resource you requested does not exist.");
}

Function with_config(const Function& function, const std::string& qualifier, Json config,
                     const Json& settings, std::int64_t now_ms) {
  for (const char* const name : {"AuthType", "Cors", "InvokeMode"}) {
    if (const auto value = member<Json>(settings, name)) config[name] = *value;
  }
  config["LastModifiedTime"] = iso_time(now_ms);
  Function next = function;
  next.attachments[attachment_key(kUrl, qualifier)] = std::move(config);
  return next;
}

}  // namespace

Json url_settings(const FunctionUrl& url) {
  Json settings = {
      {"AuthType", url.auth == FunctionUrl::Auth::Anyone ? "NONE" : "AWS_IAM"},
      {"InvokeMode",
       url.invoke_mode == FunctionUrl::InvokeMode::Buffered ? "BUFFERED" : "RESPONSE_STREAM"}};
  if (!url.cors) return settings;
  Json& cors = settings["Cors"] = Json::object();
  const auto add = [&cors](const char* name, const std::vector<std::string>& list) {
    if (!list.empty()) cors[name] = list;
  };
  add("AllowOrigins", url.cors->allow_origins);
  add("AllowMethods", url.cors->allow_methods);
  add("AllowHeaders", url.cors->allow_headers);
  add("ExposeHeaders", url.cors->expose_headers);
  if (url.cors->allow_credentials) cors["AllowCredentials"] = true;
  if (url.cors->max_age_s) cors["MaxAge"] = *url.cors->max_age_s;
  return settings;
}

const Json* find_url_config(const Function& function, const std::string& qualifier) {
  const auto found = function.attachments.find(attachment_key(kUrl, qualifier));
  return found == function.attachments.end() ? nullptr : &found->second;
}

const Json& url_config(const Function& function, const std::string& qualifier) {
  const Json* const found = find_url_config(function, qualifier);
  if (found == nullptr) throw no_url_config();
  return *found;
}

std::vector<std::pair<std::string, Json>> url_configs(const Function& function) {
  std::vector<std::pair<std::string, Json>> configs;
  const std::string prefix = attachment_key(kUrl, {});
  for (const auto& [key, config] : function.attachments) {
    if (starts_with(key, prefix)) configs.emplace_back(key.substr(prefix.size()), config);
  }
  return configs;
}

Function create_url_config(const Function& function, const std::string& qualifier,
                           const Json& settings, std::int64_t now_ms) {
  require_qualifier(function, qualifier);
  if (find_url_config(function, qualifier) != nullptr) {
    const std::string arn = function_arn(function.name(), qualifier == kLatest ? "" : qualifier);
    throw resource_conflict("Failed to create function url config for [functionArn = " + arn +
                            "]. Error message:  FunctionUrlConfig exists for this Lambda function");
  }
  const Json fresh = {{"InvokeMode", "BUFFERED"}, {"CreationTime", iso_time(now_ms)}};
  return with_config(function, qualifier, fresh, settings, now_ms);
}

Function update_url_config(const Function& function, const std::string& qualifier,
                           const Json& settings, std::int64_t now_ms) {
  return with_config(function, qualifier, url_config(function, qualifier), settings, now_ms);
}

Function delete_url_config(const Function& function, const std::string& qualifier) {
  url_config(function, qualifier);
  Function next = function;
  next.attachments.erase(attachment_key(kUrl, qualifier));
  return next;
}

}  // namespace emulator
