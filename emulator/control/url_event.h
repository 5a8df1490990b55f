// The event that a function URL makes of an HTTP request: payload format 2.0
// (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, "Request payload format").
// Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"

namespace emulator {

struct UrlContext {
  std::string_view raw_path;  // as sent, from the slash after the function's name
  std::string_view url_id;
  std::string_view request_id;
  std::string_view trace_id;
  std::int64_t now_ms = 0;  // since the epoch
};

std::string url_event(const runtime_api::HttpExchange& exchange, const UrlContext& context);

// Whether a body goes into the event as text and not as base64: AWS names text/*, application/json,
// application/xml and application/javascript; types that end in +json or +xml are an inference.
bool is_text_type(std::string_view content_type);

}  // namespace emulator
