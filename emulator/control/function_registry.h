// The functions that exist, by name. Filled by app, read by the control plane's connections.
// Threads: any. A pool that was found stays alive while its shared_ptr is held.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "emulator/function/pool.h"

namespace emulator {

class FunctionRegistry {
 public:
  void add(std::shared_ptr<Pool> pool) {
    const std::lock_guard lock(mutex_);
    pools_[pool->function().name] = std::move(pool);
  }

  std::shared_ptr<Pool> find(const std::string& name) const {  // nullptr: no such function
    const std::lock_guard lock(mutex_);
    const auto found = pools_.find(name);
    return found == pools_.end() ? nullptr : found->second;
  }

  std::vector<std::shared_ptr<Pool>> all() const {  // in the order of their names
    const std::lock_guard lock(mutex_);
    std::vector<std::shared_ptr<Pool>> pools;
    for (const auto& [name, pool] : pools_) pools.push_back(pool);
    return pools;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<Pool>> pools_;  // guarded by mutex_
};

}  // namespace emulator
