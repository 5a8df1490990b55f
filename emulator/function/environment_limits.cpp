// What an environment may use, and when it stands still: memory, /tmp, --freeze and --cold.
#include <signal.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "emulator/function/environment.h"
#include "emulator/function/process_group.h"
#include "emulator/function/runtime_files.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kMemoryCheckInterval{100};
constexpr milliseconds kTmpCheckInterval{1'000};
constexpr milliseconds kTmpCheckIntervalMax{5'000};  // an invocation wakes nobody who would look
constexpr std::uintmax_t kMegabyte = 1024 * 1024;

}  // namespace

// --- under mutex_ ---

bool Environment::become_idle() {
  if (state_ != State::Busy) return false;
  if (active_.empty()) {
    state_ = State::Idle;
    idle_since_ = Clock::now();
  }
  worn_ = wears_out();
  ++served_;
  if (worn_) wakeup_.notify();
  return !worn_;
}

bool Environment::wears_out() const {
  const int served_max = options_.environments.cold.after;
  return served_max != 0 && !attached_ && served_ + 1 >= served_max;
}

// As on AWS, once runtime and extensions have asked for the next event
// (docs lambda-runtime-environment.html); managed instances never are.
void Environment::freeze() {
  if (managed_ || !options_.environments.freeze || frozen_ || worn_ || state_ != State::Idle ||
      !process_)
    return;
  process_->signal_group(SIGSTOP);
  frozen_ = true;
  if (extensions_.any()) wakeup_.notify();  // the environment's thread stops them
}

void Environment::thaw() {
  if (!std::exchange(frozen_, false)) return;
  process_->signal_group(SIGCONT);
  if (extensions_.any()) wakeup_.notify();
}

// --- environment thread ---

// --enforce-memory. Not under the lock: it looks at every process of the machine.
Environment::End Environment::check_memory(Clock::time_point now, Clock::time_point& wake) {
  if (!options_.environments.enforce_memory || !process_ || attached_) return End::None;
  wake = std::min<Clock::time_point>(wake, now + kMemoryCheckInterval);
  if (now - memory_checked_ < kMemoryCheckInterval) return End::None;
  memory_checked_ = now;
  const int used_kb = group_memory_kb(process_->pid());
  {
    const std::lock_guard lock(mutex_);
    peak_memory_kb_ = std::max(peak_memory_kb_, used_kb);
  }
  if (used_kb <= function_.memory_mb * 1024) return End::None;
  log::warn("[{}] its processes use {} MB of memory, MemorySize is {} MB: they are killed",
            function_.name, used_kb / 1024, function_.memory_mb);
  return End::OutOfMemory;
}

void Environment::check_tmp(Clock::time_point now, Clock::time_point& wake) {
  if (tmp_.empty() || tmp_too_large_) return;
  wake = std::min<Clock::time_point>(wake, now + kTmpCheckIntervalMax);
  if (now - tmp_checked_ < kTmpCheckInterval) return;
  tmp_checked_ = now;
  const auto bytes = bytes_in(tmp_);
  if (bytes <= static_cast<std::uintmax_t>(function_.ephemeral_storage_mb) * kMegabyte) return;
  tmp_too_large_ = true;
  log::warn(
      "[{}] the /tmp of an environment holds {} MB, EphemeralStorage is {} MB: on AWS the "
      "function could not write any more ({})",
      function_.name, bytes / kMegabyte, function_.ephemeral_storage_mb, tmp_.string());
}

void Environment::take_tmp() {
  if (!options_.own_tmp || find_variable(*plan_, "TMPDIR") != nullptr) return;
  try {
    tmp_ = owner_.tmps().take();
  } catch (const std::system_error& error) {
    log::warn("[{}] {}: the environment has no /tmp of its own", function_.name, error.what());
    return;
  }
  set_variable(*plan_, "TMPDIR", tmp_.string());
}

// What a reset environment has written is there for the next one.
void Environment::give_up_tmp(End end) {
  if (tmp_.empty()) return;
  if (end == End::Stop || end == End::Expired || end == End::LaunchFailed) {
    remove_directory(tmp_);
  } else {
    owner_.tmps().keep_for_next(std::move(tmp_));
  }
}

}  // namespace emulator
