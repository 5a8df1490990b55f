// What a simulated poller calls: its source as the model watches it, the function, the destination.
#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "emulator/esm/faulty_source.h"
#include "tests/simulation/world.h"

namespace emulator::simulation {
namespace {

constexpr const char* kTopic = "orders";

// Reads the next number behind `word`, from `at` on, which moves behind it; false: there is none.
bool next_number(std::string_view text, std::string_view word, std::size_t& at,
                 std::int64_t& number) {
  const std::size_t found = text.find(word, at);
  if (found == std::string_view::npos) return false;
  const std::size_t digits = text.find_first_of("0123456789", found + word.size());
  if (digits == std::string_view::npos) return false;
  const auto end = std::from_chars(text.data() + digits, text.data() + text.size(), number).ptr;
  at = static_cast<std::size_t>(end - text.data());
  return true;
}

// The records of an event's text, also where it stands in another JSON text. Enough because keys,
// values and names of a simulation hold none of these words.
RecordRefs records_of_event(std::string_view event) {
  RecordRefs records;
  std::size_t at = 0;
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  while (next_number(event, "partition", at, partition) && next_number(event, "offset", at, offset))
    records.push_back({static_cast<std::int32_t>(partition), offset, 0});
  return records;
}

DiscardCondition condition_of(std::string_view document) {
  for (const auto condition :
       {DiscardCondition::RecordAgeExceeded, DiscardCondition::MaximumPayloadSizeExceeded}) {
    if (document.find(to_string(condition)) != std::string_view::npos) return condition;
  }
  return DiscardCondition::RetryAttemptsExhausted;
}

std::string items_text(const RecordRefs& records, std::uint64_t mask, bool flat) {
  std::string text = R"({"batchItemFailures":[)";
  for (std::size_t i = 0; i < records.size(); ++i) {
    if ((mask >> (i % 64) & 1) == 0) continue;
    const std::string partition = "orders-" + std::to_string(records[i].partition);
    const std::string offset = std::to_string(records[i].offset);
    text += text.back() == '[' ? "" : ",";
    text +=
        flat ? R"({"itemIdentifier":")" + partition + "-" + offset + "\"}"
             : R"({"itemIdentifier":{"partition":")" + partition + R"(","offset":)" + offset + "}}";
  }
  return text + "]}";
}

Batch batch_of(const RecordRefs& records) {
  Batch batch;
  for (const RecordRef& record : records) {
    BatchSlice* slice = find_slice(batch, record.partition);
    if (slice == nullptr) {
      slice = &batch.slices.emplace_back();
      slice->partition = record.partition;
    }
    slice->records.emplace_back().offset = record.offset;
  }
  return batch;
}

}  // namespace

Outcome outcome_of(const Invocation& invocation, const std::string& request_id, Reply reply,
                   std::uint64_t mask) {
  Outcome outcome;
  outcome.request_id = request_id;
  switch (reply) {
    case Reply::Ok:
      outcome.payload = "{}";
      break;
    case Reply::Error:
      outcome.kind = Outcome::Kind::FunctionError;
      break;
    case Reply::Throttled:
      outcome.kind = Outcome::Kind::Throttled;
      break;
    case Reply::ServiceError:
      outcome.kind = Outcome::Kind::ServiceError;
      break;
    case Reply::Cancelled:
      outcome.kind = Outcome::Kind::Cancelled;
      break;
    case Reply::Items:
    case Reply::ItemsFlat:
      outcome.payload = items_text(invocation.records, mask, reply == Reply::ItemsFlat);
      break;
    case Reply::ItemsUnknown:
      outcome.payload =
          R"({"batchItemFailures":[{"itemIdentifier":{"partition":"orders-0","offset":999999}}]})";
      break;
    case Reply::ItemsMalformed:
      outcome.payload = R"({"batchItemFailures":[{"itemIdentifier":""}]})";
      break;
  }
  return outcome;
}

// ---- the source ----

class World::Observer : public RecordSource {
 public:
  Observer(World& world, std::unique_ptr<RecordSource> source, MemberId member)
      : world_(world), model_(world.model_), source_(std::move(source)), member_(member) {}
  ~Observer() override { close(); }

  void open(std::function<void()> on_activity) override { source_->open(std::move(on_activity)); }

  std::vector<SourceEvent> serve() override {
    std::vector<SourceEvent> events = source_->serve();
    for (const SourceEvent& event : events) model_.heard(member_, event);
    world_.hear_answers();
    return events;
  }

  void take(std::int32_t partition, std::size_t max_records, std::vector<Record>& out) override {
    source_->take(partition, max_records, out);
    if (world_.plant_ == Plant::LoseLast && !out.empty() &&
        out.back().offset == last_offset(partition))
      out.pop_back();
    for (const Record& record : out) model_.took(member_, partition, record.offset);
  }

  bool at_end(std::int32_t partition) const override { return source_->at_end(partition); }
  std::int64_t end_offset(std::int32_t partition) const override {
    return source_->end_offset(partition);
  }
  std::optional<std::int64_t> latest_end(std::int32_t partition) const override {
    return source_->latest_end(partition);
  }
  int topic_partitions() const override { return source_->topic_partitions(); }

  CommitResult commit(const std::vector<CommitOffset>& offsets) override {
    CommitResult result = source_->commit(offsets);
    if (world_.plant_ == Plant::NeverCommit) result = CommitResult::Refused;
    std::vector<CommitOffset> seen = offsets;
    if (world_.plant_ == Plant::CommitTooFar) seen.front().next_offset += 1;
    model_.committed(member_, seen, result == CommitResult::Refused);
    return result;
  }

  void close() override {
    if (world_.plant_ == Plant::KeepRecord && world_.broker_.is_member(member_)) {
      for (std::int32_t i = 0; i < topic_partitions(); ++i) source_->take(i, 1, world_.kept_);
    }
    source_->close();
    model_.source_closed(member_);
  }

 private:
  std::int64_t last_offset(std::int32_t partition) const {
    std::int64_t last = 0;
    for (const LogRecord& record : world_.plan_.records) {
      if (record.partition == partition) last = std::max(last, record.offset);
    }
    return last;
  }

  World& world_;
  Model& model_;
  const std::unique_ptr<RecordSource> source_;
  const MemberId member_;
};

std::unique_ptr<RecordSource> World::make_source() {
  acting_->member = ++latest_member_;
  auto faulty = std::make_unique<FaultySource>(broker_.make_source(acting_->member), faults_,
                                               config_.name, kTopic, clock_);
  return std::make_unique<Observer>(*this, std::move(faulty), acting_->member);
}

// The poller takes them from its inbox right after it has served its source.
void World::hear_answers() {
  const Unheard heard = std::exchange(unheard_[acting_->index], {});
  for (const Answer& each : heard.answers) model_.answered(each.invocation, each.reply, each.mask);
  for (const SendEnd& each : heard.send_ends) model_.send_ended(each.delivered, each.undelivered);
}

// ---- the function ----

void World::invoke(InvocationRequest request, Invoker::Done done) {
  Flight flight;
  flight.poller = acting_->index;
  flight.invocation.member = acting_->member;
  flight.invocation.records = records_of_event(*request.payload);
  flight.invocation.fault = fault_of(flight.invocation.records);
  std::vector<const Invocation*> others;
  for (const Flight& other : flights_) {
    if (other.poller == flight.poller) others.push_back(&other.invocation);
  }
  plant_into(flight.invocation, others);
  if (request.payload->size() > kEventBytesMax)
    model_.violate(kLimits, "an event of " + std::to_string(request.payload->size()) + " bytes");
  model_.invoked(flight.invocation, others);
  flight.request_id = std::move(request.request_id);
  flight.done = std::move(done);
  flights_.push_back(std::move(flight));
}

// An invocation that the script throttled is not seen by the function, so the chances before this
// one were such.
InvokeFault World::fault_of(const RecordRefs& records) {
  if (faults_.empty()) return InvokeFault::None;
  if (plant_ == Plant::MissFault && asked_ == 0) same_faults_.at_invoke(kTopic, Batch{});
  expect_throttles(progress_.counters.invocations - 1);
  asked_ += 1;
  const InvokeFault fault = same_faults_.at_invoke(kTopic, batch_of(records));
  if (fault == InvokeFault::Throttle) model_.violate(kFaults, "an invocation was not throttled");
  return fault;
}

void World::expect_throttles(std::uint64_t chances) {
  if (faults_.empty()) return;
  for (; asked_ < chances; ++asked_) {
    if (same_faults_.at_invoke(kTopic, Batch{}) != InvokeFault::Throttle)
      model_.violate(kFaults, "an invocation never reached the function");
  }
}

void World::plant_into(Invocation& invocation, std::vector<const Invocation*>& others) {
  RecordRefs& records = invocation.records;
  const bool has_pair = records.size() > 1 && records[0].partition == records[1].partition;
  if (plant_ == Plant::SendBackwards && has_pair) std::reverse(records.begin(), records.end());
  if (plant_ == Plant::SkipRecord && has_pair) records.erase(records.begin());
  if (plant_ == Plant::SendTwice) others.push_back(&invocation);
  if (plant_ == Plant::SendTooMany)
    records.resize(static_cast<std::size_t>(plan_.settings.batch_size) + 1, records.front());
  if (plant_ == Plant::GiveUpEarly)
    model_.gave_up(invocation.member, DiscardCondition::RetryAttemptsExhausted, records);
  if (plant_ == Plant::SendProcessed && !processed_.empty()) records = processed_;
}

// ---- the destination ----

void World::send(std::vector<FailureMessage> messages, RecordSink::Done done) {
  Send send;
  send.poller = acting_->index;
  for (const FailureMessage& message : messages) {
    const auto returned = returned_.find(message.body);
    if (returned != returned_.end()) {
      send.records.push_back(std::move(returned->second));
      returned_.erase(returned);
    } else {
      send.records.push_back(records_of(message));
      model_.gave_up(acting_->member, condition_of(message.body), send.records.back());
    }
  }
  send.messages = std::move(messages);
  send.done = std::move(done);
  sends_.push_back(std::move(send));
}

RecordRefs World::records_of(const FailureMessage& message) {
  const std::string_view body = message.body;
  if (destination_->kind != DestinationKind::Sqs) return records_of_event(body);
  // It names only the first and the last record of each partition.
  std::size_t at = 0;
  std::int64_t count = 0;
  next_number(body, "batchSize", at, count);
  at = body.find("recordsInfo");
  RecordRefs records;
  std::int64_t partition = 0;
  std::int64_t first = 0;
  std::int64_t last = 0;
  while (next_number(body, "orders-", at, partition) &&
         next_number(body, "firstRecordOffset", at, first) &&
         next_number(body, "lastRecordOffset", at, last)) {
    const auto between = model_.given_up_between(acting_->member, condition_of(body),
                                                 static_cast<std::int32_t>(partition), first, last);
    records.insert(records.end(), between.begin(), between.end());
  }
  if (static_cast<std::int64_t>(records.size()) != count)
    model_.violate(kGivenUp, "a document for " + std::to_string(count) + " records, of which " +
                                 std::to_string(records.size()) + " may be given up");
  return records;
}

}  // namespace emulator::simulation
