// What a mapping's pollers did with their batches, for people to look at: those under way, and the
// last ones that ended. Times are real ones, whatever the mapping's clock says.
//
// Threads: any; pollers note, each note takes the lock once and in steady state allocates nothing.
// Lifetime: longer than its tickets, and so than the pollers.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "emulator/esm/batch.h"

namespace emulator {

enum class BatchState {
  Running,  // at the function
  Waiting,  // for its time to be sent, again or as a part of one that was split
  Failed,   // given up, on its way to the destination
  // Ended:
  Succeeded,
  Split,        // its rest goes on as batches of their own
  Delivered,    // to the destination
  Dropped,      // given up for good
  Uncommitted,  // its partitions were revoked or the mapping stopped: it is read again
};
std::string_view to_string(BatchState state);  // "running", …
std::optional<BatchState> batch_state_of(std::string_view text);

class BatchLog {
 public:
  using Id = std::uint64_t;  // 1, 2, … of the mapping; 0: none

  static constexpr std::size_t kEndedMax = 100;
  static constexpr std::size_t kRequestIdsMax = 10;

  struct Range {
    std::int32_t partition = 0;
    std::int64_t first_offset = 0;
    std::int64_t last_offset = 0;
  };
  struct Entry {
    Id id = 0;
    Id split_from = 0;
    BatchState state = BatchState::Waiting;
    std::vector<Range> ranges;  // as they were last sent
    std::size_t record_count = 0;
    int attempt = 0;  // how often it was sent to the function
    std::int64_t begun_ms = 0;
    std::int64_t sent_ms = 0;   // 0: not yet
    std::int64_t due_ms = 0;    // of a waiting one: when it is sent; 0: not known
    std::int64_t ended_ms = 0;  // 0: not yet
    std::string request_id;     // of the latest invocation
    std::vector<std::string> earlier_request_ids;
    std::string error_type;      // of the latest failure
    std::string_view condition;  // why it was given up (DiscardCondition)
  };

  // A batch's entry, held by whoever holds its records. One that goes without a word was not
  // committed.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept;
    Ticket& operator=(Ticket&& other) noexcept;
    ~Ticket();

   private:
    friend class BatchLog;
    Ticket(BatchLog* log, Id id) : log_(log), id_(id) {}
    BatchLog* log_ = nullptr;
    Id id_ = 0;
  };

  BatchLog() = default;
  BatchLog(const BatchLog&) = delete;
  BatchLog& operator=(const BatchLog&) = delete;

  // An empty ticket gets an entry.
  void sent(Ticket& ticket, const Batch& batch, std::string_view request_id);
  // A part of another one.
  Ticket split(const Ticket& from, const Batch& part);
  void waits(const Ticket& ticket, std::optional<std::chrono::nanoseconds> real_wait);
  void error(const Ticket& ticket, std::string_view error_type);
  // An empty ticket gets an entry. `condition` lives for ever.
  void given_up(Ticket& ticket, const Batch& batch, std::string_view condition);
  void ended(Ticket& ticket, BatchState state);

  std::vector<Entry> entries() const;  // by id

 private:
  using Entries = std::map<Id, Entry>;

  // with mutex_ held
  Entry& open(Ticket& ticket);
  Entry& open_for(Ticket& ticket, const Batch& batch);

  mutable std::mutex mutex_;  // guards everything below
  Id latest_id_ = 0;
  Entries under_way_;
  std::deque<Entries::node_type> ended_;  // the oldest is used again for a new entry
};

}  // namespace emulator
