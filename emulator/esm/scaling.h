// How many pollers a mapping should have:
// docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html. Pure; the mapping's supervisor
// asks it at intervals of the mapping's clock.
#pragma once

#include <chrono>
#include <cstdint>

#include "emulator/config/model.h"
#include "emulator/esm/clock.h"

namespace emulator {

// What the mapping looks like at one moment.
struct ScalingView {
  int pollers = 0;
  int partitions = 0;            // of the topic, as far as known; 0: not known yet
  int function_concurrency = 1;  // invocations that the function may run at a time
  std::int64_t lag = 0;          // records behind the ends of all partitions
  std::uint64_t throttled = 0;   // invocations refused so far
};

class Scaling {
 public:
  // On-demand: from one towards one a partition. Provisioned: between minimum and maximum.
  Scaling(const MappingConfig& config);

  int first_pollers() const;
  bool is_fixed() const;  // never anything but first_pollers()
  std::chrono::milliseconds interval() const;
  // The number wanted from now on; call it once an interval.
  int decide(const ScalingView& view);

 private:
  const int minimum_;
  const int maximum_;
  const std::chrono::milliseconds interval_;
  std::int64_t latest_lag_ = 0;
  std::uint64_t latest_throttled_ = 0;
  int idle_looks_ = 0;
};

}  // namespace emulator
