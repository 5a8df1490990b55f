// Configurations of asynchronous invocation, one for each qualifier
// (docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html; texts recorded):
// {"LastModified", "MaximumRetryAttempts"?, "MaximumEventAgeInSeconds"?, "DestinationConfig"}.
// Pure; any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "emulator/catalog/api_error.h"
#include "emulator/catalog/function.h"

namespace emulator {

// Whether there is a function of that name.
using FunctionExists = std::function<bool(const std::string& name)>;

// `settings`: a request's body. `qualifier`: "$LATEST", a version or an alias. Throw ApiError: 404
// for a qualifier that is not there, 400 for settings that say nothing or a destination that cannot
// be one.
Function put_event_invoke(const Function& function, const std::string& qualifier,
                          const Json& settings, const FunctionExists& exists, std::int64_t now_ms);
// What `settings` does not name stays. Throws 404 as delete_event_invoke.
Function update_event_invoke(const Function& function, const std::string& qualifier,
                             const Json& settings, const FunctionExists& exists,
                             std::int64_t now_ms);
Function delete_event_invoke(const Function& function, const std::string& qualifier);

// What a template says, as the body of a PutFunctionEventInvokeConfig.
Json event_invoke_settings(const EventInvoke& config);

// 404 "The function <arn>:<qualifier> doesn't have an EventInvokeConfig"
ApiError no_event_invoke(const std::string& name, const std::string& qualifier);

}  // namespace emulator
