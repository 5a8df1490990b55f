// Finds the line of a compose file that says how a Kafka broker is to be reached, the commonest
// mistake there is. Reads files; any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace emulator {

struct ComposeLine {
  std::filesystem::path file;
  int line = 0;          // from 1
  std::string variable;  // "KAFKA_ADVERTISED_LISTENERS", "KAFKA_CFG_ADVERTISED_LISTENERS"
};

// Of the compose files in these folders: the line that sets advertised listeners and names
// `advertised` ("kafka:9092"), else the first one that sets any. nullopt: there is none.
std::optional<ComposeLine> find_advertised_listeners(
    const std::vector<std::filesystem::path>& folders, const std::string& advertised);

}  // namespace emulator
