#include "emulator/esm/scaling.h"

#include <algorithm>
#include <random>
#include <vector>

#include "tests/support/catch.h"

namespace emulator {
namespace {

using namespace std::chrono_literals;

MappingConfig on_demand(int batch_size = 100) {
  MappingConfig config;
  config.batch_size = batch_size;
  return config;
}

MappingConfig provisioned(int minimum, int maximum) {
  MappingConfig config = on_demand();
  config.provisioned = ProvisionedPollers{minimum, maximum, ""};
  return config;
}

// A mapping under a load, one look after the other: what comes in at each look, and what one poller
// can process between two looks.
struct Simulation {
  Simulation(const MappingConfig& config, int partition_count, int concurrency = 1'000)
      : scaling(config) {
    view.pollers = scaling.first_pollers();
    view.partitions = partition_count;
    view.function_concurrency = concurrency;
  }

  // Returns the number of pollers after each look.
  std::vector<int> run(int looks, std::int64_t arrivals) {
    std::vector<int> course;
    for (int look = 0; look < looks; ++look) {
      const int working = std::min({view.pollers, view.partitions, view.function_concurrency});
      const auto arrived = arrivals * (100 + static_cast<int>(random() % 41) - 20) / 100;
      view.lag = std::max<std::int64_t>(
          in_flight, view.lag + (is_noisy ? arrived : arrivals) - working * capacity);
      if (view.pollers > throttled_above) view.throttled += 10;
      view.pollers = scaling.decide(view);
      course.push_back(view.pollers);
    }
    return course;
  }

  Scaling scaling;
  ScalingView view;
  std::int64_t capacity = 1'000;
  std::int64_t in_flight = 50;  // the lag that is always there
  int throttled_above = 1'000'000;
  bool is_noisy = false;  // arrivals vary by a fifth
  std::minstd_rand random;
};

int changes(const std::vector<int>& course) {
  int changes = 0;
  for (std::size_t i = 1; i < course.size(); ++i) changes += course[i] != course[i - 1] ? 1 : 0;
  return changes;
}

TEST_CASE("scaling: modes start, look and stay as they are documented") {
  const Scaling demand(on_demand());
  CHECK(demand.first_pollers() == 1);
  CHECK_FALSE(demand.is_fixed());
  CHECK(demand.interval() == 60s);

  const Scaling between(provisioned(3, 8));
  CHECK(between.first_pollers() == 3);
  CHECK_FALSE(between.is_fixed());
  CHECK(between.interval() == 20s);

  Scaling fixed(provisioned(4, 4));
  CHECK(fixed.is_fixed());
  CHECK(fixed.first_pollers() == 4);
  for (int look = 1; look <= 20; ++look) {
    CHECK(fixed.decide({4, 100, 100, look * 1'000'000, 0}) == 4);
  }
}

TEST_CASE("scaling: on demand it grows while the lag stays, to one poller a partition") {
  Simulation mapping(on_demand(), 10);
  // A first look at a lag proves nothing; then it grows within three minutes.
  CHECK(mapping.run(8, 50'000) == std::vector{1, 2, 2, 4, 4, 8, 8, 10});
  CHECK(mapping.run(50, 50'000) == std::vector(50, 10));
}

TEST_CASE("scaling: it does not grow for a lag that is going away or that is under way") {
  Simulation mapping(on_demand(), 10);
  mapping.view.lag = 3'000;
  CHECK(mapping.run(20, 0) == std::vector(20, 1));

  // 5 invocations with batches of 100 are always under way.
  Simulation steady(on_demand(), 10);
  steady.in_flight = 500;
  CHECK(steady.run(100, 900) == std::vector(100, 1));
}

TEST_CASE("scaling: bounds") {
  struct Row {
    MappingConfig config;
    int partitions;
    int concurrency;
    int highest;
  };
  const Row rows[] = {
      {on_demand(), 1, 1'000, 1},         {on_demand(), 7, 1'000, 7},
      {on_demand(), 100, 10, 10},         {on_demand(), 100, 1, 1},
      {provisioned(1, 5), 100, 1'000, 5}, {provisioned(2, 200), 6, 1'000, 6},
      {provisioned(2, 200), 100, 30, 30}, {provisioned(4, 200), 2, 1'000, 4},
      {provisioned(4, 200), 100, 1, 4},   {on_demand(), 100, 0, 1},
  };
  for (const Row& row : rows) {
    INFO(row.partitions << " partitions, concurrency " << row.concurrency);
    Simulation mapping(row.config, row.partitions, row.concurrency);
    const auto course = mapping.run(60, 1'000'000);
    CHECK(*std::max_element(course.begin(), course.end()) == row.highest);
    CHECK(course.back() == row.highest);
    CHECK(*std::min_element(course.begin(), course.end()) == mapping.scaling.first_pollers());
  }
}

TEST_CASE("scaling: it waits until it knows the partitions") {
  Scaling scaling(on_demand());
  for (int look = 1; look <= 5; ++look) CHECK(scaling.decide({1, 0, 100, look * 10'000, 0}) == 1);
  CHECK(scaling.decide({1, 3, 100, 60'000, 0}) == 2);
}

TEST_CASE("scaling: less concurrency means fewer pollers at once") {
  Scaling scaling(on_demand());
  CHECK(scaling.decide({8, 10, 3, 100'000, 0}) == 3);
}

TEST_CASE("scaling: once the lag is gone it shrinks slowly, to its minimum") {
  const int minimum = GENERATE(1, 3);
  Simulation mapping(provisioned(minimum, 16), 16);
  mapping.run(20, 100'000);
  REQUIRE(mapping.view.pollers == 16);
  mapping.view.lag = 0;
  const auto course = mapping.run(60, 0);
  CHECK(std::vector(course.begin(), course.begin() + 6) == std::vector{16, 16, 12, 12, 12, 9});
  CHECK(std::is_sorted(course.rbegin(), course.rend()));
  CHECK(course.back() == minimum);
}

TEST_CASE("scaling: throttles reduce, down to the minimum while they last") {
  Simulation mapping(provisioned(2, 16), 16);
  mapping.run(20, 100'000);
  REQUIRE(mapping.view.pollers == 16);
  mapping.throttled_above = 0;
  const auto course = mapping.run(20, 100'000);
  CHECK(course.front() < 16);
  CHECK(std::is_sorted(course.rbegin(), course.rend()));
  CHECK(course.back() == 2);
  // Lag makes it grow again when they are over.
  mapping.throttled_above = 1'000;
  mapping.run(40, 100'000);
  CHECK(mapping.view.pollers == 16);
}

TEST_CASE("scaling: a steady load gets a steady number of pollers") {
  const bool is_noisy = GENERATE(false, true);
  for (std::int64_t arrivals = 300; arrivals <= 19'500; arrivals += 400) {
    INFO(arrivals << " records a look" << (is_noisy ? ", about" : ""));
    Simulation mapping(on_demand(), 20);
    mapping.is_noisy = is_noisy;
    mapping.run(500, arrivals);
    const auto needed = static_cast<int>((arrivals + 999) / 1'000);
    const auto later = mapping.run(1'000, arrivals);
    // 64 looks between two tries with fewer, each taken back when the lag shows it; the closer
    // fewer come to being enough, the longer that takes.
    CHECK(changes(later) <= (is_noisy ? 50 : 2 * 1'000 / 64));
    const auto usual = static_cast<std::size_t>(std::count_if(
        later.begin(), later.end(), [needed](int pollers) { return pollers >= needed; }));
    CHECK(usual > 650);
    CHECK(*std::max_element(later.begin(), later.end()) <=
          (is_noisy ? 2 * needed : needed + needed / 3 + 1));
    CHECK(mapping.view.lag < 20 * arrivals);
  }
}

TEST_CASE("scaling: a function that throttles is not tried again and again") {
  Simulation mapping(on_demand(), 20);
  mapping.throttled_above = 7;
  mapping.run(500, 100'000);
  const auto later = mapping.run(1'000, 100'000);
  CHECK(changes(later) <= 2 * 1'000 / 64 + 2);
  CHECK(std::count_if(later.begin(), later.end(), [](int pollers) { return pollers > 7; }) <= 20);
}

TEST_CASE("scaling: what an earlier load taught does not slow down a later one") {
  Simulation mapping(on_demand(), 16);
  for (int day = 0; day < 5; ++day) {
    const auto busy = mapping.run(30, 100'000);
    CHECK(busy[12] == 16);
    mapping.view.lag = 0;
    const auto quiet = mapping.run(60, 0);
    CHECK(quiet.back() == 1);
  }
}

}  // namespace
}  // namespace emulator
