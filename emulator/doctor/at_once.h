// Does the same with many things side by side, so that one that does not answer costs the others no
// time. Blocking.
#pragma once

#include <algorithm>
#include <cstddef>
#include <future>
#include <vector>

namespace emulator {

inline constexpr std::size_t kAtOnceMax = 16;  // threads

// `function(item)` for each item of a vector; what it throws first is thrown once all have ended.
template <typename Item, typename Function>
void at_once(std::vector<Item>& items, const Function& function) {
  for (std::size_t begin = 0; begin < items.size(); begin += kAtOnceMax) {
    std::vector<std::future<void>> running;
    for (std::size_t i = begin; i < std::min(items.size(), begin + kAtOnceMax); ++i)
      running.push_back(
          std::async(std::launch::async, [&function, &item = items[i]] { function(item); }));
    for (auto& one : running) one.get();
  }
}

}  // namespace emulator
