// What must hold, whatever happens: an account of every record that knows only what an observer
// sees between the poller and its surroundings (what it took, sent, was answered and committed),
// and shares no code with it. A session is one assignment of a partition to a member; a record may
// be taken in several, and in each it ends in one way at most.
//
// The first violation is kept; the world looks for it after each step. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "emulator/esm/failure_record.h"
#include "emulator/esm/faults.h"
#include "emulator/esm/progress.h"
#include "emulator/kafka/record_source.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/plan.h"

namespace emulator::simulation {

struct Violation {
  std::string invariant;
  std::string what;
};

// A record as somebody was sent it, in which session.
struct RecordRef {
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  int session = 0;
};
using RecordRefs = std::vector<RecordRef>;

struct Invocation {
  MemberId member = 0;
  RecordRefs records;  // in the event's order
  InvokeFault fault = InvokeFault::None;
};

class Model {
 public:
  Model(const Plan& plan, std::int64_t start_epoch_ms);

  const std::optional<Violation>& violation() const { return violation_; }
  void violate(std::string invariant, std::string what);

  void now(std::int64_t epoch_ms) { epoch_ms_ = epoch_ms; }

  // ---- what the poller sees and does, in its order ----
  void heard(MemberId member, const SourceEvent& event);
  void source_closed(MemberId member);
  void took(MemberId member, std::int32_t partition, std::int64_t offset);
  // Fills in the sessions. `others`: the member's invocations that are not answered yet.
  void invoked(Invocation& invocation, const std::vector<const Invocation*>& others);
  void answered(const Invocation& invocation, Reply reply, std::uint64_t mask);
  // Documents for the destination, the first time; fills in the sessions.
  void gave_up(MemberId member, DiscardCondition condition, RecordRefs& records);
  // The records between two offsets of a partition that a document for all of them can mean.
  RecordRefs given_up_between(MemberId member, DiscardCondition condition, std::int32_t partition,
                              std::int64_t first, std::int64_t last) const;
  void send_ended(const RecordRefs& delivered, const RecordRefs& undelivered);
  void committed(MemberId member, const std::vector<CommitOffset>& offsets, bool refused);
  void group_has(std::int32_t partition, std::int64_t committed);

  // At the end, when everything is quiet and every member has left.
  void check_end(const Counts& counts);

 private:
  enum class Fate { Unknown, Taken, Filtered, Processed, Delivered, Dropped };
  struct Account {  // of a record in a session
    Fate fate = Fate::Unknown;
    int failed_invocations = 0;
    bool failed_last = false;  // by the function's latest word on it
    int failed_sends = 0;
  };
  struct Session {
    int id = 0;
    std::int64_t start = 0;
    std::int64_t committed = 0;
    std::size_t taken = 0;          // index behind the last record taken
    std::vector<Account> accounts;  // by index in the partition's log
  };
  struct Tally {
    std::uint64_t polled = 0, filtered = 0, processed = 0, delivered = 0, dropped = 0;
    std::uint64_t perhaps_dropped = 0;    // in sessions that ended before anybody could tell
    std::uint64_t perhaps_delivered = 0;  // the same
    std::uint64_t committed = 0, commits = 0, refused_commits = 0;
  };

  const std::vector<const LogRecord*>& log(std::int32_t partition) const {
    return logs_.at(static_cast<std::size_t>(partition));
  }
  std::size_t index_of(std::int32_t partition, std::int64_t offset) const;
  Session* current(MemberId member, std::int32_t partition);
  const Session* current(MemberId member, std::int32_t partition) const;
  Session* of(MemberId member, const RecordRef& record);
  void end_session(MemberId member, std::int32_t partition);
  // A limit allows that it is given up, whether or not a destination got it.
  bool is_met(DiscardCondition condition, const LogRecord& record, const Account& account) const;
  bool may_be_given_up(const LogRecord& record, const Account& account) const;
  bool may_be_dropped(const LogRecord& record, const Account& account) const;
  // Something behind this record was sent or committed.
  void passed(Session& session, std::int32_t partition, std::size_t index, const char* invariant);
  void check_slice(MemberId member, std::int32_t partition, const RecordRefs& records);
  void end_record(Session& session, const RecordRef& record, Fate fate);
  void fail_record(Session& session, const RecordRef& record);
  void answered_items(const Invocation& invocation, std::uint64_t mask);
  void check_count(const char* name, std::uint64_t counted, std::uint64_t low, std::uint64_t high);

  const Settings& settings_;
  const std::int64_t start_epoch_ms_;
  std::int64_t epoch_ms_;
  std::vector<std::vector<const LogRecord*>> logs_;  // all records, produced or not yet
  std::map<std::pair<MemberId, std::int32_t>, Session> sessions_;
  std::vector<std::vector<bool>> ended_;  // by partition and index: in some session
  std::vector<std::int64_t> group_;       // what the group has committed
  int latest_session_ = 0;
  Tally tally_;
  std::optional<Violation> violation_;
};

// The invariants' names.
inline constexpr const char* kOrder = "order: a partition's records reach the function in order";
inline constexpr const char* kInFlight = "one in flight: no partition has two batches under way";
inline constexpr const char* kCommit = "commit: only what was disposed of is committed";
inline constexpr const char* kForward = "forward: committed offsets never go back";
inline constexpr const char* kOnce = "once: a record ends in one way, and does not come again";
inline constexpr const char* kLimits = "limits: batches and concurrency keep the mapping's bounds";
inline constexpr const char* kGivenUp = "given up: only what a limit of the user allows";
inline constexpr const char* kAtLeastOnce = "at least once: every record ends in some way";
inline constexpr const char* kCounters = "counters: they agree with what happened";
inline constexpr const char* kReleased = "released: no record lives when its source closes";
inline constexpr const char* kFaults = "faults: they strike as the script says";
inline constexpr const char* kEnds = "ends: without trouble, everything is done some time";

}  // namespace emulator::simulation
