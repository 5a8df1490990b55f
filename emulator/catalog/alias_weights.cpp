#include "emulator/catalog/alias_weights.h"

#include <random>

namespace emulator {

const std::string& draw(const FunctionAlias& alias) {
  if (alias.weights.empty()) return alias.version;
  thread_local std::mt19937_64 generator{std::random_device{}()};
  double ticket = std::uniform_real_distribution<double>(0, 1)(generator);
  for (const auto& [version, weight] : alias.weights) {
    if (ticket < weight) return version;
    ticket -= weight;
  }
  return alias.version;
}

}  // namespace emulator
