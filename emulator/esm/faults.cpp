#include "emulator/esm/faults.h"

#include <algorithm>
#include <array>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <utility>

#include "emulator/config/text.h"
#include "emulator/esm/batch_search.h"

namespace emulator {
namespace {

constexpr std::chrono::seconds kPollChanceInterval{1};

constexpr std::array<std::pair<FaultKind, InvokeFault>, 5> kInvokeFaults{{
    {FaultKind::Timeout, InvokeFault::Timeout},
    {FaultKind::Crash, InvokeFault::Crash},
    {FaultKind::Throttle, InvokeFault::Throttle},
    {FaultKind::Duplicate, InvokeFault::Duplicate},
    {FaultKind::Rebalance, InvokeFault::Rebalance},
}};

InvokeFault invoke_fault(FaultKind kind) {
  const auto* const found = std::find_if(kInvokeFaults.begin(), kInvokeFaults.end(),
                                         [kind](const auto& each) { return each.first == kind; });
  return found == kInvokeFaults.end() ? InvokeFault::None : found->second;
}

bool reaches(const Fault& fault, std::string_view topic) {
  return fault.topic.empty() || fault.topic == topic;
}

bool reaches(const Fault& fault, std::string_view topic, const Batch& batch) {
  if (!reaches(fault, topic)) return false;
  if (!fault.partition) return true;
  return std::any_of(batch.slices.begin(), batch.slices.end(), [&](const BatchSlice& slice) {
    if (slice.partition != *fault.partition) return false;
    const Record* record = first_record_from(slice, fault.first_offset);
    return record != nullptr && record->offset <= fault.last_offset;
  });
}

// What one fault has done to one topic so far.
class Course {
 public:
  // The numbers come out the same on every platform: engine and seeding are standardised.
  Course(const Fault& fault, std::size_t index, std::string_view topic, std::uint64_t seed)
      : fault_(fault) {
    std::vector<std::uint32_t> seeds{static_cast<std::uint32_t>(seed),
                                     static_cast<std::uint32_t>(seed >> 32),
                                     static_cast<std::uint32_t>(index)};
    for (const char c : topic) seeds.push_back(static_cast<unsigned char>(c));
    std::seed_seq sequence(seeds.begin(), seeds.end());
    random_.seed(sequence);
  }

  // One chance.
  bool strikes() {
    if (strikes_ == fault_.strikes_max) return false;
    chances_ += 1;
    if (chances_ % fault_.every != 0) return false;
    if (fault_.probability < 1 && draw() >= fault_.probability) return false;
    strikes_ += 1;
    return true;
  }

  bool has_struck() const { return strikes_ > 0; }

  // Of BrokerDown: until when, if at all.
  std::optional<TimePoint> down_until(TimePoint now) {
    if (!next_chance_) next_chance_ = now + kPollChanceInterval;
    if (down_until_ && now >= *down_until_) {
      down_until_.reset();
      next_chance_ = now + kPollChanceInterval;
    }
    if (!down_until_ && now >= *next_chance_) {
      next_chance_ = now + kPollChanceInterval;
      if (strikes()) down_until_ = now + fault_.duration;
    }
    return down_until_;
  }

 private:
  double draw() { return static_cast<double>(random_() >> 11) * 0x1p-53; }  // of [0, 1)

  const Fault& fault_;
  std::mt19937_64 random_;
  std::uint64_t chances_ = 0;
  std::uint64_t strikes_ = 0;
  std::optional<TimePoint> next_chance_;
  std::optional<TimePoint> down_until_;
};

}  // namespace

std::string_view to_string(InvokeFault fault) {
  const auto* const found =
      std::find_if(kInvokeFaults.begin(), kInvokeFaults.end(),
                   [fault](const auto& each) { return each.second == fault; });
  return found == kInvokeFaults.end() ? "none" : to_string(found->first);
}

class FaultScript::Impl {
  struct Scripted {
    Fault fault;
    FaultLine line;
  };

 public:
  Impl(const std::vector<FaultLine>& lines, std::uint64_t seed) : seed_(seed) {
    for (const FaultLine& line : lines) {
      if (trim(line.text).starts_with('#')) continue;
      scripted_.push_back({parse_fault(line), line});
    }
  }

  bool empty() const { return scripted_.empty(); }

  std::vector<FaultLine> never_struck() const {
    std::lock_guard lock(mutex_);
    std::vector<FaultLine> lines;
    for (std::size_t i = 0; i < scripted_.size(); ++i) {
      const auto of_topic = courses_.find(i);
      if (of_topic == courses_.end() ||
          std::none_of(of_topic->second.begin(), of_topic->second.end(),
                       [](const auto& course) { return course.second.has_struck(); }))
        lines.push_back(scripted_[i].line);
    }
    return lines;
  }

  InvokeFault at_invoke(std::string_view topic, const Batch& batch) {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < scripted_.size(); ++i) {
      const InvokeFault fault = invoke_fault(scripted_[i].fault.kind);
      if (fault == InvokeFault::None || !reaches(scripted_[i].fault, topic, batch)) continue;
      if (course(i, topic).strikes()) return fault;
    }
    return InvokeFault::None;
  }

  bool at_commit(std::string_view topic) {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < scripted_.size(); ++i) {
      if (scripted_[i].fault.kind != FaultKind::CommitFails || !reaches(scripted_[i].fault, topic))
        continue;
      if (course(i, topic).strikes()) return true;
    }
    return false;
  }

  std::optional<std::chrono::milliseconds> at_poll(std::string_view topic, TimePoint now) {
    std::lock_guard lock(mutex_);
    std::optional<TimePoint> until;
    for (std::size_t i = 0; i < scripted_.size(); ++i) {
      if (scripted_[i].fault.kind != FaultKind::BrokerDown || !reaches(scripted_[i].fault, topic))
        continue;
      until = std::max(until, course(i, topic).down_until(now));
    }
    if (!until) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(*until - now);
  }

 private:
  Course& course(std::size_t index, std::string_view topic) {
    auto& of_topic = courses_[index];
    const auto found = of_topic.find(topic);
    if (found != of_topic.end()) return found->second;
    return of_topic.try_emplace(std::string(topic), scripted_[index].fault, index, topic, seed_)
        .first->second;
  }

  std::vector<Scripted> scripted_;  // constant after construction
  const std::uint64_t seed_;

  mutable std::mutex mutex_;  // guards what follows
  std::map<std::size_t, std::map<std::string, Course, std::less<>>> courses_;  // by fault and topic
};

FaultScript::FaultScript() : FaultScript({}, 0) {}
FaultScript::FaultScript(const std::vector<FaultLine>& lines, std::uint64_t seed)
    : impl_(std::make_unique<Impl>(lines, seed)) {}
FaultScript::~FaultScript() = default;

bool FaultScript::empty() const {
  return impl_->empty();
}
std::vector<FaultLine> FaultScript::never_struck() const {
  return impl_->never_struck();
}
InvokeFault FaultScript::at_invoke(std::string_view topic, const Batch& batch) {
  return impl_->at_invoke(topic, batch);
}
bool FaultScript::at_commit(std::string_view topic) {
  return impl_->at_commit(topic);
}
std::optional<std::chrono::milliseconds> FaultScript::at_poll(std::string_view topic,
                                                              TimePoint now) {
  return impl_->at_poll(topic, now);
}

}  // namespace emulator
