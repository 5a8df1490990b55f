// The text of a response's head. Written directly: a response is one head in a reused buffer and
// one body, sent together.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "runtime_api/http_server.h"

namespace runtime_api {

enum class KeepAlive { Yes, No };

// What the request asks of its response's form.
struct ResponseForm {
  KeepAlive keep_alive = KeepAlive::Yes;
  bool head_only = false;  // it was a HEAD
};

// How a receiver finds the end of a body.
struct BodyFrame {
  enum class Kind { Length, Chunked, UntilClose };
  Kind kind = Kind::Length;
  std::size_t bytes = 0;  // of Length
};

// Replaces `out` by status line and headers including the empty line. Control bytes in header
// values become spaces, as Go's net/http (the RIE's server) sends them; a value with a line break
// must not become a header of its own.
void write_head(const HttpResponse& response, BodyFrame frame, KeepAlive keep_alive,
                std::string& out);

inline const std::string& body_of(const HttpResponse& response) {
  return response.shared_body ? *response.shared_body : response.body;
}

// A response as sendmsg(2) takes it. Points into the response and into `head`, which it fills.
class ResponseParts {
 public:
  ResponseParts(const HttpResponse& response, const ResponseForm& form, std::string& head);
  iovec* begin() { return parts_.data(); }
  std::size_t count() const { return count_; }
  std::size_t bytes() const { return parts_[0].iov_len + (count_ > 1 ? parts_[1].iov_len : 0); }

 private:
  std::array<iovec, 2> parts_;
  std::size_t count_;
};

// A whole response as it is sent, before the connection closes; without a body: the text of that
// status.
std::string closing_answer(unsigned status, HttpResponse response);

// An error as JSON; an empty body stands for the text that belongs to the status.
HttpResponse error_response(unsigned status, std::string body);

// False for statuses that never have a body (1xx, 204, 304).
bool may_have_body(unsigned status);
std::string_view reason_phrase(unsigned status);

}  // namespace runtime_api
