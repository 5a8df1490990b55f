// The text of a response's head. Written directly: a response is one head in a reused buffer and
// one body, sent together.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"

namespace runtime_api {

enum class KeepAlive { Yes, No };

// Replaces `out` by status line and headers including the empty line. Control bytes in header
// values become spaces, as Go's net/http (the RIE's server) sends them; a value with a line break
// must not become a header of its own.
void write_head(const HttpResponse& response, std::size_t body_bytes, KeepAlive keep_alive,
                std::string& out);

// An error as JSON; an empty body stands for the text that belongs to the status.
HttpResponse error_response(unsigned status, std::string body);

// False for statuses that never have a body (1xx, 204, 304).
bool may_have_body(unsigned status);
std::string_view reason_phrase(unsigned status);

}  // namespace runtime_api
