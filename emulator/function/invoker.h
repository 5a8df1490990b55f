// Something that runs a function once: the interface between those who have an event (esm/,
// control/) and function/. Real: function/pool.h. Fake: tests/support/fake_invoker.h.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace emulator {

using Payload = std::shared_ptr<const std::string>;

struct InvocationRequest {
  std::string request_id;  // UUID; a new one for each attempt
  Payload payload;
  std::string client_context;  // decoded JSON, may be empty
  std::string trace_id;        // X-Amzn-Trace-Id; empty: made up
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
  std::string payload;     // the response's or the error's bytes
  std::string error_type;  // "Sandbox.Timedout", "Runtime.ExitError", the exception's class, ...
  std::string log_tail;    // the last 4 KiB of the invocation's log
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
