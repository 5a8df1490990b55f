#include "emulator/control/caller_stream.h"

#include <utility>

namespace emulator {

bool CallerStream::enter() {
  const std::lock_guard lock(mutex_);
  if (is_over_) return false;
  is_busy_ = true;
  return true;
}

void CallerStream::leave() {
  const std::lock_guard lock(mutex_);
  is_busy_ = false;
  left_.notify_all();
}

void CallerStream::begin(std::string_view content_type) {
  if (!enter()) return;
  on_begin(content_type);
  leave();
}

void CallerStream::write(std::string_view piece) {
  if (!enter()) return;
  on_write(piece);
  leave();
}

void CallerStream::abandon() {
  std::unique_lock lock(mutex_);
  if (std::exchange(is_over_, true)) return;
  if (is_busy_) exchange_.interrupt_stream();
  left_.wait(lock, [this] { return !is_busy_; });
}

void CallerStream::end(Outcome outcome) {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  on_end(std::move(outcome));
}

}  // namespace emulator
