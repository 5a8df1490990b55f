#include "emulator/esm/faults.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "emulator/config/model.h"
#include "tests/support/catch.h"
#include "tests/support/records.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

FaultScript make_script(const std::vector<std::string>& texts, std::uint64_t seed = 1) {
  std::vector<FaultLine> lines;
  for (const std::string& text : texts) lines.push_back({text, "--fault"});
  return FaultScript(lines, seed);
}

// One letter for each of `count` invocations: its fault's first, or '.'.
std::string course(FaultScript& script, int count, const std::string& batch = "orders/0@1",
                   std::string_view topic = "orders") {
  std::string letters;
  for (int i = 0; i < count; ++i) {
    const InvokeFault fault = script.at_invoke(topic, test::make_batch(batch));
    letters += fault == InvokeFault::None ? '.' : to_string(fault).front();
  }
  return letters;
}

TEST_CASE("faults: without a script nothing goes wrong") {
  FaultScript script;
  CHECK(script.empty());
  CHECK(course(script, 3) == "...");
  CHECK_FALSE(script.at_commit("orders"));
  CHECK_FALSE(script.at_poll("orders", TimePoint(1h)));
  CHECK_FALSE(make_script({"crash"}).empty());
  CHECK(make_script({"# nothing", "  # at all"}).empty());
  CHECK_THROWS_AS(make_script({"crash", "carsh"}), ConfigError);
  CHECK_THROWS_AS(make_script({""}), ConfigError);
}

TEST_CASE("faults: one without a count strikes once") {
  for (const char* text : {"crash", "crash@orders", "crash@orders[0]", "crash@orders[0]:1"}) {
    INFO(text);
    auto script = make_script({text});
    CHECK(course(script, 4) == "c...");
  }
}

TEST_CASE("faults: count, every Nth chance, both") {
  auto first = make_script({"throttle x3"});
  CHECK(course(first, 5) == "ttt..");
  auto nth = make_script({"duplicate every 3"});
  CHECK(course(nth, 9) == "..d..d..d");
  auto some = make_script({"rebalance every 2 x2"});
  CHECK(course(some, 8) == ".r.r....");
  auto always = make_script({"crash every 1"});
  CHECK(course(always, 4) == "cccc");
}

TEST_CASE("faults: only batches in reach are a chance") {
  struct Row {
    const char* place;
    const char* batch;
    const char* topic;
    bool reached;
  };
  const Row rows[] = {
      {"", "orders/0@1", "orders", true},
      {"@orders", "orders/0@1", "orders", true},
      {"@orders", "payments/0@1", "payments", false},
      {"@orders[2]", "orders/0@1 orders/2@5", "orders", true},
      {"@orders[2]", "orders/0@1 orders/3@5", "orders", false},
      {"@orders[2]", "payments/2@1", "payments", false},
      {"@orders[2]:100", "orders/0@1 orders/2@98..101", "orders", true},
      {"@orders[2]:100", "orders/2@101..105", "orders", false},
      {"@orders[2]:100", "orders/2@1..99", "orders", false},
      {"@orders[2]:100", "orders/1@100", "orders", false},
      {"@orders[2]:100", "orders/2@99 orders/2@101", "orders", false},
      {"@orders[2]:100..200", "orders/2@90..100", "orders", true},
      {"@orders[2]:100..200", "orders/2@200..210", "orders", true},
      {"@orders[2]:100..200", "orders/2@150", "orders", true},
      {"@orders[2]:100..200", "orders/2@201..210", "orders", false},
      {"@orders[2]:100..200", "orders/2@90..99", "orders", false},
  };
  for (const Row& row : rows) {
    INFO(row.place << " " << row.batch);
    auto script = make_script({std::string("crash") + row.place + " every 1"});
    CHECK(course(script, 1, row.batch, row.topic) == (row.reached ? "c" : "."));
  }
  // What is out of reach uses nothing up.
  auto script = make_script({"crash@orders[2]:100"});
  CHECK(course(script, 2, "orders/2@99") == "..");
  CHECK(course(script, 3, "orders/2@100") == "c..");
}

TEST_CASE(
    "faults: of several, the script's first strikes, and those behind it wait for their turn") {
  auto script = make_script({"throttle x2", "crash", "duplicate every 2"});
  CHECK(course(script, 7) == "ttc.d.d");
}

TEST_CASE("faults: each topic has its own chances") {
  auto script = make_script({"crash every 2 x1"});
  CHECK(course(script, 1, "orders/0@1", "orders") == ".");
  CHECK(course(script, 3, "payments/0@1", "payments") == ".c.");
  CHECK(course(script, 2, "orders/0@1", "orders") == "c.");
}

TEST_CASE("faults: probabilities follow the seed") {
  auto one = make_script({"crash 20%"}, 7);
  auto same = make_script({"crash 20%"}, 7);
  auto other = make_script({"crash 20%"}, 8);
  const std::string drawn = course(one, 2'000);
  CHECK(drawn == course(same, 2'000));
  CHECK(drawn != course(other, 2'000));
  const auto strikes = std::count(drawn.begin(), drawn.end(), 'c');
  CHECK(strikes > 300);
  CHECK(strikes < 500);

  // Another mapping's invocations in between change nothing.
  auto mixed = make_script({"crash 20%"}, 7);
  std::string letters;
  for (int i = 0; i < 2'000; ++i) {
    letters += course(mixed, 1);
    course(mixed, 1, "payments/0@1", "payments");
  }
  CHECK(letters == drawn);

  auto certain = make_script({"crash 100%"});
  CHECK(course(certain, 100) == std::string(100, 'c'));
}

TEST_CASE("faults: commits") {
  auto script = make_script({"commit-fails@orders x2", "crash"});
  CHECK_FALSE(script.at_commit("payments"));
  CHECK(script.at_commit("orders"));
  CHECK(script.at_commit("orders"));
  CHECK_FALSE(script.at_commit("orders"));
  CHECK(course(script, 2) == "c.");
}

TEST_CASE("faults: what has never struck is named as it was written") {
  auto script = make_script({"# one that strikes", "commit-fails@orders", "crash every 2"});
  const auto never = [&script] {
    std::vector<std::string> texts;
    for (const auto& line : script.never_struck()) texts.push_back(line.text);
    return texts;
  };
  CHECK(never() == std::vector<std::string>{"commit-fails@orders", "crash every 2"});
  CHECK_FALSE(script.at_commit("payments"));
  CHECK(course(script, 1) == ".");
  CHECK(never().size() == 2);  // a chance is no strike
  CHECK(script.at_commit("orders"));
  CHECK(never() == std::vector<std::string>{"crash every 2"});
  CHECK(course(script, 1) == "c");
  CHECK(never().empty());
}

TEST_CASE("faults: an outage starts after a second of polling, for every poller of the topic") {
  auto script = make_script({"broker-down@orders 5s"});
  const TimePoint start(100h);
  CHECK_FALSE(script.at_poll("orders", start));
  CHECK_FALSE(script.at_poll("orders", start + 999ms));
  CHECK(script.at_poll("orders", start + 1s) == 5s);
  CHECK(script.at_poll("orders", start + 1s) == 5s);
  CHECK(script.at_poll("orders", start + 4s) == 2s);
  CHECK(script.at_poll("orders", start + 6s - 1ns) == 1ms);
  CHECK_FALSE(script.at_poll("orders", start + 6s));
  CHECK_FALSE(script.at_poll("orders", start + 1h));
  CHECK_FALSE(script.at_poll("payments", start));
  CHECK_FALSE(script.at_poll("payments", start + 1h));
}

TEST_CASE("faults: outages come again as their line says") {
  auto script = make_script({"broker-down 500ms every 10"});
  const TimePoint start(100h);
  int outages = 0;
  bool was_down = false;
  for (TimePoint now = start; now < start + 43s; now += 100ms) {
    const bool down = script.at_poll("orders", now).has_value();
    if (down && !was_down) ++outages;
    was_down = down;
  }
  CHECK(outages == 4);  // at 10 s, then 10 s after each end
}

TEST_CASE("faults: many threads share one script and no strike is lost or doubled") {
  auto script = make_script({"crash every 5", "commit-fails every 4"});
  std::atomic<int> crashes{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const Batch batch = test::make_batch("orders/0@1");
      for (int turn = 0; turn < 500; ++turn) {
        if (script.at_invoke("orders", batch) == InvokeFault::Crash) ++crashes;
        if (script.at_commit("orders")) ++refused;
        script.at_poll("orders", TimePoint(1h));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(crashes == 400);
  CHECK(refused == 500);
}

}  // namespace
}  // namespace emulator
