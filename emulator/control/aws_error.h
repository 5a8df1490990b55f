// Errors as the Lambda API words them: {"Type":"User","Message":…} with x-amzn-ErrorType, the
// message member's case depending on the exception (botocore's model and recordings; docs:
// API_Invoke.html).
#pragma once

#include <string>
#include <string_view>

#include "runtime_api/http_server.h"

namespace emulator {

runtime_api::HttpResponse resource_not_found(std::string_view message);       // 404
runtime_api::HttpResponse invalid_request_content(std::string_view message);  // 400
runtime_api::HttpResponse invalid_parameter_value(std::string_view message);  // 400
runtime_api::HttpResponse validation_error(std::string_view message);         // 400, no Type
runtime_api::HttpResponse too_many_requests(std::string_view message,
                                            std::string_view reason);   // 429
runtime_api::HttpResponse request_too_large(std::string_view message);  // 413
runtime_api::HttpResponse service_error(std::string_view message);      // 500
runtime_api::HttpResponse method_not_allowed();                         // 405, not AWS's
runtime_api::HttpResponse unknown_path(std::string_view path);          // 404, not AWS's

}  // namespace emulator
