#include "emulator/kafka/embedded_cluster.h"

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include <stdexcept>

#include "emulator/kafka/client_config.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {

class EmbeddedCluster::Impl {
 public:
  Impl() : client_(new_client(RD_KAFKA_PRODUCER, embedded_cluster_configuration())) {
    cluster_.reset(rd_kafka_mock_cluster_new(client_.get(), kBrokers));
    if (!cluster_) throw std::runtime_error("the embedded Kafka cannot listen on 127.0.0.1");
    // By default a group's first member waits three seconds for others.
    rd_kafka_mock_group_initial_rebalance_delay_ms(cluster_.get(), 0);
    bootstrap_servers_ = rd_kafka_mock_cluster_bootstraps(cluster_.get());
  }

  void check(rd_kafka_resp_err_t error, const std::string& what) const {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw std::runtime_error("the embedded Kafka cannot " + what + ": " +
                               rd_kafka_err2str(error));
  }

  static constexpr int kBrokers = 1;
  static constexpr std::int32_t kAllBrokers = -1;

  ClientHandle client_;
  RdHandle<rd_kafka_mock_cluster_t, rd_kafka_mock_cluster_destroy> cluster_;  // before its client
  std::string bootstrap_servers_;
};

EmbeddedCluster::EmbeddedCluster() : impl_(std::make_unique<Impl>()) {}
EmbeddedCluster::~EmbeddedCluster() = default;

const std::string& EmbeddedCluster::bootstrap_servers() const {
  return impl_->bootstrap_servers_;
}

void EmbeddedCluster::create_topic(const std::string& topic, int partitions) {
  impl_->check(
      rd_kafka_mock_topic_create(impl_->cluster_.get(), topic.c_str(), partitions, Impl::kBrokers),
      "create topic '" + topic + "'");
}

void EmbeddedCluster::set_reachable(Reachable reachable) {
  rd_kafka_mock_cluster_t* cluster = impl_->cluster_.get();
  impl_->check(reachable == Reachable::Yes
                   ? rd_kafka_mock_broker_set_up(cluster, Impl::kAllBrokers)
                   : rd_kafka_mock_broker_set_down(cluster, Impl::kAllBrokers),
               "change its reachability");
}

}  // namespace emulator
