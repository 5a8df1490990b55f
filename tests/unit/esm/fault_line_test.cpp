#include "emulator/esm/fault_line.h"

#include "emulator/config/model.h"
#include "tests/support/catch.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

constexpr auto kForEver = std::numeric_limits<std::uint64_t>::max();

Fault parse(const std::string& text) {
  return parse_fault({text, "--fault"});
}

std::string mistake(const std::string& text) {
  try {
    parse(text);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "none";
}

TEST_CASE("fault line: each fault has its name") {
  struct Row {
    const char* text;
    FaultKind kind;
  };
  const Row rows[] = {
      {"timeout", FaultKind::Timeout},          {"crash", FaultKind::Crash},
      {"throttle", FaultKind::Throttle},        {"duplicate", FaultKind::Duplicate},
      {"rebalance", FaultKind::Rebalance},      {"commit-fails", FaultKind::CommitFails},
      {"broker-down 5s", FaultKind::BrokerDown}};
  for (const Row& row : rows) {
    INFO(row.text);
    const Fault fault = parse(row.text);
    CHECK(fault.kind == row.kind);
    CHECK(std::string(row.text).starts_with(to_string(row.kind)));
    CHECK(fault.topic.empty());
    CHECK_FALSE(fault.partition);
    CHECK(fault.every == 1);
    CHECK(fault.probability == 1);
    CHECK(fault.strikes_max == 1);
  }
}

TEST_CASE("fault line: places") {
  const Fault topic = parse("crash@my.orders_v2-x");
  CHECK(topic.topic == "my.orders_v2-x");
  CHECK_FALSE(topic.partition);

  const Fault partition = parse("crash@orders[12]");
  CHECK(partition.topic == "orders");
  CHECK(partition.partition == 12);
  CHECK(partition.first_offset == 0);
  CHECK(partition.last_offset == std::numeric_limits<std::int64_t>::max());

  const Fault record = parse("timeout@orders[2]:100");
  CHECK(record.partition == 2);
  CHECK(record.first_offset == 100);
  CHECK(record.last_offset == 100);

  const Fault range = parse("timeout@orders[0]:100..9223372036854775807");
  CHECK(range.partition == 0);
  CHECK(range.first_offset == 100);
  CHECK(range.last_offset == std::numeric_limits<std::int64_t>::max());

  CHECK(parse("commit-fails@orders").topic == "orders");
  CHECK(parse("broker-down@orders 5s").topic == "orders");
}

TEST_CASE("fault line: how often") {
  CHECK(parse("throttle x3").strikes_max == 3);
  const Fault every = parse("throttle every 4");
  CHECK(every.every == 4);
  CHECK(every.strikes_max == kForEver);
  const Fault chance = parse("crash 5%");
  CHECK(chance.probability == 5.0 / 100);
  CHECK(chance.strikes_max == kForEver);
  CHECK(parse("crash 0.001%").probability == 0.001 / 100);
  CHECK(parse("crash 100%").strikes_max == kForEver);
  const Fault all = parse("crash@orders[1]:7   12.5%  every 2\tx3 # on some days");
  CHECK(all.probability == 0.125);
  CHECK(all.every == 2);
  CHECK(all.strikes_max == 3);
  CHECK(all.first_offset == 7);
}

TEST_CASE("fault line: how long") {
  CHECK(parse("broker-down 5s").duration == 5s);
  CHECK(parse("broker-down x3 250ms").duration == 250ms);
  CHECK(parse("broker-down@orders 2m every 60").duration == 2min);
}

TEST_CASE("fault line: a mistake is one line with what, where and what would be right") {
  struct Row {
    const char* text;
    const char* mistake;
  };
  const Row rows[] = {
      {"", R"(--fault: fault "": nothing is said; a fault looks like timeout@orders[2]:100)"},
      {" # a comment", R"(--fault: fault "# a comment": nothing is said; a fault looks like )"
                       R"(timeout@orders[2]:100)"},
      {"tiemout@orders",
       R"(--fault: fault "tiemout@orders", at "tiemout": there is no such fault (did you mean )"
       R"(timeout?); faults are timeout, crash, throttle, duplicate, rebalance, commit-fails, )"
       R"(broker-down)"},
      {"commit_fails",
       R"(--fault: fault "commit_fails": there is no such fault (did you mean commit-fails?); )"
       R"(faults are timeout, crash, throttle, duplicate, rebalance, commit-fails, broker-down)"},
      {"@orders",
       R"(--fault: fault "@orders", at "": there is no such fault; faults are timeout, crash, )"
       R"(throttle, duplicate, rebalance, commit-fails, broker-down)"},
      {"crash@",
       R"(--fault: fault "crash@": a topic is missing behind @, as in timeout@orders[2]:100)"},
      {"crash@[2]",
       R"(--fault: fault "crash@[2]": a topic is missing behind @, as in timeout@orders[2]:100)"},
      {"crash@orders:100",
       R"(--fault: fault "crash@orders:100", at "orders:100": an offset needs its partition: )"
       R"(orders[0]:100)"},
      {"crash@orders/2",
       R"(--fault: fault "crash@orders/2", at "orders/2": no such place; places look like orders, )"
       R"(orders[2], orders[2]:100)"},
      {"crash@orders[2",
       R"(--fault: fault "crash@orders[2", at "orders[2": no such place; places look like orders, )"
       R"(orders[2], orders[2]:100)"},
      {"crash@orders[x]",
       R"(--fault: fault "crash@orders[x]": a partition is a number from 0 on, not "x"; for )"
       R"(example timeout@orders[2]:100)"},
      {"crash@orders[-1]",
       R"(--fault: fault "crash@orders[-1]": a partition is a number from 0 on, not "-1"; for )"
       R"(example timeout@orders[2]:100)"},
      {"crash@orders[]",
       R"(--fault: fault "crash@orders[]": a partition is a number from 0 on, not ""; for )"
       R"(example timeout@orders[2]:100)"},
      {"crash@orders[2147483648]",
       R"(--fault: fault "crash@orders[2147483648]": a partition is a number from 0 on, not )"
       R"("2147483648"; for example timeout@orders[2]:100)"},
      {"crash@orders[2]100",
       R"(--fault: fault "crash@orders[2]100", at "orders[2]100": no such place; behind [2] comes )"
       R"(an offset, as in orders[2]:100)"},
      {"crash@orders[2]:",
       R"(--fault: fault "crash@orders[2]:": an offset is a number from 0 on, not ""; for example )"
       R"(timeout@orders[2]:100)"},
      {"crash@orders[2]:1-5",
       R"(--fault: fault "crash@orders[2]:1-5": an offset is a number from 0 on, not "1-5"; for )"
       R"(example timeout@orders[2]:100)"},
      {"crash@orders[2]:200..100",
       R"(--fault: fault "crash@orders[2]:200..100", at "200..100": the first offset comes first: )"
       R"(100..200)"},
      {"commit-fails@orders[2]:100",
       R"(--fault: fault "commit-fails@orders[2]:100", at "orders[2]:100": commit-fails has a )"
       R"(topic and no partition: commit-fails@orders)"},
      {"broker-down@orders[2] 5s",
       R"(--fault: fault "broker-down@orders[2] 5s", at "orders[2]": broker-down has a topic and )"
       R"(no partition: broker-down@orders)"},
      {"broker-down@orders",
       R"(--fault: fault "broker-down@orders": for how long? For example broker-down@orders 5s)"},
      {"broker-down 0s",
       R"(--fault: fault "broker-down 0s", at "0s": brokers are down for 1ms to 24h)"},
      {"broker-down 25h",
       R"(--fault: fault "broker-down 25h", at "25h": brokers are down for 1ms to 24h)"},
      {"broker-down 1s 2s", R"(--fault: fault "broker-down 1s 2s", at "2s": a second duration)"},
      {"broker-down 5",
       R"(--fault: fault "broker-down 5", at "5": not understood; did you mean x5, every 5, 5% or )"
       R"(5s?)"},
      {"crash 5s",
       R"(--fault: fault "crash 5s", at "5s": only broker-down lasts; to say how often, write x3, )"
       R"(every 4 or 5%)"},
      {"crash 3",
       R"(--fault: fault "crash 3", at "3": not understood; did you mean x3, every 3 or 3%?)"},
      {"crash 3x",
       R"(--fault: fault "crash 3x", at "3x": not understood; did you mean x3, every 3 or 3%?)"},
      {"crash x0",
       R"(--fault: fault "crash x0", at "0": a number from 1 on belongs here, as in x3)"},
      {"crash x3 x4", R"(--fault: fault "crash x3 x4", at "x4": said twice)"},
      {"crash every",
       R"(--fault: fault "crash every", at "every": of how many chances? For example every 4)"},
      {"crash every 0",
       R"(--fault: fault "crash every 0", at "0": a number from 1 on belongs here, as in every 4)"},
      {"crash every second",
       R"(--fault: fault "crash every second", at "second": a number from 1 on belongs here, as )"
       R"(in every 4)"},
      {"crash evry 4",
       R"(--fault: fault "crash evry 4", at "evry": not understood (did you mean every?); write )"
       R"(x3, every 4 or 5%)"},
      {"crash 0%", R"(--fault: fault "crash 0%", at "0%": a probability is from 0.001% to 100%)"},
      {"crash 101%",
       R"(--fault: fault "crash 101%", at "101%": a probability is from 0.001% to 100%)"},
      {"crash nan%",
       R"(--fault: fault "crash nan%", at "nan%": a probability is from 0.001% to 100%)"},
      {"crash %", R"(--fault: fault "crash %", at "%": a probability is from 0.001% to 100%)"},
      {"crash 5% 6%", R"(--fault: fault "crash 5% 6%", at "6%": said twice)"},
      {"crash @orders",
       R"(--fault: fault "crash @orders", at "@orders": not understood; a place follows without a )"
       R"(blank: crash@orders)"},
      {"crash@orders [2]:5",
       R"(--fault: fault "crash@orders [2]:5", at "[2]:5": not understood; a place follows )"
       R"(without a blank: crash@orders[2]:5)"},
  };
  for (const Row& row : rows) {
    CHECK(mistake(row.text) == row.mistake);
  }
}

}  // namespace
}  // namespace emulator
