#include "tests/simulation/runner.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "tests/simulation/generator.h"

namespace emulator::simulation {
namespace {

// Leaves out as many of the plan's elements as it can, large pieces first.
template <class Element>
void leave_out(Failure& failure, std::vector<Element> Plan::*list, Plant plant) {
  for (std::size_t piece = (failure.plan.*list).size(); piece > 0; piece /= 2) {
    for (std::size_t at = 0; at < (failure.plan.*list).size();) {
      Plan shorter = failure.plan;
      auto& elements = shorter.*list;
      const auto begin = elements.begin() + static_cast<std::ptrdiff_t>(at);
      const std::size_t count = std::min(piece, elements.size() - at);
      elements.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
      const auto violation = run_plan(shorter, plant);
      if (violation && violation->invariant == failure.violation.invariant) {
        failure = {*violation, std::move(shorter)};
      } else {
        at += piece;
      }
    }
  }
}

}  // namespace

std::optional<Violation> run_plan(const Plan& plan, Plant plant) {
  World world(plan, plant);
  for (const Step& step : plan.steps) {
    world.run(step);
    if (world.violation()) return world.violation();
  }
  world.settle();
  return world.violation();
}

std::optional<Failure> run_seed(std::uint64_t seed, Plant plant) {
  Generator generator(seed);
  Plan plan = generator.plan();
  World world(plan, plant);
  for (int left = generator.steps(); left > 0 && !world.violation(); --left) {
    plan.steps.push_back(generator.step(world));
    world.run(plan.steps.back());
  }
  if (!world.violation()) world.settle();
  if (!world.violation()) return std::nullopt;
  return Failure{*world.violation(), plan};
}

Failure shorten(Failure failure, Plant plant) {
  for (std::size_t before = 0; before != failure.plan.steps.size();) {
    before = failure.plan.steps.size();
    leave_out(failure, &Plan::steps, plant);
    leave_out(failure, &Plan::faults, plant);
    leave_out(failure, &Plan::records, plant);
  }
  return failure;
}

std::string report(std::uint64_t seed, const Failure& failure) {
  return "# seed " + std::to_string(seed) + "\n# broken: " + failure.violation.invariant + "\n# " +
         failure.violation.what + "\n" + to_text(failure.plan);
}

}  // namespace emulator::simulation
