// What mappings run on in tests: real pollers between a fake Kafka of one topic, a fake function
// and a fake clock, and a store in memory. Threads: levers and looks from the test.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "emulator/catalog/mapping_run.h"
#include "emulator/catalog/mapping_settings.h"
#include "emulator/catalog/store.h"
#include "tests/support/fake_clock.h"
#include "tests/support/fake_invoker.h"
#include "tests/support/fake_record_source.h"

namespace emulator::test {

// Throws after 20 s.
template <class Condition>
void wait_until(Condition condition) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > until) throw std::runtime_error("waited in vain");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

class FakeStarter : public MappingStarter {
 public:
  FakeClock clock;
  FakeBroker broker;
  FakeInvoker function;
  std::atomic<int> made{0};

  // Every make() and check() throws a ConfigError with this text from now on; empty: none does.
  void refuse(std::string text) {
    const std::lock_guard lock(mutex_);
    refusal_ = std::move(text);
  }
  // What the latest run was made of.
  MappingConfig config() const {
    const std::lock_guard lock(mutex_);
    return config_;
  }

  void check(const MappingConfig&) const override {
    const std::lock_guard lock(mutex_);
    if (!refusal_.empty()) throw ConfigError(refusal_);
  }
  std::unique_ptr<MappingRun> make(const MappingConfig& config, std::shared_ptr<BatchLog> batches,
                                   std::function<void()> on_change) override {
    check(config);
    {
      const std::lock_guard lock(mutex_);
      config_ = config;
    }
    ++made;
    auto run = std::make_unique<MappingRun>();
    run->bootstrap_servers = "127.0.0.1:9092";
    run->invoker = std::shared_ptr<Invoker>(std::shared_ptr<Invoker>(), &function);
    run->mapping = std::make_shared<EventSourceMapping>(
        EventSourceMapping::Parts{config,
                                  run->bootstrap_servers,
                                  *run->invoker,
                                  [this] { return broker.make_source(); },
                                  {},
                                  faults_,
                                  clock,
                                  RetryBackoff{},
                                  Strictness::Lenient,
                                  std::move(on_change),
                                  std::move(batches)});
    return run;
  }

 private:
  FaultScript faults_{{}, 1};
  mutable std::mutex mutex_;  // guards what follows
  std::string refusal_;
  MappingConfig config_;
};

class MemoryStore : public Store {
 public:
  void write(const std::vector<Change>& changes) override {
    const std::lock_guard lock(mutex_);
    if (fails_) throw std::runtime_error("the disk is full");
    for (const auto& change : changes) {
      if (change.document) {
        documents_[change.kind][change.key] = *change.document;
      } else {
        documents_[change.kind].erase(change.key);
      }
    }
  }
  std::vector<std::pair<std::string, std::string>> all(const std::string& kind) override {
    const std::lock_guard lock(mutex_);
    return {documents_[kind].begin(), documents_[kind].end()};
  }
  void fail(bool fails) {
    const std::lock_guard lock(mutex_);
    fails_ = fails;
  }

 private:
  std::mutex mutex_;
  bool fails_ = false;
  std::map<std::string, std::map<std::string, std::string>> documents_;
};

// As the API would make it; of the topic "orders", batches of five at once.
inline Mapping make_mapping(const std::string& uuid, bool enabled = true,
                            const std::string& function = "f") {
  Mapping mapping;
  mapping.config.uuid = uuid;
  mapping.config.enabled = enabled;
  mapping.settings = Json::parse(R"({"StartingPosition": "TRIM_HORIZON", "BatchSize": 5,
      "MaximumBatchingWindowInSeconds": 0, "Topics": ["orders"],
      "SelfManagedEventSource": {"Endpoints": {"KAFKA_BOOTSTRAP_SERVERS": ["127.0.0.1:9092"]}},
      "ProvisionedPollerConfig": {"MinimumPollers": 1, "MaximumPollers": 1}})");
  mapping.settings["FunctionArn"] = "arn:aws:lambda:us-east-1:000000000000:function:" + function;
  mapping.settings["SelfManagedKafkaEventSourceConfig"] = {{"ConsumerGroupId", uuid}};
  configure(mapping);
  return mapping;
}

}  // namespace emulator::test
