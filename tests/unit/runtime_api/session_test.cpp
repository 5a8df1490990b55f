#include "runtime_api/session.h"

#include <string>
#include <utility>
#include <vector>

#include "tests/unit/runtime_api/session_rig.h"

using namespace session_test;
using namespace std::chrono_literals;

namespace {

// The same, once its patience with an event that is running already is over.
std::optional<Session::Taken> take_again(Session& session, Session::NextTicket ticket) {
  Runtime runtime;
  session.wait(runtime);
  CHECK(runtime.calls == 0);
  session.take_again(runtime, ticket);
  const bool left = session.leave(runtime);
  CHECK(left == (runtime.calls == 0));
  return runtime.taken;
}

}  // namespace

TEST_CASE("an invocation goes from offer to answer") {
  Recorder seen;
  Session session(seen.events());
  CHECK(session.state() == SessionState::Started);
  CHECK(refusal_of(session.begin_next()).empty());
  CHECK(session.state() == SessionState::Ready);
  CHECK(seen.ready == 1);
  CHECK_FALSE(take(session).has_value());

  session.offer(invocation("id-1"));
  const auto taken = take(session);
  REQUIRE(taken.has_value());
  CHECK(taken->invocation.request_id == "id-1");
  CHECK_FALSE(taken->invocation_id.empty());
  CHECK(seen.taken == std::vector<std::string>{"id-1"});
  CHECK(session.state() == SessionState::Running);
  CHECK(session.is_running("id-1"));

  CHECK_FALSE(session.post_answer(response_to("id-1"), text_answer("done")).has_value());
  REQUIRE(seen.answers.size() == 1);
  CHECK(seen.answers[0].first == "id-1");
  CHECK(seen.answers[0].second.payload == "done");
  CHECK(session.state() == SessionState::RuntimeResponseSent);
  CHECK_FALSE(session.is_running("id-1"));
  CHECK_FALSE(session.deadline().has_value());
  CHECK(refusal_of(session.begin_next()).empty());
  CHECK(session.state() == SessionState::Ready);
  CHECK(seen.ready == 1);
}

TEST_CASE("an invocation may be offered before the runtime's first /next and before its next one") {
  Recorder seen;
  Session session(seen.events());
  session.offer(invocation("cold"));
  session.begin_next();
  REQUIRE(take(session).has_value());
  session.post_answer(response_to("cold"), text_answer(""));
  session.offer(invocation("warm"));
  session.begin_next();
  REQUIRE(take(session).has_value());
  CHECK(seen.taken == std::vector<std::string>{"cold", "warm"});
}

TEST_CASE("those who wait are served in their order, each once, and close() refuses the rest") {
  Recorder seen;
  Session session(seen.events());
  session.begin_next();
  Runtime first, second, third;
  for (auto* each : {&first, &second, &third}) session.wait(*each);
  session.offer(invocation("id"));
  CHECK(first.calls == 0);  // the owner's lock may still be held
  session.hand_over();
  REQUIRE(first.taken.has_value());
  CHECK(second.calls == 0);
  SECTION("a connection that was gone hands its event on") {
    session.not_delivered(first.taken->invocation_id);
    REQUIRE(second.taken.has_value());
    CHECK(second.taken->invocation_id == first.taken->invocation_id);
    CHECK(third.calls == 0);
  }
  SECTION("one that left gets nothing") {
    CHECK(session.leave(second));
    CHECK_FALSE(session.leave(second));
    session.not_delivered(first.taken->invocation_id);
    CHECK(second.calls == 0);
    CHECK(third.taken.has_value());
  }
  session.close();
  CHECK(third.calls == 1);
  CHECK(first.calls == 1);
  CHECK(seen.taken == std::vector<std::string>{"id"});
}

TEST_CASE("the deadline starts when the runtime takes the invocation") {
  Session session(SessionEvents{});
  Invocation offered = invocation("id");
  offered.timeout = 60s;
  session.offer(offered);
  CHECK_FALSE(session.deadline().has_value());
  session.begin_next();
  const auto steady_before = std::chrono::steady_clock::now();
  const auto system_before = std::chrono::system_clock::now();
  const auto taken = take(session);
  const auto steady_after = std::chrono::steady_clock::now();
  REQUIRE(taken.has_value());
  REQUIRE(session.deadline().has_value());
  CHECK(*session.deadline() >= steady_before + 60s);
  CHECK(*session.deadline() <= steady_after + 60s);
  using std::chrono::duration_cast, std::chrono::milliseconds;
  const auto earliest = duration_cast<milliseconds>((system_before + 60s).time_since_epoch());
  CHECK(taken->deadline_epoch_ms >= earliest.count());
}

TEST_CASE("an offer can be withdrawn until it is taken") {
  Session session(SessionEvents{});
  CHECK_FALSE(session.withdraw("id").has_value());
  session.begin_next();
  session.offer(invocation("id"));
  CHECK_FALSE(session.withdraw("other").has_value());
  const auto back = session.withdraw("id");
  REQUIRE(back.has_value());
  CHECK(back->request_id == "id");
  CHECK_FALSE(take(session).has_value());
  session.offer(invocation("id"));
  REQUIRE(take(session).has_value());
  CHECK_FALSE(session.withdraw("id").has_value());
}

TEST_CASE("every transition that is not listed is refused and changes nothing") {
  Recorder seen;
  Session session(seen.events());
  const auto refused = [&](const std::string& from) {
    const auto response = session.post_answer(response_to("id"), text_answer("x"));
    const auto error = session.post_answer(error_for("id"), text_answer("x"));
    REQUIRE(response.has_value());
    REQUIRE(error.has_value());
    CHECK("403 " + response->message == transition(from, "InvocationResponse"));
    CHECK("403 " + error->message == transition(from, "InvocationErrorResponse"));
    CHECK(response->type == "InvalidStateTransition");
    CHECK(to_string(session.state()) == from);
  };
  const auto init_refused = [&](const std::string& from) {
    const auto init = session.post_init_error({});
    REQUIRE(init.has_value());
    CHECK("403 " + init->message == transition(from, "InitError"));
    CHECK(to_string(session.state()) == from);
  };
  refused("Started");
  session.begin_next();
  refused("Ready");
  init_refused("Ready");
  session.offer(invocation("id"));
  take(session);
  init_refused("Running");
  session.post_answer(response_to("id"), text_answer("x"));
  refused("RuntimeResponseSentState");
  init_refused("RuntimeResponseSentState");
  CHECK(seen.answers.size() == 1);
  CHECK(seen.init_errors.empty());
}

TEST_CASE("an init error ends the runtime's session") {
  Recorder seen;
  Session session(seen.events());
  CHECK_FALSE(session.post_init_error({"{}", "Runtime.ImportModuleError"}).has_value());
  REQUIRE(seen.init_errors.size() == 1);
  CHECK(seen.init_errors[0].error_type == "Runtime.ImportModuleError");
  CHECK(refusal_of(session.begin_next()) == transition("InitError", "Ready"));
  CHECK(refusal_of(session.post_init_error({})) == "403 InvalidStateTransition");
  session.offer(invocation("id"));
  CHECK_FALSE(take(session).has_value());
  CHECK(session.withdraw("id").has_value());
  CHECK(seen.ready == 0);
}

TEST_CASE(
    "an answer to an unknown request or a stale attempt is refused and the right one still "
    "accepted") {
  Recorder seen;
  Session session(seen.events());
  session.begin_next();
  session.offer(invocation("id"));
  const auto taken = take(session);
  REQUIRE(taken.has_value());
  CHECK(refusal_of(session.post_answer(response_to("other"), {})) == "400 InvalidRequestID");
  CHECK(refusal_of(session.post_answer(error_for("other"), {})) == "400 InvalidRequestID");
  AnswerHead stale = response_to("id");
  stale.invocation_id = "another attempt";
  CHECK(refusal_of(session.post_answer(stale, {})) == "400 InvalidInvocationId");
  session.begin_answer(stale);
  session.begin_answer(response_to("other"));
  CHECK(session.state() == SessionState::Running);
  AnswerHead right = response_to("id");
  right.invocation_id = taken->invocation_id;
  CHECK_FALSE(session.post_answer(right, {}).has_value());
  CHECK(seen.answers.size() == 1);
}

TEST_CASE("each attempt has an invocation id of its own") {
  Session session(SessionEvents{});
  std::vector<std::string> ids;
  for (int attempt = 0; attempt < 3; ++attempt) {
    session.begin_next();
    session.offer(invocation("same"));
    const auto taken = take(session);
    REQUIRE(taken.has_value());
    ids.push_back(taken->invocation_id);
    session.post_answer(response_to("same"), {});
  }
  CHECK(ids[0] != ids[1]);
  CHECK(ids[1] != ids[2]);
}

TEST_CASE("asking again while Running gets the same event, but not after its answer") {
  Recorder seen;
  Session session(seen.events());
  run_one(session, "id");
  const auto begun = session.begin_next();
  REQUIRE(std::holds_alternative<Session::NextTicket>(begun));
  const auto ticket = std::get<Session::NextTicket>(begun);
  CHECK(ticket.running_attempt != 0);
  const auto again = take_again(session, ticket);
  REQUIRE(again.has_value());
  CHECK(again->invocation.request_id == "id");
  CHECK(seen.taken.size() == 1);
  session.post_answer(response_to("id"), {});
  CHECK_FALSE(take_again(session, ticket).has_value());
  run_one(session, "second");
  CHECK_FALSE(take_again(session, ticket).has_value());
}

TEST_CASE("a /next during the upload of the answer waits for the next event") {
  Recorder seen;
  Session session(seen.events());
  run_one(session, "id");
  session.begin_answer(response_to("id"));
  CHECK(session.state() == SessionState::InvocationResponse);
  CHECK(session.is_running("id"));
  CHECK(session.deadline().has_value());
  CHECK(refusal_of(session.post_answer(error_for("id"), {})) == "403 InvalidStateTransition");
  const auto begun = session.begin_next();
  REQUIRE(std::holds_alternative<Session::NextTicket>(begun));
  CHECK(std::get<Session::NextTicket>(begun).running_attempt == 0);
  CHECK_FALSE(take(session).has_value());
  CHECK_FALSE(session.post_answer(response_to("id"), text_answer("all")).has_value());
  session.offer(invocation("second"));
  const auto next = take(session);
  REQUIRE(next.has_value());
  CHECK(next->invocation.request_id == "second");
}

TEST_CASE("after close() nothing is taken, answered or lost") {
  Recorder seen;
  Session session(seen.events());
  run_one(session, "id");
  session.close();
  Runtime late;
  session.wait(late);
  REQUIRE(late.refusal.has_value());
  CHECK("403 " + late.refusal->message == transition("Running", "Ready"));
  CHECK(refusal_of(session.post_answer(response_to("id"), {})) == "403 InvalidStateTransition");
  CHECK(refusal_of(session.begin_next()) == transition("Running", "Ready"));
  CHECK(session.is_running("id"));
  CHECK(seen.answers.empty());
  session.offer(invocation("late"));
  CHECK_FALSE(take(session).has_value());
  CHECK(session.withdraw("late").has_value());
  session.close();
}

TEST_CASE(
    "the error report for a response that was too large is accepted without a second answer") {
  Recorder seen;
  Session session(seen.events());
  run_one(session, "id");
  Answer too_large;
  too_large.kind = Answer::Kind::ResponseTooLarge;
  CHECK_FALSE(session.post_answer(response_to("id"), too_large).has_value());
  CHECK_FALSE(session.post_answer(error_for("id"), {}).has_value());
  CHECK(refusal_of(session.post_answer(response_to("id"), {})) == "403 InvalidStateTransition");
  REQUIRE(seen.answers.size() == 1);
  CHECK(seen.answers[0].second.kind == Answer::Kind::ResponseTooLarge);
  run_one(session, "second");
  CHECK(refusal_of(session.post_answer(error_for("id"), {})) == "400 InvalidRequestID");
}

TEST_CASE("the owner may offer the next invocation from within the answered callback") {
  Session* present = nullptr;
  SessionEvents events;
  events.answered = [&present](const std::string&, Answer) {
    present->offer(invocation("second"));
  };
  Session session(std::move(events));
  present = &session;
  run_one(session, "id");
  CHECK_FALSE(session.post_answer(response_to("id"), {}).has_value());
  session.begin_next();
  const auto taken = take(session);
  REQUIRE(taken.has_value());
  CHECK(taken->invocation.request_id == "second");
}
