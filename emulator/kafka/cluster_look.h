// Asks a cluster who it is, and about one topic and one group, without joining, consuming or
// creating anything: for those who look for a fault. One thread; every call blocks for at most its
// limit.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "emulator/kafka/record_source.h"
#include "emulator/kafka/security.h"

namespace emulator {

// A broker as the cluster says that it is to be reached: its advertised listener.
struct AdvertisedBroker {
  std::int32_t id = 0;
  std::string host;
  int port = 0;
  std::string text() const;  // "localhost:9092", "[::1]:9092"
};

enum class MayRead { Yes, No, Unknown };  // Unknown: the cluster does not say

struct TopicSight {
  int partitions = 0;
  MayRead may_read = MayRead::Unknown;
};
struct GroupSight {
  int members = 0;  // who consume now
  MayRead may_read = MayRead::Unknown;
};

class ClusterLook {
 public:
  // Throws ConfigError where librdkafka refuses the brokers, SourceProblemError where a certificate
  // or key cannot be used.
  ClusterLook(const std::string& bootstrap_servers, const KafkaSecurity& security);
  ~ClusterLook();

  // Enters the cluster by whichever of the bootstrap servers answers. A login that is refused or a
  // certificate that is not believed is a problem at once; hang-ups and the like are tried again
  // for a moment.
  std::variant<std::vector<AdvertisedBroker>, SourceProblem> brokers(
      std::chrono::milliseconds limit);
  // These two ask brokers as they are advertised, so brokers() comes first.
  std::variant<TopicSight, SourceProblem> topic(const std::string& name,
                                                std::chrono::milliseconds limit);
  std::variant<GroupSight, SourceProblem> group(const std::string& name,
                                                std::chrono::milliseconds limit);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
