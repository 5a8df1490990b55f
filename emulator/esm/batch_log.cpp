#include "emulator/esm/batch_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "emulator/config/utc.h"

namespace emulator {
namespace {

constexpr std::array<std::pair<BatchState, std::string_view>, 8> kStates{
    {{BatchState::Running, "running"},
     {BatchState::Waiting, "waiting"},
     {BatchState::Failed, "failed"},
     {BatchState::Succeeded, "succeeded"},
     {BatchState::Split, "split"},
     {BatchState::Delivered, "delivered"},
     {BatchState::Dropped, "dropped"},
     {BatchState::Uncommitted, "uncommitted"}}};

void describe(const Batch& batch, BatchLog::Entry& entry) {
  entry.ranges.clear();
  for (const BatchSlice& slice : batch.slices)
    entry.ranges.push_back({slice.partition, slice.first_offset(), slice.last_offset()});
  entry.record_count = batch.record_count;
}

// As new, with the memory that it has.
void clear(BatchLog::Entry& entry) {
  BatchLog::Entry fresh;
  fresh.ranges = std::move(entry.ranges);
  fresh.ranges.clear();
  fresh.request_id = std::move(entry.request_id);
  fresh.request_id.clear();
  entry = std::move(fresh);
}

}  // namespace

std::string_view to_string(BatchState state) {
  return std::find_if(kStates.begin(), kStates.end(),
                      [&](const auto& known) { return known.first == state; })
      ->second;
}

std::optional<BatchState> batch_state_of(std::string_view text) {
  for (const auto& [state, name] : kStates) {
    if (name == text) return state;
  }
  return std::nullopt;
}

BatchLog::Ticket::Ticket(Ticket&& other) noexcept
    : log_(std::exchange(other.log_, nullptr)), id_(other.id_) {}

BatchLog::Ticket& BatchLog::Ticket::operator=(Ticket&& other) noexcept {
  if (this == &other) return *this;
  if (log_ != nullptr) log_->ended(*this, BatchState::Uncommitted);
  log_ = std::exchange(other.log_, nullptr);
  id_ = other.id_;
  return *this;
}

BatchLog::Ticket::~Ticket() {
  if (log_ != nullptr) log_->ended(*this, BatchState::Uncommitted);
}

void BatchLog::sent(Ticket& ticket, const Batch& batch, std::string_view request_id) {
  const std::lock_guard lock(mutex_);
  Entry& entry = open_for(ticket, batch);
  if (!entry.request_id.empty()) {
    entry.earlier_request_ids.push_back(std::move(entry.request_id));
    if (entry.earlier_request_ids.size() >= kRequestIdsMax)
      entry.earlier_request_ids.erase(entry.earlier_request_ids.begin());
  }
  entry.request_id = request_id;
  entry.state = BatchState::Running;
  entry.attempt += 1;
  entry.sent_ms = epoch_ms_now();
}

BatchLog::Ticket BatchLog::split(const Ticket& from, const Batch& part) {
  const std::lock_guard lock(mutex_);
  Ticket ticket;
  Entry& entry = open_for(ticket, part);
  entry.split_from = from.id_;
  return ticket;
}

void BatchLog::waits(const Ticket& ticket, std::optional<std::chrono::nanoseconds> real_wait) {
  const std::lock_guard lock(mutex_);
  Entry& entry = under_way_.at(ticket.id_);
  entry.state = BatchState::Waiting;
  entry.due_ms = 0;
  if (real_wait)
    entry.due_ms =
        epoch_ms_now() + std::chrono::ceil<std::chrono::milliseconds>(*real_wait).count();
}

void BatchLog::error(const Ticket& ticket, std::string_view error_type) {
  const std::lock_guard lock(mutex_);
  under_way_.at(ticket.id_).error_type = error_type;
}

void BatchLog::given_up(Ticket& ticket, const Batch& batch, std::string_view condition) {
  const std::lock_guard lock(mutex_);
  Entry& entry = open_for(ticket, batch);
  entry.state = BatchState::Failed;
  entry.condition = condition;
}

void BatchLog::ended(Ticket& ticket, BatchState state) {
  const std::lock_guard lock(mutex_);
  auto node = under_way_.extract(ticket.id_);
  ticket.log_ = nullptr;
  node.mapped().state = state;
  node.mapped().ended_ms = epoch_ms_now();
  ended_.push_back(std::move(node));
  if (ended_.size() > kEndedMax) ended_.pop_front();
}

std::vector<BatchLog::Entry> BatchLog::entries() const {
  std::vector<Entry> entries;
  {
    const std::lock_guard lock(mutex_);
    entries.reserve(ended_.size() + under_way_.size());
    for (const auto& node : ended_) entries.push_back(node.mapped());
    for (const auto& [id, entry] : under_way_) entries.push_back(entry);
  }
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.id < b.id; });
  return entries;
}

BatchLog::Entry& BatchLog::open_for(Ticket& ticket, const Batch& batch) {
  Entry& entry = open(ticket);
  describe(batch, entry);
  return entry;
}

BatchLog::Entry& BatchLog::open(Ticket& ticket) {
  if (ticket.log_ != nullptr) return under_way_.at(ticket.id_);
  ticket = Ticket(this, ++latest_id_);
  Entries::node_type node;
  if (ended_.size() >= kEndedMax) {
    node = std::move(ended_.front());
    ended_.pop_front();
    node.key() = ticket.id_;
    clear(node.mapped());
  }
  Entry& entry = node.empty() ? under_way_[ticket.id_]
                              : under_way_.insert(under_way_.end(), std::move(node))->second;
  entry.id = ticket.id_;
  entry.begun_ms = epoch_ms_now();
  return entry;
}

}  // namespace emulator
