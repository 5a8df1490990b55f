// The steps from a broker's name to the rights of a mapping, each taken once those that it needs
// are good. Consumes nothing and joins no group. Blocking; any thread.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "emulator/doctor/check.h"
#include "emulator/kafka/security.h"

namespace emulator {

struct ClusterQuestion {
  std::string brokers;  // "host:port[,…]", valid
  std::string topic;    // empty: the cluster alone is asked about
  std::string group;
  // How the cluster is entered. Throws SourceProblemError.
  std::function<KafkaSecurity()> enter;
  std::string secrets;                         // which ones enter() needs, for people; empty: none
  std::vector<std::filesystem::path> folders;  // where a compose file may be
};

// "name", "port", "secrets", "TLS", "login", "metadata", "listeners", "topic", "topic rights",
// "group rights": those that the cluster and the question have.
void look_at_cluster(const ClusterQuestion& question, Examination& examination);

}  // namespace emulator
