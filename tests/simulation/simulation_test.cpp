// Runs the simulation; README.md tells how to replay what it prints.
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "emulator/observe/log.h"
#include "tests/simulation/runner.h"
#include "tests/support/catch.h"

namespace emulator::simulation {
namespace {

// Eight test cases run these side by side.
constexpr std::uint64_t kCases = 8;
constexpr std::uint64_t kRunsDefault = 100'000;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::stoull(text);
}

std::filesystem::path write_report(std::uint64_t seed, const std::string& text) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("klambda_simulation_" + std::to_string(seed) + ".scenario");
  std::ofstream(file) << text;
  return file;
}

void run_share(std::uint64_t share) {
  spdlog::set_level(spdlog::level::off);
  const std::uint64_t runs = number_from_environment("KLAMBDA_SIMULATION_RUNS", kRunsDefault);
  const std::uint64_t first = number_from_environment("KLAMBDA_SIMULATION_SEED", 0);
  for (std::uint64_t seed = first + share; seed < first + runs; seed += kCases) {
    INFO("seed " << seed);
    auto failure = run_seed(seed);
    if (!failure) continue;
    const std::string text = report(seed, shorten(*std::move(failure)));
    FAIL(text << "# replay it: KLAMBDA_SIMULATION_FILE=" << write_report(seed, text).string()
              << " test_simulation \"simulation: replay\"");
  }
}

TEST_CASE("simulation: runs 1 of 8") {
  run_share(0);
}
TEST_CASE("simulation: runs 2 of 8") {
  run_share(1);
}
TEST_CASE("simulation: runs 3 of 8") {
  run_share(2);
}
TEST_CASE("simulation: runs 4 of 8") {
  run_share(3);
}
TEST_CASE("simulation: runs 5 of 8") {
  run_share(4);
}
TEST_CASE("simulation: runs 6 of 8") {
  run_share(5);
}
TEST_CASE("simulation: runs 7 of 8") {
  run_share(6);
}
TEST_CASE("simulation: runs 8 of 8") {
  run_share(7);
}

// With the poller's log, so that one sees what it did.
TEST_CASE("simulation: replay") {
  const char* path = std::getenv("KLAMBDA_SIMULATION_FILE");
  if (path == nullptr) return;
  std::ifstream file(path);
  REQUIRE(file.good());
  spdlog::set_level(spdlog::level::debug);
  const auto violation = run_plan(read_plan(file));
  spdlog::set_level(spdlog::level::off);
  if (violation) FAIL(violation->invariant << "\n" << violation->what);
}

// ---- the simulation itself ----

struct Planted {
  Plant plant;
  const char* invariant;
};

TEST_CASE("simulation: each invariant finds a bug that breaks it") {
  spdlog::set_level(spdlog::level::off);
  constexpr std::uint64_t kSeedsMax = 2'000;
  const auto [plant, invariant] =
      GENERATE(Planted{Plant::SendBackwards, kOrder},  //
               Planted{Plant::SkipRecord, kOrder}, Planted{Plant::SendTwice, kInFlight},
               Planted{Plant::SendProcessed, kOnce}, Planted{Plant::SendTooMany, kLimits},
               Planted{Plant::GiveUpEarly, kGivenUp}, Planted{Plant::MissFault, kFaults},
               Planted{Plant::CommitTooFar, kCommit}, Planted{Plant::CommitBack, kForward},
               Planted{Plant::NeverCommit, kEnds}, Planted{Plant::LoseLast, kAtLeastOnce},
               Planted{Plant::KeepRecord, kReleased}, Planted{Plant::CountTwice, kCounters});
  INFO(invariant);
  std::uint64_t seed = 0;
  auto failure = run_seed(seed, plant);
  while (!failure && seed < kSeedsMax) failure = run_seed(++seed, plant);
  REQUIRE(failure);
  CHECK(failure->violation.invariant == invariant);

  const std::size_t steps = failure->plan.steps.size();
  const Failure shorter = shorten(*std::move(failure), plant);
  CHECK(shorter.plan.steps.size() <= steps);
  // What is printed breaks the same invariant in the same way.
  const std::string text = report(seed, shorter);
  INFO(text);
  CHECK(text.find("# seed " + std::to_string(seed) + "\n") != std::string::npos);
  CHECK(text.find(invariant) != std::string::npos);
  std::istringstream lines(text);
  const auto again = run_plan(read_plan(lines), plant);
  REQUIRE(again);
  CHECK(again->invariant == shorter.violation.invariant);
  CHECK(again->what == shorter.violation.what);
}

TEST_CASE("simulation: a line that is not understood is named") {
  std::istringstream text("partitions 1\nturn 0\nanswer 0 perhaps 0\n");
  CHECK_THROWS_WITH(read_plan(text), "line 3: no such word: perhaps");
}

}  // namespace
}  // namespace emulator::simulation
