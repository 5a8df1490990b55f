// Makes a run out of a seed: first what it is about, then step by step what happens, as the world
// stands. The same seed makes the same run on every platform. One thread.
#pragma once

#include <cstdint>

#include "tests/simulation/plan.h"
#include "tests/simulation/world.h"

namespace emulator::simulation {

// SplitMix64: one word of state, and well mixed from the first number on.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next();
  int below(int bound) { return static_cast<int>(next() % static_cast<std::uint64_t>(bound)); }
  int between(int low, int high) { return low + below(high - low + 1); }
  bool percent(int chance) { return below(100) < chance; }

 private:
  std::uint64_t state_;
};

class Generator {
 public:
  explicit Generator(std::uint64_t seed);

  Plan plan();  // without steps
  int steps();
  Step step(const World& world);

 private:
  Settings settings();
  void add_records(Plan& plan);
  void add_faults(Plan& plan);
  Step trouble();
  Step reply(std::size_t invocations);

  Random random_;
  Settings settings_;
  int trouble_percent_;  // of steps
  int failure_percent_;  // of answers
};

}  // namespace emulator::simulation
