#include "emulator/esm/wakeup.h"

#include <atomic>
#include <thread>

#include "emulator/esm/inbox.h"
#include "tests/support/catch.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

TEST_CASE("wakeup: a notification before the wait ends it at once") {
  Wakeup wakeup;
  wakeup.notify();
  wakeup.notify();
  wakeup.wait(1h);  // would run into the test's time limit
  wakeup.wait(1ms);
  wakeup.wait(-1s);
  SUCCEED();
}

TEST_CASE("inbox: nothing that is posted by many threads is lost or slept over") {
  constexpr int kThreads = 4;
  constexpr int kPosts = 2'000;
  Inbox inbox;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kPosts; ++i) inbox.post({1, {}});
    });
  }
  int received = 0;
  while (received < kThreads * kPosts) {
    received += static_cast<int>(inbox.drain().size());
    if (received < kThreads * kPosts) inbox.wait(1h);
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(received == kThreads * kPosts);
}

}  // namespace
}  // namespace emulator
