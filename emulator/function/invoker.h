// Something that runs a function once: the interface between those who have an event (esm/,
// control/) and function/. Real: function/pool.h. Fake: tests/support/fake_invoker.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "runtime_api/response_sink.h"

namespace emulator {

using Payload = std::shared_ptr<const std::string>;

struct InvocationRequest {
  std::string request_id;  // UUID; a new one for each attempt
  Payload payload;
  std::string client_context;  // decoded JSON, may be empty
  std::string trace_id;        // X-Amzn-Trace-Id; empty: made up
  std::string invoked_arn{};   // as the caller named it; empty: the function's own
  // Gets the response as it comes, before `done`; an error's payload is still the outcome's.
  // nullptr: the outcome has the response.
  std::shared_ptr<runtime_api::ResponseSink> sink{};
};

struct Outcome {
  enum class Kind {
    Success,
    FunctionError,  // exception, timeout, crash, init error: `payload` is what AWS would answer
    Throttled,      // no environment free and the queue full: the function did not run
    ServiceError,   // an environment could not be started (missing interpreter, ...): the function
                    // did not run
    Cancelled,      // klambda is stopping: the function may or may not have run
  };
  Kind kind = Kind::Success;
  // The function was called and ended, one way or the other.
  bool ran() const { return kind == Kind::Success || kind == Kind::FunctionError; }
  std::string request_id;
  std::string payload;  // the response's or the error's bytes
  // "Sandbox.Timedout", "Runtime.ExitError", the exception's class, ...; of Throttled the limit, as
  // TooManyRequestsException's Reason names it
  std::string error_type;
  std::string executed_version{};  // "$LATEST" or a number; empty: the function did not run
  std::string log_tail;            // the last 4 KiB of the invocation's log
};

class Invoker {
 public:
  virtual ~Invoker() = default;
  using Done = std::function<void(Outcome)>;

  // Returns at once. `done` is called exactly once, from another thread or from within this call;
  // it must not block.
  virtual void invoke(InvocationRequest request, Done done) = 0;

  // How many invocations may run at the same time; those above wait in a queue.
  virtual int max_concurrency() const = 0;
};

}  // namespace emulator
