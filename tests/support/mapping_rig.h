// A real EventSourceMapping with its real poller threads between a fake Kafka, a fake function and
// a fake clock. The topic is "orders". One test's; the test thread makes every call.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/esm/faulty_source.h"
#include "emulator/esm/mapping.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_invoker.h"
#include "tests/support/fake_record_decoder.h"
#include "tests/support/fake_record_sink.h"
#include "tests/support/fake_record_source.h"

namespace emulator::test {

struct MappingRig {
  FakeClock clock;
  FakeBroker broker;
  FakeInvoker invoker;
  MappingConfig config = default_config();
  RetryBackoff backoff{std::chrono::milliseconds(200), std::chrono::milliseconds(1'000)};
  Strictness strictness = Strictness::Lenient;
  std::vector<FaultLine> fault_lines;
  std::optional<FaultScript> faults;  // made by parts()
  FakeRecordSink sink;
  FakeRegistry registry;
  bool decodes = false;
  std::atomic<int> changes{0};
  std::unique_ptr<EventSourceMapping> mapping;

  static MappingConfig default_config() {
    MappingConfig config;
    config.name = "Orders/Kafka";
    config.topic = "orders";
    config.batch_size = 5;
    config.batch_window = std::chrono::milliseconds(0);
    config.provisioned = ProvisionedPollers{1, 1, {}};  // whatever the clock says
    return config;
  }

  EventSourceMapping::Parts parts() {
    faults.emplace(fault_lines, 1);
    EventSourceMapping::Parts parts{config,     "127.0.0.1:9092",
                                    invoker,    [this] { return make_source(); },
                                    {},         *faults,
                                    clock,      backoff,
                                    strictness, [this] { ++changes; }};
    if (const auto destination = parse_destination(config.on_failure_destination))
      parts.on_failure.emplace(
          OnFailure{sink, *destination, "arn:aws:lambda:us-east-1:0:function:f"});
    if (decodes) parts.make_decoder = registry.maker();
    return parts;
  }
  std::unique_ptr<RecordSource> make_source() {
    auto source = broker.make_source();
    if (faults->empty()) return source;
    return std::make_unique<FaultySource>(std::move(source), *faults, config.name, config.topic,
                                          clock);
  }
  // Makes and starts the mapping from `config`.
  EventSourceMapping& start() {
    mapping = std::make_unique<EventSourceMapping>(parts());
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
