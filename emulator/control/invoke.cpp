#include "emulator/control/invoke.h"

#include <string_view>
#include <utility>

#include "emulator/control/invocation.h"
#include "emulator/package/base64.h"

namespace emulator {
namespace {

using runtime_api::HttpResponse;

constexpr std::string_view kTypes[] = {"Event", "RequestResponse", "DryRun"};
constexpr std::string_view kEventOnly[] = {"Event"};

HttpResponse render(Outcome&& outcome, bool log_tail) {
  HttpResponse response;
  // "nowadays always Unhandled": 38 of 38 recordings.
  if (outcome.kind == Outcome::Kind::FunctionError)
    response.headers.emplace_back("X-Amz-Function-Error", "Unhandled");
  response.headers.emplace_back("X-Amz-Executed-Version", std::move(outcome.executed_version));
  if (log_tail) response.headers.emplace_back("X-Amz-Log-Result", base64_encode(outcome.log_tail));
  response.body = std::move(outcome.payload);
  return response;
}

HttpResponse enqueue(Invocation invocation, EventQueue& events) {
  HttpResponse response;
  response.status = 202;
  response.headers.emplace_back("X-Amzn-Trace-Id", invocation.request.trace_id);
  events.accept(invocation.function.name, invocation.function.qualifier,
                std::move(invocation.request));
  return response;
}

HttpResponse invoke_function(ApiRequest& api, Dispatcher& dispatcher, EventQueue& events) {
  Invocation invocation = read_invocation(api, dispatcher, kTypes);
  switch (invocation.type) {
    case InvocationType::DryRun:
      return dry_run_answer();
    case InvocationType::Event:
      return enqueue(std::move(invocation), events);
    case InvocationType::RequestResponse:
      break;
  }
  return run(std::move(invocation), dispatcher, api.exchange, render);
}

}  // namespace

void add_invoke(Router& router, Dispatcher& dispatcher, EventQueue& events) {
  router.add("POST", "/2015-03-31/functions/{FunctionName}/invocations", "InvokeFunction",
             [&dispatcher, &events](ApiRequest& request) {
               return invoke_function(request, dispatcher, events);
             },
             {kInvokePayloadBytesMax});
  router.add("POST", "/2014-11-13/functions/{FunctionName}/invoke-async", "InvokeAsync",
             [&dispatcher, &events](ApiRequest& request) {
               return enqueue(read_invocation(request, dispatcher, kEventOnly), events);
             },
             {kEventPayloadBytesMax});
}

}  // namespace emulator
