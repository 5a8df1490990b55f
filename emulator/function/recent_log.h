// The end of a function's log, of all its environments in the order of their writes, for those who
// ask a running klambda. Bounded in bytes; what is older is gone, and its readers are told how
// much.
//
// Threads: any. Lifetime: shared by the environments that write and those who read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace emulator {

inline constexpr std::size_t kRecentLogBytes = 1024u * 1024;
// Of one answer to a reader; whoever wants more asks again.
inline constexpr std::size_t kRecentPieceBytes = 256u * 1024;

class RecentLog {
 public:
  // Positions count the bytes of all lines that there ever were.
  struct Piece {
    std::string text;          // whole lines, each with its newline
    std::uint64_t next = 0;    // where to read on
    std::uint64_t missed = 0;  // bytes between the position asked for and the oldest line
  };

  // One that waits for more. Gets one call, from the thread that writes the next line, under the
  // log's lock: it must not block, nor call back.
  class Follower {
   public:
    virtual ~Follower() = default;
    virtual void take(Piece piece) = 0;
  };

  // Whole lines, without the last newline.
  void append(std::string_view lines);
  // What is there from `position` on: what has not been written yet counts as the end.
  Piece read(std::uint64_t position) const;
  std::uint64_t end() const;  // of what is written

  // Calls at once when there is something after `position`.
  void follow(Follower& follower, std::uint64_t position);
  // False: it got its call, or is getting it at this moment.
  bool leave(Follower& follower);

 private:
  struct Written {
    std::uint64_t begin;
    std::string lines;
    std::uint64_t end() const { return begin + lines.size(); }
  };
  struct Waiting {
    Follower* follower;
    std::uint64_t position;
  };
  Piece read_locked(std::uint64_t position) const;

  mutable std::mutex mutex_;
  // guarded by mutex_
  std::deque<Written> written_;  // the oldest first, each where the one before it ends
  std::uint64_t end_ = 0;        // of the last
  std::vector<Waiting> waiting_;
};

// One for each function name that has ever run. Any thread.
class RecentLogs {
 public:
  std::shared_ptr<RecentLog> of(const std::string& function);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<RecentLog>> logs_;  // guarded by mutex_
};

}  // namespace emulator
