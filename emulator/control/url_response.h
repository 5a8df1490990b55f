// The HTTP response that a function URL makes of a function's answer
// (docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html, "Response payload format"). Pure; any
// thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"

namespace emulator {

// An object with a statusCode says status, headers, cookies and body; of any other JSON value the
// text is the body (of a string, what stands in it). nullopt: neither, or it breaks HTTP.
std::optional<runtime_api::HttpResponse> url_response(std::string payload);

// The same of what precedes a streamed body, {"statusCode","headers","cookies"}; the body is empty.
std::optional<runtime_api::HttpResponse> url_prelude(std::string_view text);

// 502 "Internal Server Error": the function failed, or answered what is no response (recorded).
runtime_api::HttpResponse url_failure();

}  // namespace emulator
