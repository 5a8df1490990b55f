// What the tests of both kinds of session share: a record of what the owner was told, a runtime
// that keeps what it gets, and refusals as text.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "runtime_api/runtime_session.h"
#include "tests/support/catch.h"

namespace session_test {

using namespace runtime_api;

struct Recorder {
  int ready = 0;
  int asked = 0;
  std::vector<std::string> taken;
  std::vector<std::pair<std::string, Answer>> answers;
  std::vector<InitError> init_errors;

  SessionEvents events() {
    SessionEvents events;
    events.runtime_ready = [this] { ++ready; };
    events.asked_again = [this] { ++asked; };
    events.taken = [this](const Invocation& invocation) { taken.push_back(invocation.request_id); };
    events.answered = [this](const std::string& id, Answer answer) {
      answers.emplace_back(id, std::move(answer));
    };
    events.init_failed = [this](InitError error) { init_errors.push_back(std::move(error)); };
    return events;
  }
};

inline Invocation invocation(const std::string& id) {
  Invocation made;
  made.request_id = id;
  made.payload = std::make_shared<const std::string>("{}");
  return made;
}

// Keeps what it gets.
struct Runtime : RuntimeSession::Waiter {
  void take(RuntimeSession::Taken event) override {
    taken = std::move(event);
    ++calls;
  }
  void refuse(Refusal why) override {
    refusal = std::move(why);
    ++calls;
  }
  std::optional<RuntimeSession::Taken> taken;
  std::optional<Refusal> refusal;
  int calls = 0;
};

// What a runtime gets that asks now and does not wait.
inline std::optional<RuntimeSession::Taken> take(RuntimeSession& session) {
  Runtime runtime;
  session.wait(runtime);
  const bool left = session.leave(runtime);
  CHECK(left == (runtime.calls == 0));
  return runtime.taken;
}

inline AnswerHead response_to(std::string_view id) {
  return {AnswerHead::Route::Response, id};
}
inline AnswerHead error_for(std::string_view id) {
  return {AnswerHead::Route::Error, id};
}

inline Answer text_answer(std::string text) {
  Answer answer;
  answer.payload = std::move(text);
  return answer;
}

inline std::string refusal_of(const std::variant<RuntimeSession::NextTicket, Refusal>& begun) {
  const auto* refusal = std::get_if<Refusal>(&begun);
  return refusal == nullptr ? "" : std::to_string(refusal->status) + " " + refusal->message;
}

inline std::string refusal_of(const std::optional<Refusal>& refusal) {
  return refusal ? std::to_string(refusal->status) + " " + refusal->type : "";
}

inline std::string transition(const std::string& from, const std::string& to) {
  return "403 State transition from " + from + " to " + to +
         " failed for runtime. Error: State transition is not allowed";
}

inline void run_one(RuntimeSession& session, const std::string& id) {
  session.begin_next();
  session.offer(invocation(id));
  take(session);
}

}  // namespace session_test
