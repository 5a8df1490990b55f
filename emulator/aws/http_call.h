// One HTTP request to another program and its answer, over a connection of its own: for calls that
// are rare and must not depend on what an earlier one left. The only user of cpp-httplib here.
// Blocking; any thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "emulator/aws/http_tls.h"
#include "emulator/aws/url.h"

namespace emulator {

struct HttpCall {
  std::string method;
  std::string path;  // below the URL's base path, percent-encoded, with a query if there is one
  std::vector<std::pair<std::string, std::string>> headers;  // beside Host and Content-Length
  std::string body;
};

// The header of a login with a user's name and password (RFC 7617).
std::pair<std::string, std::string> basic_login(const std::string& username,
                                                const std::string& password);

struct HttpLimits {
  std::chrono::milliseconds connect{2'000};
  std::chrono::milliseconds answer{8'000};  // between two pieces of it; sending one, too
  std::size_t answer_bytes = 16u * 1024 * 1024;
};

struct HttpAnswer {
  int status = 0;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  std::string header(std::string_view name) const;  // any case; "": it has none of that name
};
struct NoAnswer {
  enum class Kind {
    NotReached,  // or not in time, or klambda stops
    NotTrusted,  // no TLS: the server's certificate, or ours
  };
  std::string reason;  // without the address: "connection refused or timed out"
  Kind kind = Kind::NotReached;
};

// A stop ends the call at once with NoAnswer.
std::variant<HttpAnswer, NoAnswer> call(const Url& url, HttpCall request, const HttpTls& tls,
                                        std::stop_token stop, const HttpLimits& limits = {});

}  // namespace emulator
