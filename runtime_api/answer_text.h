// What the bytes of a runtime's answer say about errors. Pure functions of text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace runtime_api {

// The body's top-level string member "errorType": Python, Node and Go send no header. Empty when
// the body is no JSON object, has none, or is too large to be looked into.
std::string error_type_in(std::string_view body);

// Standard base64, padded or not; nullopt when it is none.
std::optional<std::string> decode_base64(std::string_view text);

// {"errorType":…,"errorMessage":…}
std::string error_json(std::string_view type, std::string_view message);

struct StreamError {
  std::string error_type;
  std::string payload;  // the decoded error JSON
};

// From the two trailers of a streamed response (docs runtimes-custom.html, response streaming);
// empty views: absent.
StreamError stream_error_from(std::string_view type, std::string_view body_base64);

// Rust's lambda_runtime (1.5.0, recorded) writes the two trailers as `Name: value` lines into the
// last data chunk; nullopt when the body does not end in just these two lines.
std::optional<StreamError> stream_error_at_end_of(std::string_view body);

}  // namespace runtime_api
