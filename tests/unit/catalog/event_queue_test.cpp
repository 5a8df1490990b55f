#include "emulator/catalog/event_queue.h"

#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "emulator/catalog/api_error.h"
#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_record_sink.h"
#include "tests/support/http_client.h"

using namespace emulator;
using emulator::test::FakeClock;
using emulator::test::FakeRecordSink;
using std::chrono::minutes;
using std::chrono::seconds;
using ::test::eventually;

namespace {

constexpr const char* kMarker = "marker";  // an event that succeeds at once
constexpr const char* kQueue = "arn:aws:sqs:us-east-1:000000000000:letters";
constexpr const char* kDone = "arn:aws:sqs:us-east-1:000000000000:done";

// The queue's own, in front of one that the test keeps.
class BorrowedSink : public RecordSink {
 public:
  explicit BorrowedSink(RecordSink& sink) : sink_(sink) {}
  std::optional<SinkProblem> check() override { return sink_.check(); }
  void send(std::vector<FailureMessage> messages, Done done) override {
    sink_.send(std::move(messages), std::move(done));
  }
  std::string describe() const override { return sink_.describe(); }
  void stop() override { sink_.stop(); }

 private:
  RecordSink& sink_;
};

// A queue whose functions a test plays.
class Rig {
 public:
  explicit Rig(EventQueue::Options options = {})
      : queue_(
            functions_, clock_,
            [this](const std::string& function, const std::string& qualifier,
                   InvocationRequest request, Invoker::Done done) {
              run(function, qualifier, std::move(request), std::move(done));
            },
            [this](const DestinationName& name) { return sink_for(name); }, options) {
    change("orders", [](Function&) {});
    for (const char* name : {"letters", "done", "dead"}) sinks_[name];
  }
  ~Rig() { queue_.stop(); }

  template <typename Edit>
  void change(const std::string& name, Edit edit) {
    functions_.change(name, [&](const Function* present) {
      Function function = present == nullptr ? Function() : *present;
      function.latest.config.name = name;
      edit(function);
      return function;
    });
  }
  void forget(const std::string& name) {
    functions_.change(name, [](const Function*) { return std::nullopt; });
  }
  void accept(const std::string& id, const std::string& payload = "{}",
              const std::string& qualifier = "") {
    InvocationRequest request;
    request.request_id = id;
    request.payload = std::make_shared<const std::string>(payload);
    queue_.accept("orders", qualifier, std::move(request));
  }
  // How many invocations wait for answer().
  std::size_t running() const {
    const std::lock_guard lock(mutex_);
    return running_.size();
  }
  std::vector<std::string> runs() const {
    const std::lock_guard lock(mutex_);
    return runs_;
  }
  void answer(Outcome::Kind kind, const std::string& payload = "null") {
    Invoker::Done done;
    {
      const std::lock_guard lock(mutex_);
      done = std::move(running_.front());
      running_.pop_front();
    }
    Outcome outcome;
    outcome.kind = kind;
    outcome.payload = payload;
    outcome.executed_version = "$LATEST";
    done(std::move(outcome));
  }
  // Fails so many attempts of the one event there is, each retry at its time.
  void fail_times(int attempts) {
    for (int made = 1; made <= attempts; ++made) {
      REQUIRE(eventually([&] { return running() == 1; }));
      answer(Outcome::Kind::FunctionError, R"({"errorMessage":"no"})");
      if (made < attempts) tick_after_answers(minutes(made));
    }
  }
  // Moves the clock once all that was answered is settled: the queue sees answers before it starts
  // what it has accepted later.
  void tick_after_answers(std::chrono::nanoseconds by) {
    const int before = markers_;
    accept(kMarker);
    REQUIRE(eventually([&] { return markers_ > before; }));
    tick(by);
  }
  void tick(std::chrono::nanoseconds by) {
    clock_.tick(by);
    queue_.wake();
  }
  FakeRecordSink& sink(const std::string& name) { return sinks_.at(name); }
  EventQueue& queue() { return queue_; }
  bool empty() const { return queue_.size() == 0; }

 private:
  void run(const std::string& function, const std::string& qualifier, InvocationRequest request,
           Invoker::Done done) {
    if (request.request_id == kMarker) {
      done({});
      ++markers_;
      return;
    }
    if (functions_.find(function) == nullptr) throw resource_not_found("gone");
    const std::lock_guard lock(mutex_);
    runs_.push_back(function + (qualifier.empty() ? "" : ":" + qualifier) + " " +
                    request.request_id);
    running_.push_back(std::move(done));
  }
  std::unique_ptr<RecordSink> sink_for(const DestinationName& name) {
    return std::make_unique<BorrowedSink>(sinks_.at(name.name));
  }

  FunctionCatalog functions_;
  FakeClock clock_;
  std::map<std::string, FakeRecordSink> sinks_;  // all made at the start
  mutable std::mutex mutex_;
  std::vector<std::string> runs_;
  std::deque<Invoker::Done> running_;
  std::atomic<int> markers_{0};
  EventQueue queue_;
};

void set_destinations(Function& function) {
  function.event_invoke["$LATEST"] = {
      {"DestinationConfig",
       {{"OnSuccess", {{"Destination", kDone}}}, {"OnFailure", {{"Destination", kQueue}}}}}};
}

Json only_record(FakeRecordSink& sink) {
  REQUIRE(eventually([&] { return sink.delivered().size() == 1; }));
  return Json::parse(sink.delivered().front().body);
}

}  // namespace

TEST_CASE(
    "event queue: attempts of one event have its request id, and the last failure is recorded") {
  Rig rig;
  rig.change("orders", set_destinations);
  rig.accept("one", R"({"id":1})");
  rig.fail_times(3);
  const Json record = only_record(rig.sink("letters"));
  CHECK(rig.runs() == std::vector<std::string>{"orders one", "orders one", "orders one"});
  CHECK(record["requestContext"]["condition"] == "RetriesExhausted");
  CHECK(record["requestContext"]["approximateInvokeCount"] == 3);
  CHECK(record["requestContext"]["functionArn"] ==
        "arn:aws:lambda:us-east-1:000000000000:function:orders:$LATEST");
  CHECK(record["requestPayload"] == Json{{"id", 1}});
  CHECK(record["responsePayload"]["errorMessage"] == "no");
  CHECK(eventually([&] { return rig.empty(); }));
}

TEST_CASE("event queue: a retry does not come before its time") {
  Rig rig;
  rig.accept("one");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.answer(Outcome::Kind::FunctionError);
  rig.tick_after_answers(seconds(59));
  rig.tick_after_answers(seconds(0));
  CHECK(rig.runs().size() == 1);
  rig.tick(seconds(1));
  CHECK(eventually([&] { return rig.runs().size() == 2; }));
}

TEST_CASE("event queue: a success goes to its own destination") {
  Rig rig;
  rig.change("orders", set_destinations);
  rig.accept("one");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.answer(Outcome::Kind::Success, R"({"ok":true})");
  const Json record = only_record(rig.sink("done"));
  CHECK(record["requestContext"]["condition"] == "Success");
  CHECK(record["responseContext"] == Json{{"statusCode", 200}, {"executedVersion", "$LATEST"}});
  CHECK(record["responsePayload"] == Json{{"ok", true}});
}

TEST_CASE("event queue: a destination may be a function") {
  Rig rig;
  rig.change("audit", [](Function&) {});
  rig.change("orders", [](Function& function) {
    function.event_invoke["live"]["DestinationConfig"]["OnSuccess"]["Destination"] =
        "arn:aws:lambda:us-east-1:000000000000:function:audit:3";
  });
  rig.accept("one", "{}", "live");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.answer(Outcome::Kind::Success);
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  CHECK(rig.runs().front() == "orders:live one");
  CHECK(rig.runs().back().starts_with("audit:3 "));
}

TEST_CASE("event queue: reserved concurrency 0 gives up at once, with a dead letter") {
  Rig rig;
  rig.change("orders", [](Function& function) {
    set_destinations(function);
    function.reserved_concurrency = 0;
    function.latest.settings["DeadLetterConfig"]["TargetArn"] =
        "arn:aws:sqs:us-east-1:000000000000:dead";
  });
  rig.accept("one", "[1]");
  const Json record = only_record(rig.sink("letters"));
  CHECK(record["requestContext"]["condition"] == "ZeroReservedConcurrency");
  CHECK_FALSE(record.contains("responseContext"));
  CHECK(only_record(rig.sink("dead")) == Json{1});
  CHECK(rig.runs().empty());
}

TEST_CASE("event queue: throttles are waited out") {
  Rig rig;
  rig.accept("one");
  for (int i = 0; i < 4; ++i) {
    REQUIRE(eventually([&] { return rig.running() == 1; }));
    rig.answer(Outcome::Kind::Throttled);
    rig.tick_after_answers(seconds(1 << i));
  }
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.answer(Outcome::Kind::Success);
  CHECK(eventually([&] { return rig.empty(); }));
}

TEST_CASE("event queue: an event that waited too long is not sent any more") {
  Rig rig;
  rig.change("orders", set_destinations);
  rig.accept("one");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.answer(Outcome::Kind::FunctionError, R"({"errorMessage":"no"})");
  rig.tick_after_answers(std::chrono::hours(6));
  const Json record = only_record(rig.sink("letters"));
  CHECK(record["requestContext"]["condition"] == "EventAgeExceeded");
  CHECK(record["requestContext"]["approximateInvokeCount"] == 1);
}

TEST_CASE("event queue: the function is deleted meanwhile") {
  Rig rig;
  rig.change("orders", [](Function& function) {
    set_destinations(function);
    function.event_invoke["$LATEST"]["MaximumRetryAttempts"] = 1;
  });
  rig.accept("one");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.forget("orders");
  rig.answer(Outcome::Kind::FunctionError);
  rig.tick_after_answers(minutes(1));
  const Json record = only_record(rig.sink("letters"));
  CHECK(record["requestContext"]["condition"] == "RetriesExhausted");
  CHECK(record["requestContext"]["approximateInvokeCount"] == 2);
  CHECK(record["responseContext"] == Json{{"statusCode", 404}});
}

TEST_CASE("event queue: so many run at a time, the others wait in order") {
  EventQueue::Options options;
  options.running_max = 2;
  Rig rig(options);
  for (const char* id : {"a", "b", "c"}) rig.accept(id);
  REQUIRE(eventually([&] { return rig.running() == 2; }));
  CHECK(rig.queue().size() == 3);
  rig.answer(Outcome::Kind::Success);
  REQUIRE(eventually([&] { return rig.runs().size() == 3; }));
  CHECK(rig.runs() == std::vector<std::string>{"orders a", "orders b", "orders c"});
}

TEST_CASE("event queue: beyond its bounds events are throttled") {
  EventQueue::Options options;
  options.events_max = 2;
  options.bytes_max = 4'096;
  Rig rig(options);
  CHECK_THROWS_WITH(rig.accept("big", std::string(4'000, ' ')), "Rate Exceeded.");
  rig.accept("a");
  rig.accept("b");
  CHECK_THROWS_AS(rig.accept("c"), ApiError);
  REQUIRE(eventually([&] { return rig.running() == 2; }));
  rig.answer(Outcome::Kind::Success);
  REQUIRE(eventually([&] { return rig.queue().size() == 1; }));
  rig.accept("d");
}

TEST_CASE("event queue: after stop() answers change nothing, and nothing is taken") {
  Rig rig;
  rig.accept("one");
  REQUIRE(eventually([&] { return rig.running() == 1; }));
  rig.queue().stop();
  rig.answer(Outcome::Kind::Success);
  CHECK(rig.queue().size() == 1);
  CHECK_THROWS_AS(rig.accept("two"), ApiError);
}
