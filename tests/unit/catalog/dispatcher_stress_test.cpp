// Invocations from many threads while what they run changes; most of its worth under
// ThreadSanitizer.
#include <thread>
#include <vector>

#include "tests/support/catch.h"
#include "tests/unit/catalog/dispatcher_rig.h"

using namespace catalog_test;

TEST_CASE("no invocation is lost while functions are deployed, limited, deleted and made again") {
  Rig rig(3);
  const auto function = rig.function("orders");
  rig.add(function);
  rig.publish("orders", 1);
  std::atomic<bool> over = false;
  std::atomic<int> answered = 0;
  std::atomic<int> unexpected = 0;
  const auto invoke_on = [&](const std::string& qualifier) {
    const auto invoker = rig.dispatcher().invoker("orders", qualifier);
    while (!over) {
      const auto outcome = rig.call(*invoker, "echo a");
      const bool ran = outcome.kind == Kind::Success && outcome.payload == "a";
      const bool refused =
          outcome.kind == Kind::Throttled || outcome.error_type == "ResourceNotFoundException";
      if (!ran && !refused) ++unexpected;
      if (ran) ++answered;
    }
  };
  std::vector<std::thread> threads;
  for (const auto* qualifier : {"", "", "1", "1"}) threads.emplace_back(invoke_on, qualifier);
  const auto until_answered = [&](int more) {
    const int goal = answered + more;
    return function_test::eventually([&] { return answered >= goal; });
  };
  for (int round = 0; round < 10; ++round) {
    CHECK(until_answered(20));
    rig.deploy("orders", std::to_string(round));
    if (round % 3 == 0)
      rig.change("orders", [&](Function& next) { next.reserved_concurrency = 1 + round; });
    if (round % 4 == 3) {
      rig.remove("orders");
      rig.add(function);
      rig.publish("orders", 1);
    }
  }
  CHECK(until_answered(20));
  over = true;
  for (auto& thread : threads) thread.join();
  CHECK(unexpected == 0);
  CHECK(rig.dispatcher().activity("orders").running == 0);
}
