// Many callers, environments that expire, crash and are stopped, all at once: for
// ThreadSanitizer, and for the rule that every invocation is answered exactly once.
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/function/function_rig.h"

using namespace function_test;
using Kind = Outcome::Kind;

namespace {

struct Tally {
  std::mutex mutex;
  std::condition_variable changed;
  std::array<int, 5> by_kind{};
  int answered = 0;

  void add(const Outcome& outcome) {
    const std::lock_guard lock(mutex);
    ++by_kind[static_cast<std::size_t>(outcome.kind)];
    ++answered;
    changed.notify_all();
  }
  int of(Kind kind) {
    const std::lock_guard lock(mutex);
    return by_kind[static_cast<std::size_t>(kind)];
  }
  bool wait_for(int count) {
    std::unique_lock lock(mutex);
    return changed.wait_for(lock, kPatience, [&] { return answered >= count; });
  }
};

void invoke(Pool& pool, Tally& tally, std::string event, int number) {
  InvocationRequest request;
  request.request_id = "id-" + std::to_string(number);
  request.payload = std::make_shared<const std::string>(std::move(event));
  pool.invoke(std::move(request), [&tally](const Outcome& outcome) { tally.add(outcome); });
}

}  // namespace

TEST_CASE("many callers are each answered once") {
  Tally tally;  // outlives the pool, whose callbacks use it
  Pool::Options options;
  options.max_environments = 4;
  options.idle_timeout = std::chrono::milliseconds(20);
  Rig rig(options);
  constexpr int kThreads = 4;
  constexpr int kEach = 100;
  std::vector<std::thread> threads;
  auto& pool = rig.pool();
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&pool, &tally, thread] {
      for (int i = 0; i < kEach; ++i) {
        std::string event = "echo x";
        if (i % 10 == 3) event = "exit 1";
        if (i % 10 == 5) event = "answer-then-exit 0";
        if (i % 10 == 7) event = "print 10";
        invoke(pool, tally, event, thread * kEach + i);
        if (i % 20 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(30));
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(tally.wait_for(kThreads * kEach));
  pool.stop();
  CHECK(tally.answered == kThreads * kEach);
  CHECK(tally.of(Kind::FunctionError) == kThreads * kEach / 10);
  CHECK(tally.of(Kind::Success) == kThreads * kEach * 9 / 10);
}

TEST_CASE("stopping in the midst of invocations answers each once") {
  Tally tally;
  Pool::Options options;
  options.max_environments = 3;
  Rig rig(options);
  auto& pool = rig.pool();
  std::atomic<bool> go{true};
  std::atomic<int> sent{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread) {
    threads.emplace_back([&] {
      while (go) {
        invoke(pool, tally, "echo x", ++sent);
        std::this_thread::sleep_for(std::chrono::microseconds(200));
      }
    });
  }
  CHECK(tally.wait_for(200));
  pool.stop();
  go = false;
  for (auto& thread : threads) thread.join();
  CHECK(tally.wait_for(sent));
  CHECK(tally.answered == sent);
  CHECK(tally.of(Kind::FunctionError) == 0);
}

TEST_CASE("an invocation made from within an answer finds the environment free") {
  Tally tally;
  Pool::Options options;
  options.max_environments = 1;
  Rig rig(options);
  auto& pool = rig.pool();
  std::atomic<int> left{200};
  std::function<void(const Outcome&)> next = [&](const Outcome& outcome) {
    tally.add(outcome);
    if (--left > 0) {
      pool.invoke({"id-" + std::to_string(left.load()),
                   std::make_shared<const std::string>("echo x"),
                   {},
                   {}},
                  next);
    }
  };
  pool.invoke({"id", std::make_shared<const std::string>("echo x"), {}, {}}, next);
  CHECK(tally.wait_for(200));
  pool.stop();
  CHECK(tally.of(Kind::Success) == 200);
}
