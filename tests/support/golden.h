// Golden files: texts as they must be, byte by byte, in KLAMBDA_GOLDEN_DIR.
#pragma once

#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "tests/support/catch.h"

namespace emulator::test {

// KLAMBDA_ACCEPT_GOLDEN=1 writes what is there now.
inline void check_golden(const std::string& name, const std::string& text) {
  const std::string path = std::string(KLAMBDA_GOLDEN_DIR) + "/" + name;
  if (std::getenv("KLAMBDA_ACCEPT_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << text << '\n';
  }
  std::ifstream file(path, std::ios::binary);
  INFO(path);
  REQUIRE(file.good());
  std::stringstream golden;
  golden << file.rdbuf();
  CHECK(golden.str() == text + '\n');
  CHECK(nlohmann::json::accept(text));
}

}  // namespace emulator::test
