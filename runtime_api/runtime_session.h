// What a runtime process and the environment that owns it have with each other: the environment
// offers invocations, the runtime takes and answers them. Two kinds: Session, which has one
// invocation at a time, and ConcurrentSession of managed instances, which has several.
//
// Threads: any. HTTP connections call the runtime's half, the environment's owner the other.
// Callbacks run on the thread that caused them, never while the session's lock is held. Lifetime:
// one runtime process; a replaced process gets a new session.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "runtime_api/instance_kind.h"
#include "runtime_api/response_sink.h"

namespace runtime_api {

using Payload = std::shared_ptr<const std::string>;

// What GET /next hands to the runtime. Empty members become absent headers.
struct Invocation {
  std::string request_id;
  Payload payload;
  std::string content_type = "application/json";
  std::string invoked_function_arn;
  std::string trace_id;
  std::string client_context;    // decoded JSON
  std::string cognito_identity;  // JSON
  std::chrono::milliseconds timeout{
      3'000};  // the deadline is the moment the runtime takes it, plus this
  // Gets every response while it arrives; nullptr: the answer has it whole.
  std::shared_ptr<ResponseSink> sink{};
};

// How the runtime answered.
struct Answer {
  enum class Kind { Response, Error, ResponseTooLarge };
  Kind kind = Kind::Response;
  std::string payload;     // the bytes it posted, untouched; empty for what went to a sink
  std::string error_type;  // of Error: header Lambda-Runtime-Function-Error-Type, else the body's
                           // errorType, else empty
  std::uint64_t streamed_bytes = 0;               // that went to the sink
  std::chrono::steady_clock::time_point began{};  // of its upload; set by the session
};

// What the runtime's POST says about itself. A /response may carry an error (trailers of a stream),
// so that the route, not the answer's kind, names the transition.
struct AnswerHead {
  enum class Route { Response, Error };
  Route route = Route::Response;
  std::string_view request_id;
  std::string_view invocation_id = {};  // header Lambda-Runtime-Invocation-Id; empty: not sent
  bool streamed = false;                // it is what begin_stream() has let in
};

struct InitError {
  std::string payload;  // the JSON the runtime posted
  std::string error_type;
};

// The environment that owns the session. Each may be empty.
struct SessionEvents {
  std::function<void()> runtime_ready;  // the runtime asked for its first event: init is done
  std::function<void(const Invocation&)>
      taken;  // the runtime has just been handed the offered invocation
  std::function<void(const std::string& request_id, Answer)>
      answered;  // exactly once for each taken invocation, or never
  // The runtime has asked for the event after the one that was answered; one of several workers
  // has asked for its first, or for another.
  std::function<void()> asked_again;
  std::function<void(InitError)> init_failed;
};

enum class SessionState {
  Started,
  InitError,
  Ready,
  Running,
  InvocationResponse,
  InvocationErrorResponse,
  RuntimeResponseSent
};
// As AWS writes it in messages, "RuntimeResponseSentState" included.
std::string_view to_string(SessionState state);

// A refusal of the runtime's request, rendered as {"errorMessage","errorType"}.
struct Refusal {
  unsigned status;
  std::string message;
  std::string type;
};
// 403, in AWS's words.
Refusal forbidden_transition(SessionState from, SessionState to);

class RuntimeSession {
 public:
  virtual ~RuntimeSession() = default;

  virtual InstanceKind kind() const = 0;
  virtual int max_concurrency() const = 0;  // invocations at a time

  // --- the owner's half ---

  // Holds an invocation until the runtime asks for an event.
  virtual void offer(Invocation invocation) = 0;
  // Hands what is offered to a runtime that waits already, calling `taken`: apart from offer(),
  // which may be called under a lock that `taken` needs.
  virtual void hand_over() = 0;
  // Takes back an invocation that the runtime has not been handed; nullopt when it has (or it was
  // never offered).
  virtual std::optional<Invocation> withdraw(std::string_view request_id) = 0;
  // After this the runtime is refused and no answer is accepted any more: timeout, crash, shutdown.
  // Sinks are abandoned.
  // An invocation that was unanswered at this moment stays is_running(); for one that is not,
  // `answered` was or is being called.
  virtual void close() = 0;
  // The runtime has been handed it, and has not answered it.
  virtual bool is_running(std::string_view request_id) const = 0;

  // --- the runtime's half, called by RuntimeApi ---

  // What begin_next() found, for take_again().
  struct NextTicket {
    std::uint64_t running_attempt = 0;
  };  // 0: nothing was running
  struct Taken {
    Invocation invocation;
    std::string invocation_id;  // one for each attempt: header Lambda-Runtime-Invocation-Id
    std::int64_t deadline_epoch_ms = 0;

    static Taken now(Invocation invocation);
  };
  // One that waits for an event. Gets one call, from whichever thread has something for it and
  // without a lock held, and may be gone when that returns.
  class Waiter {
   public:
    virtual ~Waiter() = default;
    virtual void take(Taken taken) = 0;
    virtual void refuse(Refusal refusal) = 0;  // the session is closed
  };
  // The runtime asks for an event. Validates the state and announces readiness; then wait() may
  // have something.
  virtual std::variant<NextTicket, Refusal> begin_next() = 0;
  // Gives it the invocation at hand, or the next one: exactly one of several gets it, in their
  // order.
  virtual void wait(Waiter& waiter) = 0;
  // False: it got its call, or is getting it at this moment.
  virtual bool leave(Waiter& waiter) = 0;
  // Gives one that still waits the invocation that was running when the ticket was drawn, unless it
  // has been answered: the runtime that asks again while Running gets the same event again.
  virtual void take_again(Waiter& waiter, NextTicket ticket) = 0;
  // The connection that took this invocation was gone already: another one that waits gets it.
  virtual void not_delivered(std::string_view invocation_id) = 0;

  // The runtime has begun to upload an answer; ignored unless post_answer() would take it. Until
  // its end a /next waits instead of getting the same event again.
  virtual void begin_answer(const AnswerHead& head) = 0;
  // The same for an answer whose invocation has a sink, which is returned then: its bytes go there,
  // and nothing but post_answer() with `streamed` ends the invocation. nullptr: it is to be read
  // whole.
  virtual std::shared_ptr<ResponseSink> begin_stream(const AnswerHead& head) = 0;
  virtual std::optional<Refusal> post_answer(const AnswerHead& head, Answer answer) = 0;
  virtual std::optional<Refusal> post_init_error(InitError error) = 0;
};

}  // namespace runtime_api
