// A Kafka cluster inside this process (librdkafka's mock): real TCP on 127.0.0.1, any client may use it, nothing survives
// the process. Each partition keeps about 5 MiB; what is dropped unread is warned about once a partition.
// Lifetime: from construction to destruction; consumers and producers must be closed first.
#pragma once

#include <memory>
#include <string>

namespace emulator {

class EmbeddedCluster {
 public:
  EmbeddedCluster();  // one broker; throws std::runtime_error
  ~EmbeddedCluster();

  const std::string& bootstrap_servers() const;
  void create_topic(const std::string& topic, int partitions);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
