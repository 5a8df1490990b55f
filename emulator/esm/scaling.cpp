#include "emulator/esm/scaling.h"

#include <algorithm>
#include <limits>

namespace emulator {
namespace {

using std::chrono::milliseconds;

// "Lambda evaluates the offset lag of all partitions every minute" and acts "within three minutes";
// provisioned mode is announced as up to three times as fast (kafka-scaling-modes.html).
constexpr milliseconds kOnDemandInterval{60'000};
constexpr milliseconds kProvisionedInterval{20'000};

constexpr int kGrowLooks = 2;
constexpr int kShrinkLooks = 3;
constexpr int kLooksMax = 64;      // before a step that was taken back is tried again
constexpr int kLooksToProve = 64;  // a step that has held for longer was right

// A lag that will be gone so soon at the present rate needs nobody else.
constexpr int kLooksToCatchUp = 3;

}  // namespace

Scaling::Scaling(const MappingConfig& config)
    : minimum_(config.provisioned ? config.provisioned->minimum : 1),
      maximum_(config.provisioned ? config.provisioned->maximum : std::numeric_limits<int>::max()),
      interval_(config.provisioned ? kProvisionedInterval : kOnDemandInterval),
      batch_size_(config.batch_size),
      grow_looks_(kGrowLooks),
      shrink_looks_(kShrinkLooks) {}

int Scaling::decide(const ScalingView& view) {
  const bool throttled = view.throttled > latest_throttled_;
  const bool behind = !throttled && is_behind(view);
  const bool ahead = !throttled && view.lag <= covered_lag(view, shrunk(view));
  latest_throttled_ = view.throttled;
  latest_lag_ = view.lag;
  behind_looks_ = behind ? behind_looks_ + 1 : 0;
  ahead_looks_ = ahead ? ahead_looks_ + 1 : 0;
  looks_since_step_ = std::min(looks_since_step_ + 1, kLooksToProve + 1);

  int wanted = view.pollers;
  Step step = Step::None;
  if (throttled) {
    wanted = reduced(view);
    step = Step::Reduced;
  } else if (behind_looks_ >= grow_looks_) {
    wanted = grown(view);
    step = Step::Grew;
  } else if (ahead_looks_ >= shrink_looks_) {
    wanted = shrunk(view);
    step = Step::Shrank;
  }
  wanted = std::clamp(wanted, minimum_, upper_bound(view));
  if (wanted != view.pollers) {
    growths_ = step == Step::Grew ? growths_ + 1 : 0;
    latest_step_ = step;
    before_step_ = view.pollers;
    looks_since_step_ = behind_looks_ = ahead_looks_ = 0;
  }
  return wanted;
}

bool Scaling::is_behind(const ScalingView& view) const {
  const std::int64_t caught_up = latest_lag_ - view.lag;
  if (view.lag <= covered_lag(view, view.pollers)) return false;
  // Where a shrink has shown how many it takes, what is left over of its lag may go slowly.
  return knows_load() ? caught_up <= 0 : view.lag / kLooksToCatchUp >= caught_up;
}

// The lag that batches under way explain: a stream that is processed as it comes has that much all
// the time.
std::int64_t Scaling::covered_lag(const ScalingView& view, int pollers) const {
  const std::int64_t invocations = std::min<std::int64_t>(
      std::int64_t{pollers} * kInvocationsPerPollerMax, view.function_concurrency);
  return batch_size_ *
         (view.partitions > 0 ? std::min<std::int64_t>(invocations, view.partitions) : invocations);
}

// One poller a partition; more than the function may run at a time would only wait for each other.
int Scaling::upper_bound(const ScalingView& view) const {
  const int partitions = view.partitions > 0 ? view.partitions : view.pollers;
  return std::max(minimum_, std::min({maximum_, partitions, view.function_concurrency}));
}

// After a shrink that went too far, as many as before it, and one more if that does not do; lag
// that stays even then is another load, of which nothing is known yet.
int Scaling::grown(const ScalingView& view) {
  if (is_taken_back(Step::Shrank)) {
    shrink_looks_ = std::min(shrink_looks_ * 2, kLooksMax);
    return before_step_;
  }
  const bool is_known_load = knows_load() && latest_step_ == Step::Grew && growths_ == 1;
  if (!is_known_load) shrink_looks_ = kShrinkLooks;
  const int more = is_known_load ? 1 : view.pollers;
  return more > upper_bound(view) - view.pollers ? upper_bound(view) : view.pollers + more;
}

int Scaling::shrunk(const ScalingView& view) const {
  return std::max(minimum_, view.pollers - std::max(1, view.pollers / 4));
}

// "When the function is throttled, pollers are reduced" (kafka-scaling-modes.html).
int Scaling::reduced(const ScalingView& view) {
  if (is_taken_back(Step::Grew)) {
    grow_looks_ = std::min(grow_looks_ * 2, kLooksMax);
    return before_step_;
  }
  if (latest_step_ == Step::Grew) grow_looks_ = kGrowLooks;
  return shrunk(view);
}

// A shrink was taken back: fewer pollers than now are too few.
bool Scaling::knows_load() const {
  return shrink_looks_ > kShrinkLooks;
}

bool Scaling::is_taken_back(Step step) const {
  return latest_step_ == step && looks_since_step_ <= kLooksToProve;
}

}  // namespace emulator
