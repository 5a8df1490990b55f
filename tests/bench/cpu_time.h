// Medians of this thread's processor time, for the benchmarks that need neither Kafka nor a
// function.
#pragma once

#include <time.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace bench {

inline constexpr int kRounds = 9;

// Of this thread's processor time, so that a busy machine does not change the figures much.
inline double cpu_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

inline double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class Work>
double median_seconds(Work work) {
  std::vector<double> seconds;
  for (int round = 0; round < kRounds; ++round) {
    const double begin = cpu_seconds();
    work();
    seconds.push_back(cpu_seconds() - begin);
  }
  return median(std::move(seconds));
}

}  // namespace bench
