// Runs seeds and plans, and makes the shortest plan that still fails out of one that did. One
// thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "tests/simulation/model.h"
#include "tests/simulation/plan.h"
#include "tests/simulation/world.h"

namespace emulator::simulation {

struct Failure {
  Violation violation;
  Plan plan;  // up to the step that failed
};

std::optional<Violation> run_plan(const Plan& plan, Plant plant = Plant::None);
std::optional<Failure> run_seed(std::uint64_t seed, Plant plant = Plant::None);

// Leaves out records, faults and steps as long as the same invariant is broken.
Failure shorten(Failure failure, Plant plant = Plant::None);

// The seed, the invariant and the plan as text, all of it a file that a replay reads.
std::string report(std::uint64_t seed, const Failure& failure);

}  // namespace emulator::simulation
