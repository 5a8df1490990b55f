// The operations of the control plane by method and path, and what all of them have in common:
// decoded path parameters, queries and JSON bodies, errors thrown as ApiError, a request id on
// every answer.
//
// Threads: operations are added before the server starts; requests come from its connections.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/json.h"
#include "runtime_api/http_server.h"

namespace emulator {

// The largest request of all, one with a function's code (recorded from CreateFunction).
inline constexpr std::size_t kRequestBytesMax = 70'167'211;

// One request of an operation. Valid during its call.
struct ApiRequest {
  runtime_api::HttpExchange& exchange;
  std::vector<std::pair<std::string_view, std::string>> parameters;  // of the path, decoded
  std::string request_id;  // a new one, for x-amzn-RequestId

  const std::string& parameter(std::string_view name) const;  // of the path; must be one
  std::optional<std::string> query(std::string_view name) const;
  std::vector<std::string> query_all(std::string_view name) const;  // tagKeys=a&tagKeys=b
  // The body as a JSON object, with few enough members and levels that whoever walks it needs no
  // limit of its own; an empty one when there is no body. Throws ApiError.
  Json body() const;
};

struct BodyLimit {
  std::size_t bytes = 1024 * 1024;  // enough for every operation that carries no code or event
};

// Who may ask for an operation when klambda requires signatures.
enum class Access {
  Signed,
  Public,  // anyone who reaches the port: what is asked before credentials are known
  Own      // the operation decides, also about pages in a browser
};

inline constexpr std::string_view kAnyMethod = "*";  // of an operation

class Router {
 public:
  // Throws ApiError.
  using Operation = std::function<runtime_api::HttpResponse(ApiRequest&)>;
  // Throws ApiError when the request goes no further.
  using Check = std::function<void(const runtime_api::HttpExchange&)>;

  // `path`: "/2015-03-31/functions/{FunctionName}/aliases/{Name}"; a parameter takes one segment, a
  // last "{Resource+}" the rest. A slash at the end is the same path. "…?find=LayerVersion" is the
  // operation for requests that have this in their query, before one of the same path without.
  // `name`: the operation's, as the API's errors have it. What is added to a path and method first
  // answers; a GET answers HEAD, too.
  void add(std::string_view method, std::string_view path, std::string_view name,
           Operation operation, BodyLimit limit = BodyLimit{}, Access access = Access::Signed);

  // What a request passes before its operation.
  struct Checks {
    Check every{};       // one
    Check not_own{};     // for an operation that does not decide by itself
    Check not_public{};  // the same, and not for a public operation
  };
  void set_checks(Checks checks);

  runtime_api::HttpResponse answer(runtime_api::HttpExchange& exchange) const;

  // Of the operation that the request asks for; known before its body is read.
  std::size_t body_limit_bytes(const runtime_api::HttpExchange& exchange) const;
  runtime_api::HttpResponse too_large(const runtime_api::HttpExchange& exchange) const;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;          // "{Name}" takes any one
    std::pair<std::string, std::string> query;  // of that name and value; no name: any query
    std::string name;
    Operation operation;
    BodyLimit limit;
    Access access;
  };
  struct Match {
    const Route* route = nullptr;  // nullptr: no such path, or not with this method
    bool path_exists = false;
  };
  Match match(const runtime_api::HttpExchange& exchange) const;
  runtime_api::HttpResponse run(const Match& found, ApiRequest& request) const;

  std::vector<Route> routes_;
  Checks checks_;
};

runtime_api::HttpResponse to_response(const ApiError& error);
runtime_api::HttpResponse json_response(unsigned status, const Json& body);
runtime_api::HttpResponse empty_response(unsigned status);

}  // namespace emulator
