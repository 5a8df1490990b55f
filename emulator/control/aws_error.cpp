#include "emulator/control/aws_error.h"

#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using runtime_api::HttpResponse;

HttpResponse error(unsigned status, std::string_view type, const nlohmann::ordered_json& body) {
  HttpResponse response;
  response.status = status;
  response.headers.emplace_back("x-amzn-ErrorType", type);
  // A path or name out of a request may hold any bytes; dump would throw at what is not UTF-8.
  response.body = body.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  return response;
}

}  // namespace

HttpResponse resource_not_found(std::string_view message) {
  return error(404, "ResourceNotFoundException", {{"Type", "User"}, {"Message", message}});
}

HttpResponse invalid_request_content(std::string_view message) {
  return error(400, "InvalidRequestContentException", {{"Type", "User"}, {"message", message}});
}

HttpResponse invalid_parameter_value(std::string_view message) {
  return error(400, "InvalidParameterValueException", {{"Type", "User"}, {"message", message}});
}

HttpResponse validation_error(std::string_view message) {
  return error(400, "ValidationException", {{"message", message}});
}

HttpResponse too_many_requests(std::string_view message, std::string_view reason) {
  auto response = error(429, "TooManyRequestsException",
                        {{"Reason", reason}, {"Type", "User"}, {"message", message}});
  response.headers.emplace_back("Retry-After", "1");
  return response;
}

HttpResponse request_too_large(std::string_view message) {
  return error(413, "RequestTooLargeException", {{"Type", "User"}, {"message", message}});
}

HttpResponse service_error(std::string_view message) {
  return error(500, "ServiceException", {{"Type", "Service"}, {"Message", message}});
}

HttpResponse method_not_allowed() {
  return error(405, "MethodNotAllowedException",
               {{"Type", "User"}, {"message", "Method not allowed"}});
}

HttpResponse unknown_path(std::string_view path) {
  return error(404, "UnknownOperationException",
               {{"Type", "User"}, {"message", "klambda has no operation at " + std::string(path)}});
}

}  // namespace emulator
