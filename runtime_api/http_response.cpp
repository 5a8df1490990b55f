#include "runtime_api/http_response.h"

#include <array>
#include <charconv>
#include <utility>

namespace runtime_api {
namespace {

void append_number(std::string& out, std::size_t number) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_value(std::string& out, std::string_view value) {
  const std::size_t start = out.size();
  out.append(value);
  for (std::size_t at = start; at < out.size(); ++at) {
    const char c = out[at];
    if (c == '\r' || c == '\n' || c == '\0') out[at] = ' ';
  }
}

}  // namespace

bool may_have_body(unsigned status) {
  return status >= 200 && status != 204 && status != 304;
}

std::string_view reason_phrase(unsigned status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Request Entity Too Large";
    case 415:
      return "Unsupported Media Type";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "Status";
  }
}

HttpResponse error_response(unsigned status, std::string body) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  if (!response.body.empty()) return response;
  const std::string reason(reason_phrase(status));
  std::string type;
  for (const char c : reason) {
    if (c != ' ') type.push_back(c);
  }
  // Shape and case of the RIE's {"errorMessage":"Internal Server
  // Error","errorType":"InternalServerError"}.
  response.body = R"({"errorMessage":")" + reason + R"(","errorType":")";
  response.body += type + R"("})";
  return response;
}

void write_head(const HttpResponse& response, BodyFrame frame, KeepAlive keep_alive,
                std::string& out) {
  out.assign("HTTP/1.1 ");
  append_number(out, response.status);
  out.append(" ").append(reason_phrase(response.status)).append("\r\n");
  if (!response.content_type.empty()) {
    out.append("Content-Type: ");
    append_value(out, response.content_type);
    out.append("\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    out.append(name).append(": ");
    append_value(out, value);
    out.append("\r\n");
  }
  // RFC 9110 8.6: a 204 or 1xx has no Content-Length.
  if (may_have_body(response.status) && frame.kind == BodyFrame::Kind::Length) {
    out.append("Content-Length: ");
    append_number(out, frame.bytes);
    out.append("\r\n");
  }
  if (frame.kind == BodyFrame::Kind::Chunked) out.append("Transfer-Encoding: chunked\r\n");
  if (keep_alive == KeepAlive::No) out.append("Connection: close\r\n");
  out.append("\r\n");
}

std::string closing_answer(unsigned status, HttpResponse response) {
  response.status = status;
  if (response.body.empty()) response = error_response(status, {});
  std::string text;
  write_head(response, {BodyFrame::Kind::Length, response.body.size()}, KeepAlive::No, text);
  return text + response.body;
}

ResponseParts::ResponseParts(const HttpResponse& response, const ResponseForm& form,
                             std::string& head) {
  const std::string& body = body_of(response);
  write_head(response, {BodyFrame::Kind::Length, body.size()}, form.keep_alive, head);
  // sendmsg(2) reads only; iovec has no const form.
  parts_ = {{{head.data(), head.size()}, {const_cast<char*>(body.data()), body.size()}}};
  count_ = body.empty() || form.head_only || !may_have_body(response.status) ? 1 : 2;
}

}  // namespace runtime_api
