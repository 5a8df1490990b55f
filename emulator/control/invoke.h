// POST /2015-03-31/functions/{name}/invocations
// (docs.aws.amazon.com/lambda/latest/api/API_Invoke.html).
#pragma once

#include <cstddef>
#include <string_view>

#include "emulator/control/function_registry.h"
#include "runtime_api/http_server.h"

namespace emulator {

inline constexpr std::size_t kInvokePayloadBytesMax =
    6'291'456;  // synchronous invocations, docs gettingstarted-limits.html

// `encoded_name`: name, partial or full ARN, with or without qualifier, as it stands in the path.
runtime_api::HttpResponse invoke_function(runtime_api::HttpExchange& exchange,
                                          std::string_view encoded_name,
                                          const FunctionRegistry& functions);

// What answers a larger payload.
runtime_api::HttpResponse invoke_payload_too_large();

}  // namespace emulator
