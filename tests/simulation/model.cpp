#include "tests/simulation/model.h"

#include <algorithm>
#include <set>
#include <variant>

namespace emulator::simulation {
namespace {

// Of the poller: how often a destination is tried.
constexpr int kSendsMax = 5;
// kafka-scaling-modes.html: invocations at a time of one poller.
constexpr int kInvocationsMax = 5;

std::string name_of(std::int32_t partition, std::int64_t offset) {
  return std::to_string(partition) + "@" + std::to_string(offset);
}
std::string name_of(const LogRecord& record) {
  return name_of(record.partition, record.offset);
}

}  // namespace

Model::Model(const Plan& plan, std::int64_t start_epoch_ms)
    : settings_(plan.settings),
      start_epoch_ms_(start_epoch_ms),
      epoch_ms_(start_epoch_ms),
      logs_(static_cast<std::size_t>(settings_.partitions)),
      group_(logs_.size(), -1) {
  for (const LogRecord& record : plan.records)
    logs_.at(static_cast<std::size_t>(record.partition)).push_back(&record);
  for (const auto& log : logs_) ended_.emplace_back(log.size(), false);
}

void Model::violate(std::string invariant, std::string what) {
  if (!violation_) violation_ = Violation{std::move(invariant), std::move(what)};
}

// ---- sessions ----

void Model::heard(MemberId member, const SourceEvent& event) {
  if (const auto* assigned = std::get_if<PartitionAssigned>(&event)) {
    end_session(member, assigned->partition);
    Session& session = sessions_[{member, assigned->partition}];
    session.id = ++latest_session_;
    session.start = session.committed = assigned->start_offset;
    session.accounts.resize(log(assigned->partition).size());
    session.taken = index_of(assigned->partition, assigned->start_offset);
  } else if (const auto* revoked = std::get_if<PartitionRevoked>(&event)) {
    end_session(member, revoked->partition);
  }
}

void Model::source_closed(MemberId member) {
  for (std::int32_t partition = 0; partition < settings_.partitions; ++partition)
    end_session(member, partition);
}

void Model::end_session(MemberId member, std::int32_t partition) {
  const auto found = sessions_.find({member, partition});
  if (found == sessions_.end()) return;
  const Session& session = found->second;
  for (std::size_t i = 0; i < session.taken; ++i) {
    const Account& account = session.accounts[i];
    if (account.fate == Fate::Taken && may_be_given_up(*log(partition)[i], account)) {
      tally_.perhaps_dropped += 1;
      tally_.perhaps_delivered += 1;
    }
    // Its part's other documents may still have been on their way.
    if (account.fate == Fate::Delivered) tally_.perhaps_delivered += 1;
  }
  sessions_.erase(found);
}

std::size_t Model::index_of(std::int32_t partition, std::int64_t offset) const {
  const auto& records = log(partition);
  const auto found = std::lower_bound(
      records.begin(), records.end(), offset,
      [](const LogRecord* record, std::int64_t sought) { return record->offset < sought; });
  return static_cast<std::size_t>(found - records.begin());
}

const Model::Session* Model::current(MemberId member, std::int32_t partition) const {
  const auto found = sessions_.find({member, partition});
  return found == sessions_.end() ? nullptr : &found->second;
}
Model::Session* Model::current(MemberId member, std::int32_t partition) {
  const auto found = sessions_.find({member, partition});
  return found == sessions_.end() ? nullptr : &found->second;
}
// The session in which the record was sent, while it lasts.
Model::Session* Model::of(MemberId member, const RecordRef& record) {
  Session* session = current(member, record.partition);
  return session != nullptr && session->id == record.session ? session : nullptr;
}

// ---- records ----

void Model::took(MemberId member, std::int32_t partition, std::int64_t offset) {
  Session* session = current(member, partition);
  if (session == nullptr) {
    violate(kOnce, name_of(partition, offset) + " was taken without an assignment");
    return;
  }
  const std::size_t index = index_of(partition, offset);
  const bool passes = !settings_.filters || log(partition)[index]->passes;
  session->accounts[index].fate = passes ? Fate::Taken : Fate::Filtered;
  session->taken = index + 1;
  tally_.polled += 1;
  if (passes) return;
  tally_.filtered += 1;
  ended_[static_cast<std::size_t>(partition)][index] = true;
}

bool Model::is_met(DiscardCondition condition, const LogRecord& record,
                   const Account& account) const {
  if (condition == DiscardCondition::MaximumPayloadSizeExceeded) return record.oversize;
  if (condition == DiscardCondition::RecordAgeExceeded)
    return settings_.record_age_s >= 0 &&
           epoch_ms_ - (start_epoch_ms_ - record.age_ms) > settings_.record_age_s * 1000LL;
  int limit = settings_.retry_limit;
  if (limit < 0 && settings_.destination != Destination::None) limit = 10;  // as AWS has it
  return limit >= 0 && account.failed_last && account.failed_invocations > limit;
}

bool Model::may_be_given_up(const LogRecord& record, const Account& account) const {
  return is_met(DiscardCondition::MaximumPayloadSizeExceeded, record, account) ||
         is_met(DiscardCondition::RecordAgeExceeded, record, account) ||
         is_met(DiscardCondition::RetryAttemptsExhausted, record, account);
}

bool Model::may_be_dropped(const LogRecord& record, const Account& account) const {
  const bool undeliverable =
      settings_.destination == Destination::None || account.failed_sends >= kSendsMax;
  return undeliverable && may_be_given_up(record, account);
}

// The record must have ended; one that can only have been dropped was.
void Model::passed(Session& session, std::int32_t partition, std::size_t index,
                   const char* invariant) {
  Account& account = session.accounts[index];
  const LogRecord& record = *log(partition)[index];
  if (account.fate == Fate::Unknown) {
    violate(invariant, name_of(record) + " was passed and never taken");
  } else if (account.fate == Fate::Taken && !may_be_dropped(record, account)) {
    violate(invariant, name_of(record) + " was passed and is not disposed of");
  } else if (account.fate == Fate::Taken) {
    account.fate = Fate::Dropped;
    tally_.dropped += 1;
    ended_[static_cast<std::size_t>(partition)][index] = true;
  }
}

void Model::end_record(Session& session, const RecordRef& record, Fate fate) {
  const std::size_t index = index_of(record.partition, record.offset);
  Account& account = session.accounts[index];
  if (account.fate != Fate::Taken) {
    violate(kOnce, name_of(record.partition, record.offset) + " ends a second time");
    return;
  }
  account.fate = fate;
  (fate == Fate::Processed ? tally_.processed : tally_.delivered) += 1;
  ended_[static_cast<std::size_t>(record.partition)][index] = true;
}

// ---- at the function ----

void Model::invoked(Invocation& invocation, const std::vector<const Invocation*>& others) {
  const MemberId member = invocation.member;
  const auto count = static_cast<int>(invocation.records.size());
  if (count > settings_.batch_size)
    violate(kLimits, "a batch of " + std::to_string(count) + " records");
  if (static_cast<int>(others.size()) + 1 > std::min(kInvocationsMax, settings_.max_concurrency))
    violate(kLimits, std::to_string(others.size() + 1) + " invocations at a time");

  std::map<std::int32_t, RecordRefs> slices;
  for (RecordRef& record : invocation.records) {
    const Session* session = current(member, record.partition);
    record.session = session == nullptr ? 0 : session->id;
    slices[record.partition].push_back(record);
  }
  for (const auto& [partition, records] : slices) {
    for (const Invocation* other : others) {
      const bool overlaps = std::any_of(
          other->records.begin(), other->records.end(),
          [number = partition](const RecordRef& record) { return record.partition == number; });
      if (overlaps) violate(kInFlight, "partition " + std::to_string(partition));
    }
    check_slice(member, partition, records);
  }
}

// Each slice is what is left of the partition from its lowest record on, without a hole.
void Model::check_slice(MemberId member, std::int32_t partition, const RecordRefs& records) {
  Session* session = current(member, partition);
  if (session == nullptr) {
    violate(kOrder, "partition " + std::to_string(partition) + " is invoked and not assigned");
    return;
  }
  std::size_t next = 0;
  for (const RecordRef& record : records) {
    const std::size_t index = index_of(partition, record.offset);
    if (index < next) violate(kOrder, name_of(partition, record.offset) + " comes too late");
    next = index + 1;
    const Account& account = session->accounts[index];
    if (account.fate != Fate::Taken) {
      violate(kOnce, name_of(partition, record.offset) + " is sent and was not to be");
      return;
    }
    // Where the history of a batch is the history of each record.
    const bool counts_alone = !settings_.bisects && !settings_.partial_responses;
    if (counts_alone && settings_.retry_limit >= 0 &&
        account.failed_invocations > settings_.retry_limit)
      violate(kGivenUp, name_of(partition, record.offset) + " is sent beyond its last attempt");
  }
  std::set<std::int64_t> own;
  for (const RecordRef& record : records) own.insert(record.offset);
  for (std::size_t i = index_of(partition, session->start); i < next; ++i) {
    if (own.count(log(partition)[i]->offset) == 0) passed(*session, partition, i, kOrder);
  }
}

void Model::fail_record(Session& session, const RecordRef& record) {
  Account& account = session.accounts[index_of(record.partition, record.offset)];
  account.failed_invocations += 1;
  account.failed_last = true;
}

void Model::answered(const Invocation& invocation, Reply reply, std::uint64_t mask) {
  if (reply == Reply::Throttled || reply == Reply::ServiceError || reply == Reply::Cancelled)
    return;
  const bool struck =
      invocation.fault == InvokeFault::Timeout || invocation.fault == InvokeFault::Crash;
  bool failed = reply == Reply::Error || struck;
  if (!failed && invocation.fault == InvokeFault::Duplicate) return;  // it comes again
  if (settings_.partial_responses && !failed) {
    failed = reply == Reply::ItemsUnknown || reply == Reply::ItemsMalformed ||
             (reply == Reply::ItemsFlat && settings_.strict && mask != 0);
    const bool names_records = reply == Reply::Items || reply == Reply::ItemsFlat;
    if (!failed && names_records) {
      answered_items(invocation, mask);
      return;
    }
  }
  for (const RecordRef& record : invocation.records) {
    Session* session = of(invocation.member, record);
    if (session == nullptr) continue;
    if (failed) {
      fail_record(*session, record);
    } else {
      end_record(*session, record, Fate::Processed);
    }
  }
}

// Bit i of the mask: the function reported the event's record i.
void Model::answered_items(const Invocation& invocation, std::uint64_t mask) {
  std::map<std::int32_t, std::int64_t> lowest;  // reported, by partition
  const auto is_reported = [mask](std::size_t i) { return (mask >> (i % 64) & 1) != 0; };
  for (std::size_t i = 0; i < invocation.records.size(); ++i) {
    const RecordRef& record = invocation.records[i];
    if (!is_reported(i)) continue;
    const auto [found, is_new] = lowest.try_emplace(record.partition, record.offset);
    if (!is_new) found->second = std::min(found->second, record.offset);
  }
  for (std::size_t i = 0; i < invocation.records.size(); ++i) {
    const RecordRef& record = invocation.records[i];
    Session* session = of(invocation.member, record);
    if (session == nullptr) continue;
    const auto from = lowest.find(record.partition);
    if (from == lowest.end() || record.offset < from->second) {
      end_record(*session, record, Fate::Processed);
    } else {
      fail_record(*session, record);
      session->accounts[index_of(record.partition, record.offset)].failed_last = is_reported(i);
    }
  }
}

// ---- at the destination ----

void Model::gave_up(MemberId member, DiscardCondition condition, RecordRefs& records) {
  for (RecordRef& record : records) {
    Session* session = current(member, record.partition);
    if (session == nullptr) {
      violate(kGivenUp, "a document for a partition that is not assigned");
      return;
    }
    record.session = session->id;
    const std::size_t index = index_of(record.partition, record.offset);
    const Account& account = session->accounts[index];
    if (account.fate != Fate::Taken)
      violate(kOnce, name_of(record.partition, record.offset) + " is given up and had ended");
    if (!is_met(condition, *log(record.partition)[index], account))
      violate(kGivenUp, name_of(record.partition, record.offset) + " is given up too early");
  }
}

RecordRefs Model::given_up_between(MemberId member, DiscardCondition condition,
                                   std::int32_t partition, std::int64_t first,
                                   std::int64_t last) const {
  RecordRefs records;
  const Session* session = current(member, partition);
  if (session == nullptr) return records;
  for (std::size_t i = index_of(partition, first); i < index_of(partition, last + 1); ++i) {
    const Account& account = session->accounts[i];
    const LogRecord& record = *log(partition)[i];
    if (account.fate == Fate::Taken && is_met(condition, record, account))
      records.push_back({partition, record.offset, session->id});
  }
  return records;
}

void Model::send_ended(const RecordRefs& delivered, const RecordRefs& undelivered) {
  for (auto& [place, session] : sessions_) {
    for (const RecordRef& record : delivered) {
      if (record.session == session.id) end_record(session, record, Fate::Delivered);
    }
    for (const RecordRef& record : undelivered) {
      if (record.session == session.id)
        session.accounts[index_of(record.partition, record.offset)].failed_sends += 1;
    }
  }
}

// ---- commits and the end ----

void Model::committed(MemberId member, const std::vector<CommitOffset>& offsets, bool refused) {
  (refused ? tally_.refused_commits : tally_.commits) += 1;
  for (const CommitOffset& offset : offsets) {
    Session* session = current(member, offset.partition);
    const std::string name = name_of(offset.partition, offset.next_offset);
    if (session == nullptr) {
      violate(kCommit, name + " of a partition that is not assigned");
      return;
    }
    if (offset.next_offset <= session->committed) violate(kForward, name + " again");
    const std::size_t end = index_of(offset.partition, offset.next_offset);
    for (std::size_t i = index_of(offset.partition, session->start); i < end; ++i)
      passed(*session, offset.partition, i, kCommit);
    if (refused) continue;
    tally_.committed += static_cast<std::uint64_t>(offset.next_offset - session->committed);
    session->committed = offset.next_offset;
  }
}

void Model::group_has(std::int32_t partition, std::int64_t committed) {
  auto& known = group_.at(static_cast<std::size_t>(partition));
  if (committed < known)
    violate(kForward, name_of(partition, committed) + " behind " + std::to_string(known));
  known = committed;
}

void Model::check_count(const char* name, std::uint64_t counted, std::uint64_t low,
                        std::uint64_t high) {
  if (counted >= low && counted <= high) return;
  violate(kCounters, std::string(name) + " is " + std::to_string(counted) + ", must be " +
                         std::to_string(low) + ".." + std::to_string(high));
}

void Model::check_end(const Counts& counts) {
  for (std::int32_t partition = 0; partition < settings_.partitions; ++partition) {
    const auto& records = log(partition);
    for (std::size_t i = 0; i < records.size(); ++i) {
      if (!ended_[static_cast<std::size_t>(partition)][i])
        violate(kAtLeastOnce, name_of(*records[i]) + " ended in no way");
    }
    if (!records.empty() && group_[static_cast<std::size_t>(partition)] <= records.back()->offset)
      violate(kEnds, "partition " + std::to_string(partition) + " is not committed to its end");
  }
  const Tally& have = tally_;
  check_count("polled", counts.polled, have.polled, have.polled);
  check_count("filtered_out", counts.filtered_out, have.filtered, have.filtered);
  check_count("processed", counts.processed, have.processed, have.processed);
  const std::uint64_t surely = have.delivered - std::min(have.delivered, have.perhaps_delivered);
  check_count("delivered", counts.delivered, surely, have.delivered);
  check_count("dropped", counts.dropped, have.dropped, have.dropped + have.perhaps_dropped);
  check_count("committed", counts.committed, have.committed, have.committed);
  check_count("commits", counts.commits, have.commits, have.commits);
  check_count("commit_errors", counts.commit_errors, have.refused_commits, have.refused_commits);
}

}  // namespace emulator::simulation
