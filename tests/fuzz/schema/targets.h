// What is fuzzed of emulator/schema: each target takes any bytes and comes back, soon and within a
// bounded memory, or throws std::logic_error when something holds that must not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace emulator::fuzz {

struct SchemaTarget {
  std::string name;  // also of its folder in the corpus
  void (*run)(std::string_view input);
};

const std::vector<SchemaTarget>& schema_targets();

}  // namespace emulator::fuzz
