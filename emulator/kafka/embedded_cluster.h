// A Kafka cluster inside this process (librdkafka's mock): real TCP on 127.0.0.1, any client may
// use it, nothing survives the process. Each partition keeps about 5 MiB; what is dropped unread is
// warned about once a partition. Lifetime: from construction to destruction, which takes one to two
// seconds (the mock's threads wait for timers of theirs); consumers and producers must be closed
// first.
#pragma once

#include <memory>
#include <string>

namespace emulator {

class EmbeddedCluster {
 public:
  static constexpr int kBrokerId =
      1;  // of its one broker; its metadata names a controller that does not exist

  EmbeddedCluster();  // one broker; throws std::runtime_error
  ~EmbeddedCluster();

  const std::string& bootstrap_servers() const;
  // Throws std::runtime_error, also when the topic exists.
  void create_topic(const std::string& topic, int partitions);

  // For tests: No disconnects every client and refuses new connections, as a broker that is down
  // does.
  enum class Reachable { Yes, No };
  void set_reachable(Reachable reachable);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace emulator
