#include "emulator/function/recent_log.h"

#include <algorithm>
#include <utility>

namespace emulator {

void RecentLog::append(std::string_view lines) {
  std::string text;
  text.reserve(lines.size() + 1);
  text.append(lines).push_back('\n');
  const std::lock_guard lock(mutex_);
  written_.push_back({end_, std::move(text)});
  end_ = written_.back().end();
  while (written_.size() > 1 && end_ - written_.front().begin > kRecentLogBytes)
    written_.pop_front();
  for (const auto& [follower, position] : std::exchange(waiting_, {}))
    follower->take(read_locked(position));
}

RecentLog::Piece RecentLog::read(std::uint64_t position) const {
  const std::lock_guard lock(mutex_);
  return read_locked(position);
}

std::uint64_t RecentLog::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

RecentLog::Piece RecentLog::read_locked(std::uint64_t position) const {
  Piece found;
  found.next = std::min(position, end_);
  if (!written_.empty() && position < written_.front().begin) {
    found.missed = written_.front().begin - position;
    found.next = written_.front().begin;
  }
  auto each = std::partition_point(written_.begin(), written_.end(), [&](const Written& written) {
    return written.end() <= found.next;
  });
  for (; each != written_.end(); ++each) {
    if (!found.text.empty() && found.text.size() + each->lines.size() > kRecentPieceBytes) break;
    found.text.append(each->lines, found.next - each->begin);
    found.next = each->end();
  }
  return found;
}

void RecentLog::follow(Follower& follower, std::uint64_t position) {
  const std::lock_guard lock(mutex_);
  if (position < end_) {
    follower.take(read_locked(position));
  } else {
    waiting_.push_back({&follower, std::min(position, end_)});
  }
}

bool RecentLog::leave(Follower& follower) {
  const std::lock_guard lock(mutex_);
  return std::erase_if(waiting_, [&](const Waiting& each) { return each.follower == &follower; }) !=
         0;
}

std::shared_ptr<RecentLog> RecentLogs::of(const std::string& function) {
  const std::lock_guard lock(mutex_);
  auto& log = logs_[function];
  if (log == nullptr) log = std::make_shared<RecentLog>();
  return log;
}

}  // namespace emulator
