// Which web pages may call a function URL, as its configuration says
// (docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html#urls-cors). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/catalog/json.h"
#include "runtime_api/http_server.h"

namespace emulator {

class CorsRules {
 public:
  explicit CorsRules(const Json* url_config);  // nullptr: none, and so no page of another origin

  bool allows(std::string_view origin) const;
  // The answer to a browser's question before it sends a request; nullopt: it is no such question.
  std::optional<runtime_api::HttpResponse> preflight(
      const runtime_api::HttpExchange& exchange) const;
  // Puts the configuration's headers in the place of those that a function may have set.
  void apply(std::string_view origin, runtime_api::HttpResponse& response) const;

 private:
  std::vector<std::string> origins_, methods_, headers_, exposed_;
  bool credentials_ = false;
  std::optional<int> max_age_s_;
};

}  // namespace emulator
