#include "runtime_api/concurrent_session.h"

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/runtime_api/session_rig.h"

using namespace session_test;

namespace {

// Workers that have asked and wait.
class Workers {
 public:
  explicit Workers(ConcurrentSession& session) : session_(session) {}

  Runtime& ask() {
    REQUIRE(refusal_of(session_.begin_next()).empty());
    auto& worker = waiting_.emplace_back();
    session_.wait(worker);
    return worker;
  }

 private:
  ConcurrentSession& session_;
  std::deque<Runtime> waiting_;
};

void offer(ConcurrentSession& session, const std::string& id) {
  session.offer(invocation(id));
  session.hand_over();
}

std::string id_of(const Runtime& worker) {
  return worker.taken ? worker.taken->invocation.request_id : "";
}

class Sink final : public ResponseSink {
 public:
  void begin(std::string_view) override {}
  void write(std::string_view) override {}
  void abandon() override { ++abandoned; }
  int abandoned = 0;
};

constexpr const char* kInternalError = "500 Internal Server Error";

}  // namespace

TEST_CASE("workers take and answer invocations at the same time, in any order") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 3);
  Workers workers(session);
  const Runtime& first = workers.ask();
  const Runtime& second = workers.ask();
  CHECK(seen.ready == 1);
  CHECK(seen.asked == 1);
  offer(session, "a");
  offer(session, "b");
  CHECK(id_of(first) == "a");
  CHECK(id_of(second) == "b");
  CHECK(first.taken->invocation_id != second.taken->invocation_id);
  CHECK(seen.taken == std::vector<std::string>{"a", "b"});
  CHECK(session.is_running("a"));
  CHECK(session.is_running("b"));

  CHECK_FALSE(session.post_answer(response_to("b"), text_answer("B")).has_value());
  CHECK_FALSE(session.is_running("b"));
  CHECK(session.is_running("a"));
  CHECK_FALSE(session.post_answer(error_for("a"), text_answer("A")).has_value());
  REQUIRE(seen.answers.size() == 2);
  CHECK(seen.answers[0].first == "b");
  CHECK(seen.answers[1].second.payload == "A");
  CHECK(refusal_of(session.post_answer(response_to("a"), {})) == "400 InvalidRequestID");
  CHECK(refusal_of(session.post_answer(error_for("unknown"), {})) == "400 InvalidRequestID");
}

TEST_CASE("an offer waits for the next worker that asks, and can be withdrawn until then") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 2);
  Workers workers(session);
  offer(session, "a");
  offer(session, "b");
  CHECK_FALSE(session.withdraw("c").has_value());
  const auto back = session.withdraw("a");
  REQUIRE(back.has_value());
  CHECK(back->request_id == "a");
  CHECK(id_of(workers.ask()) == "b");
  CHECK_FALSE(session.withdraw("b").has_value());
  CHECK(seen.taken == std::vector<std::string>{"b"});
}

TEST_CASE("more than n idle workers are refused") {
  ConcurrentSession session(SessionEvents{}, 2);
  Workers workers(session);
  Runtime& first = workers.ask();
  workers.ask();
  CHECK(refusal_of(session.begin_next()) == kInternalError);
  CHECK(session.leave(first));
  CHECK(first.calls == 0);
  workers.ask();
  CHECK(refusal_of(session.begin_next()) == kInternalError);
  offer(session, "a");
  CHECK(refusal_of(session.begin_next()).empty());
}

TEST_CASE("room: workers that wait, and those that will be back") {
  ConcurrentSession session(SessionEvents{}, 2);
  Workers workers(session);
  CHECK(session.room() == 0);
  workers.ask();
  CHECK(session.room() == 1);
  workers.ask();
  CHECK(session.room() == 2);
  offer(session, "a");
  offer(session, "b");
  CHECK(session.room() == 0);
  session.post_answer(response_to("a"), {});
  CHECK(session.room() == 1);
  session.offer(invocation("c"));
  CHECK(session.room() == 0);
  CHECK(id_of(workers.ask()) == "c");
  CHECK(session.room() == 0);
  session.post_answer(response_to("b"), {});
  session.post_answer(response_to("c"), {});
  CHECK(session.room() == 2);
  session.expect_nobody();
  CHECK(session.room() == 0);
  Runtime& back = workers.ask();
  CHECK(session.room() == 1);
  CHECK(session.leave(back));
  CHECK(session.room() == 0);
}

TEST_CASE("room: never for more than n invocations, however many workers there are") {
  ConcurrentSession session(SessionEvents{}, 2);
  Workers workers(session);
  for (const char* id : {"a", "b"}) {
    workers.ask();
    offer(session, id);
  }
  workers.ask();
  workers.ask();
  CHECK(session.room() == 0);
  CHECK(session.expire("a"));
  CHECK(session.room() == 1);
}

TEST_CASE("room: a worker that asks before the end of its answer counts once") {
  ConcurrentSession session(SessionEvents{}, 4);
  Workers workers(session);
  workers.ask();
  offer(session, "a");
  session.begin_answer(response_to("a"));
  workers.ask();
  CHECK(session.room() == 1);
  CHECK_FALSE(session.post_answer(response_to("a"), {}).has_value());
  CHECK(session.room() == 1);
}

TEST_CASE("an expired invocation's late answer gets a 410 once, then a 400") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 2);
  Workers workers(session);
  workers.ask();
  workers.ask();
  offer(session, "slow");
  offer(session, "fast");
  CHECK_FALSE(session.expire("unknown"));
  CHECK(session.expire("slow"));
  CHECK_FALSE(session.expire("slow"));
  CHECK_FALSE(session.is_running("slow"));
  session.begin_answer(response_to("slow"));
  CHECK(session.begin_stream(response_to("slow")) == nullptr);
  const auto late = session.post_answer(response_to("slow"), {});
  REQUIRE(late.has_value());
  CHECK(late->status == 410);
  CHECK(late->message == "Invoke timeout");
  CHECK(late->type == "InvokeTimeout");
  CHECK(refusal_of(session.post_answer(error_for("slow"), {})) == "400 InvalidRequestID");
  CHECK_FALSE(session.post_answer(response_to("fast"), {}).has_value());
  CHECK(seen.answers.size() == 1);
}

TEST_CASE("an answer to an earlier attempt of a request is late, too") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 2);
  Workers workers(session);
  const Runtime& earlier = workers.ask();
  const Runtime& present = workers.ask();
  offer(session, "id");
  CHECK(session.expire("id"));
  offer(session, "id");
  AnswerHead head = response_to("id");
  head.invocation_id = earlier.taken->invocation_id;
  CHECK(refusal_of(session.post_answer(head, {})) == "410 InvokeTimeout");
  head.invocation_id = present.taken->invocation_id;
  CHECK_FALSE(session.post_answer(head, {}).has_value());
  CHECK(seen.answers.size() == 1);
}

TEST_CASE("an event that reached nobody goes to the next worker") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 2);
  Workers workers(session);
  const Runtime& gone = workers.ask();
  offer(session, "a");
  session.not_delivered(gone.taken->invocation_id);
  CHECK(session.room() == 0);
  const Runtime& next = workers.ask();
  CHECK(id_of(next) == "a");
  CHECK(next.taken->invocation_id == gone.taken->invocation_id);
  CHECK(seen.taken == std::vector<std::string>{"a"});
  session.not_delivered(next.taken->invocation_id);
  CHECK(session.expire("a"));
  CHECK(id_of(workers.ask()).empty());
}

TEST_CASE("a streamed answer ends by itself and nothing else ends it") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 2);
  Workers workers(session);
  workers.ask();
  workers.ask();
  const auto sink = std::make_shared<Sink>();
  for (const char* id : {"a", "b"}) {
    auto offered = invocation(id);
    offered.sink = sink;
    session.offer(std::move(offered));
  }
  session.hand_over();
  CHECK(session.begin_stream(response_to("a")) == sink);
  CHECK(session.begin_stream(response_to("a")) == nullptr);
  CHECK(refusal_of(session.post_answer(error_for("a"), {})) == "400 InvalidRequestID");
  AnswerHead end = response_to("a");
  end.streamed = true;
  CHECK_FALSE(session.post_answer(end, {}).has_value());
  CHECK(seen.answers.size() == 1);
  CHECK(session.begin_stream(response_to("b")) == sink);
  CHECK(session.expire("b"));
  CHECK(sink->abandoned == 1);
  end.request_id = "b";
  CHECK(refusal_of(session.post_answer(end, {})) == "410 InvokeTimeout");
}

TEST_CASE("the error report for a response that was too large is accepted once, as ever") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 1);
  Workers workers(session);
  workers.ask();
  offer(session, "id");
  Answer too_large;
  too_large.kind = Answer::Kind::ResponseTooLarge;
  CHECK_FALSE(session.post_answer(response_to("id"), too_large).has_value());
  CHECK(refusal_of(session.post_answer(response_to("id"), {})) == "400 InvalidRequestID");
  CHECK_FALSE(session.post_answer(error_for("id"), {}).has_value());
  CHECK(refusal_of(session.post_answer(error_for("id"), {})) == "400 InvalidRequestID");
  CHECK(seen.answers.size() == 1);
}

TEST_CASE("an init error is taken until the first worker asks") {
  Recorder seen;
  SECTION("before") {
    ConcurrentSession session(seen.events(), 2);
    CHECK_FALSE(session.post_init_error({"{}", "Runtime.ImportModuleError"}).has_value());
    REQUIRE(seen.init_errors.size() == 1);
    CHECK(refusal_of(session.begin_next()) == transition("InitError", "Ready"));
    CHECK(seen.ready == 0);
  }
  SECTION("after") {
    ConcurrentSession session(seen.events(), 2);
    session.begin_next();
    const auto refusal = session.post_init_error({});
    REQUIRE(refusal.has_value());
    CHECK("403 " + refusal->message == transition("Ready", "InitError"));
    CHECK(seen.init_errors.empty());
  }
}

TEST_CASE("close() refuses those that wait and every answer, and abandons every sink") {
  Recorder seen;
  ConcurrentSession session(seen.events(), 3);
  Workers workers(session);
  workers.ask();
  const Runtime& waiting = workers.ask();
  const auto sink = std::make_shared<Sink>();
  auto offered = invocation("a");
  offered.sink = sink;
  session.offer(std::move(offered));
  session.hand_over();
  session.close();
  REQUIRE(waiting.refusal.has_value());
  CHECK(waiting.refusal->status == 500);
  CHECK(sink->abandoned == 1);
  CHECK(session.is_running("a"));
  CHECK(refusal_of(session.post_answer(response_to("a"), {})) == "500 InternalServerError");
  CHECK(refusal_of(session.begin_next()) == kInternalError);
  session.offer(invocation("late"));
  CHECK(session.withdraw("late").has_value());
  CHECK(seen.answers.empty());
  session.close();
}
