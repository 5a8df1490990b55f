// How many pollers a mapping should have:
// docs.aws.amazon.com/lambda/latest/dg/kafka-scaling-modes.html. Pure; the mapping's supervisor
// asks it at intervals of the mapping's clock. One thread.
//
// AWS says when it looks (each minute, changes within three; provisioned up to three times as fast)
// and where the bounds are. How large a step is, is an inference: pollers double while the lag
// stays, and a quarter of them goes after the lag has been gone for a while. A step that had to be
// taken back is tried again only after twice as long, so that a steady load gets a steady number.
#pragma once

#include <chrono>
#include <cstdint>

#include "emulator/config/model.h"

namespace emulator {

// "Up to 5 concurrent invocations" a poller (kafka-scaling-modes.html).
inline constexpr int kInvocationsPerPollerMax = 5;

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
  explicit Scaling(const MappingConfig& config);

  int first_pollers() const { return minimum_; }
  bool is_fixed() const { return minimum_ == maximum_; }  // never anything but first_pollers()
  std::chrono::milliseconds interval() const { return interval_; }
  // The number wanted from now on; call it once an interval.
  int decide(const ScalingView& view);

 private:
  enum class Step { None, Grew, Shrank, Reduced };

  bool is_behind(const ScalingView& view) const;
  std::int64_t covered_lag(const ScalingView& view, int pollers) const;
  int upper_bound(const ScalingView& view) const;
  int grown(const ScalingView& view);
  int shrunk(const ScalingView& view) const;
  int reduced(const ScalingView& view);
  bool knows_load() const;
  bool is_taken_back(Step step) const;

  const int minimum_;
  const int maximum_;
  const std::chrono::milliseconds interval_;
  const int batch_size_;

  std::int64_t latest_lag_ = 0;
  std::uint64_t latest_throttled_ = 0;
  int behind_looks_ = 0;  // in a row
  int ahead_looks_ = 0;
  int grow_looks_;  // how many in a row it takes to grow, to shrink
  int shrink_looks_;
  Step latest_step_ = Step::None;
  int looks_since_step_ = 0;
  int growths_ = 0;      // in a row
  int before_step_ = 0;  // pollers
};

}  // namespace emulator
