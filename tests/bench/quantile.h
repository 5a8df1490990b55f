// Quantiles of measured latencies. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

// In microseconds; `sorted_ns` rises and is not empty.
inline double at_quantile(const std::vector<std::int64_t>& sorted_ns, double quantile) {
  const auto index = static_cast<std::size_t>(quantile * static_cast<double>(sorted_ns.size() - 1));
  return static_cast<double>(sorted_ns[index]) / 1000.0;
}

}  // namespace bench
