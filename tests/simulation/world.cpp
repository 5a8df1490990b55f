#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace emulator::simulation {
namespace {

using std::chrono::milliseconds;

// So many rounds without trouble are enough for everything.
constexpr int kRoundsMax = 60;

MappingConfig config_of(const Settings& settings) {
  constexpr const char* kArns[] = {
      "", "kafka://failed", "arn:aws:sqs:us-east-1:000000000000:failed", "arn:aws:s3:::failed"};
  MappingConfig config;
  config.name = "Simulated/Kafka";
  config.topic = "orders";
  config.batch_size = settings.batch_size;
  config.batch_window = milliseconds(settings.window_ms);
  config.maximum_retry_attempts = settings.retry_limit;
  config.maximum_record_age_s = settings.record_age_s;
  config.on_failure_destination = kArns[static_cast<std::size_t>(settings.destination)];
  if (settings.filters) config.filter_patterns = {R"({"value":{"keep":[1]}})"};
  return config;
}

DeliveryRules rules_of(const Settings& settings, const MappingConfig& config) {
  DeliveryRules rules;
  rules.backoff = {milliseconds(100), milliseconds(400)};
  rules.retry_limit = config.retry_limit();
  rules.bisects = settings.bisects;
  rules.reads_item_failures = settings.partial_responses;
  rules.strictness = settings.strict ? Strictness::Strict : Strictness::Lenient;
  return rules;
}

const Filter& filter_of(const MappingConfig& config) {
  static const Filter none;
  static const Filter some({R"({"value":{"keep":[1]}})"}, Strictness::Strict);
  return config.filter_patterns.empty() ? none : some;
}

std::vector<FaultLine> lines_of(const Plan& plan) {
  std::vector<FaultLine> lines;
  for (const std::string& fault : plan.faults) lines.push_back({fault, "the simulation"});
  return lines;
}

}  // namespace

World::World(const Plan& plan, Plant plant)
    : plan_(plan),
      plant_(plant),
      config_(config_of(plan.settings)),
      format_(config_, bootstrap_servers_),
      rules_(rules_of(plan.settings, config_)),
      destination_(parse_destination(config_.on_failure_destination)),
      faults_(lines_of(plan), plan.settings.fault_seed),
      same_faults_(lines_of(plan), plan.settings.fault_seed),
      progress_([] {}),
      broker_(plan, clock_.epoch_ms()),
      model_(plan, clock_.epoch_ms()) {
  if (destination_)
    on_failure_.emplace(
        OnFailure{*this, *destination_, "arn:aws:lambda:us-east-1:000000000000:function:f"});
}

World::~World() = default;

// ---- steps ----

void World::run(const Step& step) {
  using Kind = Step::Kind;
  Seat& first = seat(step.a);
  switch (step.kind) {
    case Kind::Start:
      start(first);
      break;
    case Kind::Turn:
      turn(first);
      break;
    case Kind::Tick:
      clock_.tick(milliseconds(step.a));
      model_.now(clock_.epoch_ms());
      break;
    case Kind::Produce:
      broker_.produce(static_cast<std::size_t>(step.a));
      break;
    case Kind::Answer:
      answer(static_cast<std::size_t>(step.a), static_cast<Reply>(step.b), step.c);
      break;
    case Kind::Deliver:
      deliver(static_cast<std::size_t>(step.a), static_cast<std::size_t>(step.b));
      break;
    case Kind::Give:
      if (seat(step.b).poller) broker_.give(partition(step.a), seat(step.b).member);
      break;
    case Kind::Revoke:
      broker_.revoke(partition(step.a));
      break;
    case Kind::Bounce:
      broker_.bounce(partition(step.a));
      break;
    case Kind::Steal:
      if (seat(step.b).poller) broker_.steal(partition(step.a), seat(step.b).member);
      break;
    case Kind::Refuse:
      broker_.refuse_commits(static_cast<int>(step.a));
      break;
    case Kind::Break:
      if (first.poller) broker_.break_source(first.member, static_cast<int>(step.b));
      break;
    case Kind::Finish:
      if (first.poller) request_finish(first);
      break;
    case Kind::Abandon:
      if (first.poller && first.leaves) first.poller->request_abandon();
      break;
    case Kind::Crash:
      if (first.poller) end_poller(first);
      break;
  }
  look();
}

std::int32_t World::partition(std::int64_t number) const {
  return static_cast<std::int32_t>(number % plan_.settings.partitions);
}

std::optional<std::int32_t> World::free_partition() const {
  for (std::int32_t number = 0; number < plan_.settings.partitions; ++number) {
    if (broker_.is_free(number)) return number;
  }
  return std::nullopt;
}

void World::start(Seat& seat) {
  if (seat.poller) return;
  seat.index = ++latest_poller_;
  seat.leaves = seat.stuck = false;
  progress_.add_poller(seat.index);
  seat.poller = std::make_unique<Poller>(
      Poller::Parts{seat.index, config_, format_, bootstrap_servers_, rules_, filter_of(config_),
                    *this, [this] { return make_source(); }, make_decoder_,
                    on_failure_ ? &*on_failure_ : nullptr, faults_, clock_, progress_, batches_});
  act(seat, [](Poller& poller) { poller.open(); });
}

// As Poller::run() has it, but that nobody waits.
void World::turn(Seat& seat) {
  if (!seat.poller) return;
  const bool finished = seat.poller->is_finished();
  const bool broke =
      !act(seat, [finished](Poller& poller) { finished ? poller.leave() : poller.turn(); });
  if (finished || (broke && seat.leaves)) end_poller(seat);
}

void World::request_finish(Seat& seat) {
  seat.leaves = true;
  seat.poller->request_finish();
}

// Whatever it has not committed is read again by others.
void World::end_poller(Seat& seat) {
  acting_ = &seat;
  seat.poller.reset();
  acting_ = nullptr;
  progress_.remove_poller(seat.index, clock_.now());
  unheard_.erase(seat.index);
}

// False: its source threw, and the poller has another one unless it leaves.
template <class Act>
bool World::act(Seat& seat, Act act) {
  acting_ = &seat;
  bool done = false;
  try {
    act(*seat.poller);
    done = true;
  } catch (const std::runtime_error& error) {
    seat.poller->forget_source();
    progress_.set_problem(seat.index, {SourceProblem::Kind::Other, error.what()});
    if (!seat.leaves) seat.poller->open();
  }
  acting_ = nullptr;
  return done;
}

void World::answer(std::size_t number, Reply reply, std::uint64_t mask) {
  if (flights_.empty()) return;
  const auto place = flights_.begin() + static_cast<std::ptrdiff_t>(number % flights_.size());
  Flight flight = std::move(*place);
  flights_.erase(place);
  const auto& records = flight.invocation.records;
  if (records.size() < 64) mask &= (std::uint64_t{1} << records.size()) - 1;

  for (Seat& each : seats_) {
    if (!each.poller || each.index != flight.poller) continue;
    each.stuck = each.stuck || reply == Reply::Cancelled;
    unheard_[each.index].answers.push_back({flight.invocation, reply, mask});
  }
  if (reply == Reply::Ok && processed_.empty()) processed_ = records;
  flight.done(outcome_of(flight.invocation, flight.request_id, reply, mask));
}

void World::deliver(std::size_t number, std::size_t messages) {
  if (sends_.empty()) return;
  const auto place = sends_.begin() + static_cast<std::ptrdiff_t>(number % sends_.size());
  Send send = std::move(*place);
  sends_.erase(place);
  Undelivered undelivered;
  SendEnd end;
  for (std::size_t i = 0; i < send.messages.size(); ++i) {
    RecordRefs& to = i < messages ? end.delivered : end.undelivered;
    to.insert(to.end(), send.records[i].begin(), send.records[i].end());
    if (i < messages) continue;
    returned_[send.messages[i].body] = send.records[i];
    undelivered.messages.push_back(std::move(send.messages[i]));
    undelivered.problem = "the destination does not answer";
  }
  for (Seat& each : seats_) {
    if (each.poller && each.index == send.poller)
      unheard_[each.index].send_ends.push_back(std::move(end));
  }
  send.done(std::move(undelivered));
}

// After each step.
void World::look() {
  for (std::int32_t number = 0; number < plan_.settings.partitions; ++number) {
    const std::int64_t committed = broker_.committed(number);
    model_.group_has(number, committed);
    if (plant_ == Plant::CommitBack && committed > 0) model_.group_has(number, committed - 1);
  }
  expect_throttles(progress_.counters.invocations);
  if (!broker_.problem().empty()) model_.violate(kReleased, broker_.problem());
}

// ---- the end ----

void World::settle() {
  broker_.produce_all();
  int round = 0;
  do {
    settle_a_bit(round);
  } while (++round < kRoundsMax && !is_settled() && !violation());
  if (violation()) return;
  if (!is_settled()) {
    model_.violate(kEnds, "not drained after " + std::to_string(kRoundsMax) + " quiet rounds");
    return;
  }
  for (Seat& each : seats_) {
    if (each.poller) request_finish(each);
    while (each.poller) turn(each);
  }
  look();
  if (plant_ == Plant::CountTwice) progress_.counters.processed += 1;
  if (!violation()) model_.check_end(progress_.snapshot().counts);
}

void World::settle_a_bit(int round) {
  constexpr milliseconds kShort{300};
  constexpr milliseconds kLong{3'000};
  constexpr int kShortRounds = 4;
  while (!flights_.empty()) answer(0, Reply::Ok, 0);
  while (!sends_.empty()) deliver(0, sends_.front().messages.size());
  for (Seat& each : seats_) {
    if (each.stuck && each.poller) request_finish(each);
    turn(each);
  }
  if (!is_staying(0) && !is_staying(1)) start(seats_[has_member(0) ? 1 : 0]);
  while (const auto free = free_partition()) {
    if (!is_staying(0) && !is_staying(1)) break;
    broker_.give(*free, seats_[is_staying(0) ? 0 : 1].member);
  }
  clock_.tick(round < kShortRounds ? kShort : kLong);
  model_.now(clock_.epoch_ms());
  look();
}

bool World::is_settled() const {
  const bool leaves = std::any_of(seats_.begin(), seats_.end(), [](const Seat& each) {
    return each.poller && (each.leaves || each.stuck);
  });
  return !leaves && flights_.empty() && sends_.empty() && broker_.is_quiet() && !free_partition() &&
         progress_.snapshot().drained;
}

}  // namespace emulator::simulation
