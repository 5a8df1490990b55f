#include "emulator/destination/queued_sink.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/http_client.h"

using namespace emulator;

namespace {

// Delivers what a test says; may be held in the middle of a call.
class ScriptedCarrier : public Carrier {
 public:
  struct Script {
    std::mutex mutex;
    std::condition_variable_any changed;
    std::vector<std::string> delivered;
    std::string refused;  // the body of a message
    bool hold = false;
    bool fails = false;
    std::atomic<int> calls{0};
    std::atomic<int> inside{0};
    std::atomic<bool> overlapped{false};

    void release() {
      std::lock_guard lock(mutex);
      hold = false;
      changed.notify_all();
    }
  };
  explicit ScriptedCarrier(Script& script) : script_(script) {}

  std::optional<SinkProblem> check(const std::stop_token& /*stop*/) override {
    if (script_.inside++ != 0) script_.overlapped = true;
    script_.inside--;
    return SinkProblem{SinkProblem::Kind::Unusable, "not there"};
  }
  NotDelivered deliver(const std::vector<FailureMessage>& messages,
                       const std::stop_token& stop) override {
    if (script_.inside++ != 0) script_.overlapped = true;
    std::unique_lock lock(script_.mutex);
    ++script_.calls;
    script_.changed.wait(lock, stop, [this] { return !script_.hold; });
    script_.inside--;
    if (script_.fails) throw std::runtime_error("it threw");
    if (stop.stop_requested()) return all(messages.size(), "interrupted");
    NotDelivered result;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (messages[i].body == script_.refused)
        result.messages.push_back(i);
      else
        script_.delivered.push_back(messages[i].body);
    }
    if (!result.messages.empty()) result.problem = "refused";
    return result;
  }
  std::string describe() const override { return "a scripted destination"; }

 private:
  static NotDelivered all(std::size_t count, std::string problem) {
    NotDelivered result{{}, std::move(problem)};
    for (std::size_t i = 0; i < count; ++i) result.messages.push_back(i);
    return result;
  }
  Script& script_;
};

// What was answered, in the order in which it was.
struct Answers {
  std::mutex mutex;
  std::vector<std::string> texts;

  RecordSink::Done expect(const std::string& name) {
    return [this, name](Undelivered undelivered) {
      std::string text = name + ":";
      for (const auto& message : undelivered.messages) text += " " + message.body;
      if (!undelivered.problem.empty()) text += " (" + undelivered.problem + ")";
      std::lock_guard lock(mutex);
      texts.push_back(text);
    };
  }
  std::size_t count() {
    std::lock_guard lock(mutex);
    return texts.size();
  }
};

std::vector<FailureMessage> messages(const std::vector<std::string>& bodies) {
  std::vector<FailureMessage> made;
  for (const auto& body : bodies) made.push_back({body, std::nullopt, {}});
  return made;
}

struct Rig {
  ScriptedCarrier::Script script;
  Answers answers;
  QueuedSink sink;
  explicit Rig(std::size_t waiting_bytes_max = QueuedSink::kWaitingBytesMax)
      : sink(std::make_unique<ScriptedCarrier>(script), waiting_bytes_max) {}

  void hold() {
    std::lock_guard lock(script.mutex);
    script.hold = true;
  }
  bool answered(std::size_t count) {
    return test::eventually([&] { return answers.count() >= count; });
  }
};

}  // namespace

TEST_CASE("queued sink: carries in order, and says which messages were not delivered") {
  Rig rig;
  rig.hold();
  rig.script.refused = "b";
  rig.sink.send(messages({"a", "b", "c"}), rig.answers.expect("first"));
  rig.sink.send(messages({"d"}), rig.answers.expect("second"));
  rig.script.release();
  REQUIRE(rig.answered(2));
  CHECK(rig.answers.texts.at(0) == "first: b (refused)");
  CHECK(rig.answers.texts.at(1) == "second:");
  CHECK(rig.script.delivered == std::vector<std::string>{"a", "c", "d"});
}

TEST_CASE("queued sink: a full queue refuses at once, an empty one takes anything") {
  Rig rig(10);
  rig.hold();
  rig.sink.send(messages({"under way"}), rig.answers.expect("first"));
  REQUIRE(test::eventually([&] { return rig.script.calls == 1; }));
  rig.sink.send(messages({"longer than ten bytes"}), rig.answers.expect("second"));
  rig.sink.send(messages({"x"}), rig.answers.expect("third"));
  REQUIRE(rig.answers.count() == 1);
  CHECK(rig.answers.texts.at(0) ==
        "third: x (a scripted destination is too slow: 1 batches of failed records wait for it "
        "already)");
  rig.script.release();
  REQUIRE(rig.answered(3));
  CHECK(rig.answers.texts.at(2) == "second:");
}

TEST_CASE("queued sink: a carrier that throws delivers nothing") {
  Rig rig;
  rig.script.fails = true;
  rig.sink.send(messages({"a", "b"}), rig.answers.expect("first"));
  REQUIRE(rig.answered(1));
  CHECK(rig.answers.texts.at(0) == "first: a b (a scripted destination: it threw)");
}

TEST_CASE("queued sink: stop answers what is under way, what waits and what comes later") {
  Rig rig;
  rig.hold();
  rig.sink.send(messages({"a"}), rig.answers.expect("under way"));
  REQUIRE(test::eventually([&] { return rig.script.calls == 1; }));
  rig.sink.send(messages({"b"}), rig.answers.expect("waiting"));
  std::thread other([&] { rig.sink.stop(); });
  rig.sink.stop();
  CHECK(rig.answers.count() == 2);
  other.join();
  rig.sink.send(messages({"c"}), rig.answers.expect("late"));
  REQUIRE(rig.answers.count() == 3);
  CHECK(rig.answers.texts.at(0) == "under way: a (interrupted)");
  CHECK(rig.answers.texts.at(1) == "waiting: b (klambda stops)");
  CHECK(rig.answers.texts.at(2) == "late: c (klambda stops)");
  CHECK(rig.script.calls == 1);
}

TEST_CASE("queued sink: every send is answered once, whoever sends and whenever it stops") {
  for (int round = 0; round < 20; ++round) {
    constexpr int kThreads = 4;
    constexpr int kEach = 50;
    std::atomic<int> answered{0};
    std::atomic<int> sent_out{0};
    ScriptedCarrier::Script script;
    {
      QueuedSink sink(std::make_unique<ScriptedCarrier>(script), 100);
      std::vector<std::thread> threads;
      for (int i = 0; i < kThreads; ++i)
        threads.emplace_back([&] {
          for (int j = 0; j < kEach; ++j) {
            ++sent_out;
            sink.send(messages({"0123456789"}), [&](Undelivered) { ++answered; });
            if (j == kEach / 2) static_cast<void>(sink.check());
          }
        });
      if (round % 2 == 0) {
        REQUIRE(test::eventually([&] { return sent_out > kThreads * kEach / 2; }));
        sink.stop();
      }
      for (auto& thread : threads) thread.join();
    }
    CHECK(answered == kThreads * kEach);
    CHECK_FALSE(script.overlapped);
  }
}
