#include "emulator/control/router.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/config/uuid.h"
#include "emulator/control/query.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using runtime_api::HttpExchange;
using runtime_api::HttpResponse;

constexpr const char* kRequestIdHeader = "x-amzn-RequestId";

// No body of the API comes near these. Copying and printing a JSON value descend into it level by
// level on the stack, and an ordered object looks for each member among all before it.
constexpr int kJsonLevelsMax = 500;
constexpr std::size_t kJsonMembersMax = 10'000;

// A path's segments, without a slash at its end. What follows the last that fits is part of it.
struct Segments {
  static constexpr std::size_t kMax = 12;
  std::array<std::string_view, kMax> parts{};
  std::size_t count = 0;

  explicit Segments(std::string_view path) {
    if (path.starts_with('/')) path.remove_prefix(1);
    if (path.ends_with('/')) path.remove_suffix(1);
    for (;;) {
      const auto slash = count + 1 < kMax ? path.find('/') : std::string_view::npos;
      parts[count++] = path.substr(0, slash);
      if (slash == std::string_view::npos) return;
      path.remove_prefix(slash + 1);
    }
  }
  // From the one at `first` to the end of the path.
  std::string_view rest(std::size_t first) const {
    const auto& last = parts[count - 1];
    const char* const begin = parts[first].data();
    return {begin, static_cast<std::size_t>(last.data() + last.size() - begin)};
  }
};

bool is_parameter(std::string_view segment) {
  return segment.starts_with('{');
}
bool takes_the_rest(std::string_view segment) {
  return segment.ends_with("+}");
}
std::string_view parameter_name(std::string_view segment) {
  segment.remove_prefix(1);
  segment.remove_suffix(takes_the_rest(segment) ? 2 : 1);
  return segment;
}

bool fits(const std::vector<std::string>& pattern, const Segments& segments) {
  if (takes_the_rest(pattern.back()) ? segments.count < pattern.size()
                                     : segments.count != pattern.size())
    return false;
  return std::equal(pattern.begin(), pattern.end(), segments.parts.begin(),
                    [](const std::string& expected, std::string_view segment) {
                      if (takes_the_rest(expected)) return true;
                      return is_parameter(expected) ? !segment.empty() : expected == segment;
                    });
}

std::vector<std::pair<std::string_view, std::string>> parameters_of(
    const std::vector<std::string>& pattern, std::string_view path) {
  const Segments segments(path);
  std::vector<std::pair<std::string_view, std::string>> parameters;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (!is_parameter(pattern[i])) continue;
    parameters.emplace_back(
        parameter_name(pattern[i]),
        percent_decode(takes_the_rest(pattern[i]) ? segments.rest(i) : segments.parts[i]));
  }
  return parameters;
}

void add_request_id(HttpResponse& response, std::string request_id) {
  const auto same = [](const auto& header) { return header.first == kRequestIdHeader; };
  if (std::none_of(response.headers.begin(), response.headers.end(), same))
    response.headers.emplace_back(kRequestIdHeader, std::move(request_id));
}

ApiError unreadable(const std::string& why) {
  return serialization_error("Could not parse request body into json: " + why);
}

}  // namespace

const std::string& ApiRequest::parameter(std::string_view name) const {
  return std::find_if(parameters.begin(), parameters.end(),
                      [name](const auto& parameter) { return parameter.first == name; })
      ->second;
}

std::optional<std::string> ApiRequest::query(std::string_view name) const {
  return query_parameter(exchange.query(), name);
}

std::vector<std::string> ApiRequest::query_all(std::string_view name) const {
  return query_parameters(exchange.query(), name);
}

Json ApiRequest::body() const {
  const auto& text = exchange.body();
  if (trim(text).empty()) return Json::object();
  std::size_t members = 0;
  const auto limit = [&members](int level, Json::parse_event_t event, const Json&) {
    if (level > kJsonLevelsMax)
      throw unreadable("it is nested deeper than " + std::to_string(kJsonLevelsMax) + " levels");
    if (event == Json::parse_event_t::key && ++members > kJsonMembersMax)
      throw unreadable("it has more than " + std::to_string(kJsonMembersMax) + " members");
    return true;
  };
  Json body;
  try {
    body = Json::parse(text, limit);
  } catch (const Json::parse_error& error) {
    throw unreadable("it is no valid JSON at byte " + std::to_string(error.byte));
  } catch (const Json::out_of_range&) {
    throw unreadable("it has a number that is out of range");
  }
  if (!body.is_object()) throw unreadable("it is not a JSON object");
  return body;
}

void Router::add(std::string_view method, std::string_view path, std::string_view name,
                 Operation operation, BodyLimit limit, Access access) {
  const auto mark = path.find('?');
  Route route{std::string(method), {}, {}, std::string(name), std::move(operation), limit, access};
  const Segments segments(path.substr(0, mark));
  route.segments.assign(segments.parts.begin(), segments.parts.begin() + segments.count);
  if (mark == std::string_view::npos) {
    routes_.push_back(std::move(route));
    return;
  }
  const auto query = path.substr(mark + 1);
  const auto equals = query.find('=');
  route.query = {std::string(query.substr(0, equals)), std::string(query.substr(equals + 1))};
  routes_.insert(routes_.begin(), std::move(route));
}

void Router::set_checks(Checks checks) {
  checks_ = std::move(checks);
}

Router::Match Router::match(const HttpExchange& exchange) const {
  const Segments segments(exchange.path());
  const std::string_view method = exchange.method() == "HEAD" ? "GET" : exchange.method();
  Match match;
  for (const auto& route : routes_) {
    if (!fits(route.segments, segments)) continue;
    const auto& [name, value] = route.query;
    if (!name.empty() && query_parameter(exchange.query(), name) != value) continue;
    match.path_exists = true;
    if (route.method != method && route.method != kAnyMethod) continue;
    match.route = &route;
    break;
  }
  return match;
}

HttpResponse Router::run(const Match& found, ApiRequest& request) const {
  HttpExchange& exchange = request.exchange;
  const Access access = found.route == nullptr ? Access::Signed : found.route->access;
  if (checks_.every) checks_.every(exchange);
  if (checks_.not_own && access != Access::Own) checks_.not_own(exchange);
  if (checks_.not_public && access == Access::Signed) checks_.not_public(exchange);
  if (found.route == nullptr)
    throw found.path_exists ? method_not_allowed() : unknown_path(exchange.path());
  request.parameters = parameters_of(found.route->segments, exchange.path());
  return found.route->operation(request);
}

HttpResponse Router::answer(HttpExchange& exchange) const {
  ApiRequest request{exchange, {}, random_uuid()};
  HttpResponse response;
  try {
    response = run(match(exchange), request);
  } catch (const ApiError& error) {
    response = to_response(error);
  } catch (const std::exception& error) {
    log::error("{} {}: {} (request {})", exchange.method(), exchange.path(), error.what(),
               request.request_id);
    response = to_response(service_error(error.what()));
  }
  add_request_id(response, std::move(request.request_id));
  return response;
}

std::size_t Router::body_limit_bytes(const HttpExchange& exchange) const {
  const auto found = match(exchange);
  return (found.route == nullptr ? BodyLimit{} : found.route->limit).bytes;
}

HttpResponse Router::too_large(const HttpExchange& exchange) const {
  const auto found = match(exchange);
  const BodyLimit limit = found.route == nullptr ? BodyLimit{} : found.route->limit;
  const std::string name = found.route == nullptr ? "requested" : found.route->name;
  auto response = to_response(request_entity_too_large("Request must be smaller than " +
                                                       std::to_string(limit.bytes) +
                                                       " bytes for the " + name + " operation"));
  add_request_id(response, random_uuid());
  return response;
}

HttpResponse to_response(const ApiError& error) {
  Json body;
  if (!error.reason.empty()) body["Reason"] = error.reason;
  if (error.fault != ApiError::Fault::Unsaid)
    body["Type"] = error.fault == ApiError::Fault::User ? "User" : "Service";
  body[error.member == ApiError::Member::Message ? "Message" : "message"] = error.what();
  HttpResponse response;
  response.status = error.status;
  response.headers.emplace_back("x-amzn-ErrorType", error.type);
  if (error.status == 429) response.headers.emplace_back("Retry-After", "1");
  // A path or name out of a request may hold any bytes; dump would throw at what is not UTF-8.
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

HttpResponse json_response(unsigned status, const Json& body) {
  HttpResponse response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  return response;
}

HttpResponse empty_response(unsigned status) {
  HttpResponse response;
  response.status = status;
  return response;
}

}  // namespace emulator
