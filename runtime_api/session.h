// One execution environment as the Runtime API sees it: which state its runtime is in and which
// invocation it has. Every transition is forbidden unless listed (states of AWS's RIE,
// internal/lambda/core/states.go).
//
// Threads: any. HTTP connections call the runtime's half, the environment's owner the other.
// Callbacks run on the thread that caused them, never while the session's lock is held. Lifetime:
// one runtime process; a replaced process gets a new Session.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

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
  std::uint64_t streamed_bytes = 0;  // that went to the sink
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
  // The runtime has asked for the event after the one that was answered.
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

class Session {
 public:
  explicit Session(SessionEvents events);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // --- the owner's half ---

  // Holds an invocation until the runtime asks for the next event. One at a time: the previous must
  // be answered or withdrawn.
  void offer(Invocation invocation);
  // Hands it to a runtime that waits already, calling `taken`: apart from offer(), which may be
  // called under a lock that `taken` needs.
  void hand_over();
  // Takes back an invocation that the runtime has not been handed; nullopt when it has (or there is
  // none).
  std::optional<Invocation> withdraw();
  // After this the runtime gets 403s and no answer is accepted any more: timeout, crash, shutdown.
  // A sink is abandoned.
  // An invocation that was unanswered at this moment stays visible in running_request_id(); for one
  // that is not, `answered` was or is being called.
  void close();
  // When the runtime was handed the present invocation plus its timeout; nullopt while none is
  // running.
  std::optional<std::chrono::steady_clock::time_point> deadline() const;
  std::optional<std::string> running_request_id() const;
  SessionState state() const;

  // --- the runtime's half, called by RuntimeApi ---

  // What begin_next() found, for take_again().
  struct NextTicket {
    std::uint64_t running_attempt = 0;
  };  // 0: nothing was running
  struct Taken {
    Invocation invocation;
    std::string invocation_id;  // one for each attempt: header Lambda-Runtime-Invocation-Id
    std::int64_t deadline_epoch_ms = 0;
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
  std::variant<NextTicket, Refusal> begin_next();
  // Gives it the invocation at hand, or the next one: exactly one of several gets it, in their
  // order.
  void wait(Waiter& waiter);
  // False: it got its call, or is getting it at this moment.
  bool leave(Waiter& waiter);
  // Gives one that still waits the invocation that was running when the ticket was drawn, unless it
  // has been answered: the runtime that asks again while Running gets the same event again.
  void take_again(Waiter& waiter, NextTicket ticket);
  // The connection that took this invocation was gone already: another one that waits gets it.
  void not_delivered(std::string_view invocation_id);

  // The runtime has begun to upload an answer; ignored unless post_answer() would take it. Until
  // its end a /next waits instead of getting the same event again.
  void begin_answer(const AnswerHead& head);
  // The same for an answer whose invocation has a sink, which is returned then: its bytes go there,
  // and nothing but post_answer() with `streamed` ends the invocation. nullptr: it is to be read
  // whole.
  std::shared_ptr<ResponseSink> begin_stream(const AnswerHead& head);
  std::optional<Refusal> post_answer(const AnswerHead& head, Answer answer);
  std::optional<Refusal> post_init_error(InitError error);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace runtime_api
