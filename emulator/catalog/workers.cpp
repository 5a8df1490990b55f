#include "emulator/catalog/workers.h"

#include <utility>

namespace emulator {

void Workers::run(std::function<void()> work) {
  const std::lock_guard lock(mutex_);
  sweep();
  const auto self = running_.emplace(running_.end());
  try {
    *self = std::thread([this, self, work = std::move(work)] {
      work();
      const std::lock_guard ending(mutex_);
      ended_.splice(ended_.end(), running_, self);
      ended_changed_.notify_all();
    });
  } catch (...) {
    running_.erase(self);
    throw;
  }
}

void Workers::join() {
  std::unique_lock lock(mutex_);
  ended_changed_.wait(lock, [this] { return running_.empty(); });
  sweep();
}

void Workers::sweep() {
  for (auto& thread : ended_) thread.join();
  ended_.clear();
}

}  // namespace emulator
