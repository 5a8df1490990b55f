// A real EventSourceMapping with its real poller threads between a fake Kafka, a fake function and
// a fake clock. The topic is "orders". One test's; the test thread makes every call.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

#include "emulator/esm/mapping.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_invoker.h"
#include "tests/support/fake_record_source.h"

namespace emulator::test {

struct MappingRig {
  FakeClock clock;
  FakeBroker broker;
  FakeInvoker invoker;
  MappingConfig config = default_config();
  RetryBackoff backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(1'000)};
  std::atomic<int> changes{0};
  std::unique_ptr<EventSourceMapping> mapping;

  static MappingConfig default_config() {
    MappingConfig config;
    config.name = "Orders/Kafka";
    config.topic = "orders";
    config.batch_size = 5;
    config.batch_window = std::chrono::milliseconds(0);
    return config;
  }

  // Makes and starts the mapping from `config`.
  EventSourceMapping& start() {
    mapping = std::make_unique<EventSourceMapping>(
        config, "127.0.0.1:9092", invoker, [this] { return broker.make_source(); }, clock, backoff,
        [this] { ++changes; });
    mapping->start();
    wait_until([this] { return broker.open_sources() > 0 || !config.enabled; });
    return *mapping;
  }
  void tick(std::chrono::nanoseconds by) {
    clock.tick(by);
    broker.settle();
  }
  void answer(const std::string& records, Outcome::Kind kind) {
    invoker.answer(records, kind);
    broker.settle();
  }
  MappingStatus status() const { return mapping->status(); }

  // Throws after 20 s.
  template <class Condition>
  static void wait_until(Condition condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > until) throw std::runtime_error("waited in vain");
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }
};

}  // namespace emulator::test
