#include "tests/simulation/generator.h"

#include <array>

namespace emulator::simulation {
namespace {

using Kind = Step::Kind;

// Enough for several failures of each batch, little enough for many runs.
constexpr int kRecordsMax = 14;
constexpr int kStepsMin = 15;
constexpr int kStepsMax = 60;

}  // namespace

std::uint64_t Random::next() {
  state_ += 0x9e3779b97f4a7c15;
  std::uint64_t mixed = state_;
  mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
  return mixed ^ (mixed >> 31);
}

Generator::Generator(std::uint64_t seed)
    : random_(seed),
      trouble_percent_(random_.percent(40) ? 0 : random_.between(2, 25)),
      failure_percent_(random_.percent(20) ? 0 : random_.between(10, 90)) {}

Plan Generator::plan() {
  Plan plan;
  settings_ = plan.settings = settings();
  add_records(plan);
  add_faults(plan);
  return plan;
}

int Generator::steps() {
  return random_.between(kStepsMin, kStepsMax);
}

Settings Generator::settings() {
  constexpr std::array<int, 6> kWindows{0, 0, 0, 0, 100, 500};
  Settings settings;
  settings.partitions = random_.between(1, 3);
  settings.batch_size = random_.between(1, 6);
  settings.window_ms = kWindows.at(static_cast<std::size_t>(random_.below(6)));
  settings.retry_limit = random_.percent(50) ? -1 : random_.below(4);
  settings.record_age_s = random_.percent(70) ? -1 : random_.between(1, 20);
  settings.bisects = random_.percent(35);
  settings.partial_responses = random_.percent(40);
  settings.strict = random_.percent(50);
  settings.filters = random_.percent(25);
  settings.max_concurrency = random_.percent(25) ? 1 : random_.between(2, 10);
  settings.destination =
      random_.percent(50) ? Destination::None : static_cast<Destination>(random_.between(1, 3));
  settings.fault_seed = random_.next() >> 32;
  return settings;
}

void Generator::add_records(Plan& plan) {
  // Documents for Kafka and S3 have the record in them: megabytes to write for each.
  const bool may_be_oversize = plan.settings.destination == Destination::None ||
                               plan.settings.destination == Destination::Sqs;
  const bool has_oversize = may_be_oversize && random_.percent(15);
  std::array<std::int64_t, 3> next{};
  for (int count = random_.between(1, kRecordsMax); count > 0; --count) {
    LogRecord record;
    record.partition = random_.below(plan.settings.partitions);
    auto& offset = next.at(static_cast<std::size_t>(record.partition));
    offset += random_.percent(80) ? 0 : random_.between(1, 3);
    if (offset % 4 == 1) offset += 1;  // behind what the broker leaves empty
    record.offset = offset++;
    if (random_.percent(15)) record.age_ms = random_.between(1, 30) * 1000;
    record.oversize = has_oversize && random_.percent(20);
    record.passes = record.oversize || random_.percent(70);
    plan.records.push_back(record);
  }
}

// Throttles come first and have no place: the world can tell then which invocations were struck.
void Generator::add_faults(Plan& plan) {
  if (random_.percent(60)) return;
  constexpr std::array<const char*, 6> kNames{"timeout",   "crash",        "duplicate",
                                              "rebalance", "commit-fails", "broker-down"};
  constexpr std::array<const char*, 4> kWhen{"", " x2", " every 3 x2", " 30% x2"};
  const auto when = [&] { return kWhen.at(static_cast<std::size_t>(random_.below(4))); };
  if (random_.percent(30)) plan.faults.push_back(std::string("throttle") + when());
  for (int count = random_.between(1, 2); count > 0; --count) {
    const int kind = random_.below(6);
    std::string fault = kNames.at(static_cast<std::size_t>(kind));
    if (kind < 4 && random_.percent(50))
      fault += "@orders[" + std::to_string(random_.below(3)) +
               "]:" + std::to_string(random_.below(4)) + "..9";
    if (kind == 5) fault += random_.percent(50) ? " 300ms" : " 2s";
    plan.faults.push_back(fault + when());
  }
}

Step Generator::step(const World& world) {
  if (!world.has_member(0) && !world.has_member(1))
    return {Kind::Start, random_.below(kMembers), 0, 0};
  if (random_.percent(trouble_percent_)) return trouble();
  if (const auto free = world.free_partition(); free && random_.percent(60)) {
    const int member = random_.below(kMembers);
    return {Kind::Give, *free, world.is_staying(member) ? member : 1 - member, 0};
  }
  const int roll = random_.below(100);
  if (roll < 25 && world.invocations() > 0) return reply(world.invocations());
  if (roll < 40 && world.sends() > 0)
    return {Kind::Deliver, random_.below(static_cast<int>(world.sends())),
            random_.percent(failure_percent_) ? random_.below(2) : 100, 0};
  if (roll < 50) {
    constexpr std::array<int, 5> kTicks{1, 100, 100, 400, 3'000};
    return {Kind::Tick, kTicks.at(static_cast<std::size_t>(random_.below(5))), 0, 0};
  }
  if (roll < 58) return {Kind::Produce, random_.between(1, kRecordsMax / 2), 0, 0};
  return {Kind::Turn, world.has_member(1) && random_.percent(50) ? 1 : 0, 0, 0};
}

Step Generator::trouble() {
  constexpr std::array<Kind, 12> kTroubles{Kind::Start,  Kind::Start,  Kind::Revoke,  Kind::Bounce,
                                           Kind::Bounce, Kind::Steal,  Kind::Refuse,  Kind::Break,
                                           Kind::Break,  Kind::Finish, Kind::Abandon, Kind::Crash};
  Step step;
  step.kind = kTroubles.at(static_cast<std::size_t>(random_.below(12)));
  const bool of_partition =
      step.kind == Kind::Revoke || step.kind == Kind::Bounce || step.kind == Kind::Steal;
  step.a = random_.below(of_partition ? settings_.partitions : kMembers);
  if (step.kind == Kind::Refuse) step.a = random_.between(1, 3);
  step.b = step.kind == Kind::Break ? random_.below(kBreakPlaces) : random_.below(kMembers);
  return step;
}

Step Generator::reply(std::size_t invocations) {
  Step step{Kind::Answer, random_.below(static_cast<int>(invocations)), 0, 0};
  auto reply = Reply::Ok;
  if (random_.percent(failure_percent_)) {
    constexpr std::array<Reply, 8> kFailures{
        Reply::Error,        Reply::Error,        Reply::Error,          Reply::Throttled,
        Reply::ServiceError, Reply::ItemsUnknown, Reply::ItemsMalformed, Reply::Error};
    const bool of_items = settings_.partial_responses && random_.percent(60);
    const bool cancelled = trouble_percent_ > 0 && random_.percent(3);
    reply = cancelled  ? Reply::Cancelled
            : of_items ? (random_.percent(70) ? Reply::Items : Reply::ItemsFlat)
                       : kFailures.at(static_cast<std::size_t>(random_.below(8)));
    const int shape = random_.below(4);
    const std::uint64_t one = std::uint64_t{1} << random_.below(settings_.batch_size);
    step.c = shape == 0 ? ~std::uint64_t{0} : shape == 1 ? random_.next() : one;
  }
  step.b = static_cast<std::int64_t>(reply);
  return step;
}

}  // namespace emulator::simulation
