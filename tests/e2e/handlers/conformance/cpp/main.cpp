// What every conformance handler does: the event's member "do" says which. On AWS's own client.
#include <aws/lambda-runtime/runtime.h>
#include <signal.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <string>

using aws::lambda_runtime::invocation_request;
using aws::lambda_runtime::invocation_response;
using nlohmann::json;

json environment() {
  json values;
  for (const char* name :
       {"_HANDLER", "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_LOG_GROUP_NAME", "TABLE"}) {
    const char* value = std::getenv(name);
    values[name] = value != nullptr ? json(value) : json();
  }
  return values;
}

json answer(const json& event, const invocation_request& request) {
  const std::string what = event.at("do");
  if (what == "exit") _exit(event.at("status"));
  if (what == "signal") ::kill(::getpid(), SIGKILL);
  if (what == "sleep") ::usleep(event.at("ms").get<unsigned>() * 1000);
  if (what == "environment") return environment();
  if (what == "remaining")
    return {{"ms", request.get_time_remaining().count()},
            {"requestId", request.request_id},
            {"arn", request.function_arn}};
  if (what == "log") {
    for (int line = 0; line < event.at("lines"); ++line) std::printf("line %d – größer\n", line);
    std::fflush(stdout);
    return nullptr;
  }
  if (what == "bytes") return std::string(event.at("count").get<std::size_t>(), 'x');
  return event;
}

invocation_response handle(const invocation_request& request) {
  const auto event = json::parse(request.payload);
  if (event.at("do") == "error") return invocation_response::failure("as asked", "AsAsked", "");
  return invocation_response::success(answer(event, request).dump(), "application/json");
}

int main() {
  if (std::getenv("INIT_ERROR") != nullptr) return 3;
  aws::lambda_runtime::run_handler(handle);
}
