// What the operations that invoke a function have in common: what they read from a request, how
// they hand it over, and what is answered when the function did not run.
// Threads: the HTTP server's. Pure but for run().
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "emulator/catalog/dispatcher.h"
#include "emulator/config/function_name.h"
#include "emulator/control/caller_stream.h"
#include "emulator/control/router.h"

namespace emulator {

// docs gettingstarted-limits.html; the exact number of an asynchronous one is an inference.
inline constexpr std::size_t kInvokePayloadBytesMax = 6'291'456;
inline constexpr std::size_t kEventPayloadBytesMax = 1'048'576;

enum class InvocationType { RequestResponse, Event, DryRun };

struct Invocation {
  FunctionName function;
  Dispatcher::Target target;
  InvocationType type = InvocationType::RequestResponse;
  bool log_tail = false;  // X-Amz-Log-Type: Tail
  InvocationRequest request;
};

// `types`: the values of X-Amz-Invocation-Type that the operation takes, in AWS's order; one alone
// is taken without asking. The payload is moved out of the request. Throws ApiError.
Invocation read_invocation(ApiRequest& api, const Dispatcher& dispatcher,
                           std::span<const std::string_view> types);

// Runs it and answers; returns what the operation returns. `render`: of an outcome that ran.
using RenderOutcome = runtime_api::HttpResponse (*)(Outcome&& outcome, bool log_tail);
runtime_api::HttpResponse run(Invocation invocation, Dispatcher& dispatcher,
                              runtime_api::HttpExchange& exchange, RenderOutcome render);

// The same for a caller that gets the response while it is made; `stream` answers.
runtime_api::HttpResponse run(const Dispatcher::Target& target, InvocationRequest request,
                              Dispatcher& dispatcher, runtime_api::HttpExchange& exchange,
                              std::shared_ptr<CallerStream> stream);

// Of an outcome that did not run.
runtime_api::HttpResponse refusal(const Outcome& outcome);
// The request's and the trace's id, as headers.
void add_ids(runtime_api::HttpResponse& response, std::string request_id, std::string trace_id);

// What has been checked is all that was asked for: 204.
runtime_api::HttpResponse dry_run_answer();

}  // namespace emulator
