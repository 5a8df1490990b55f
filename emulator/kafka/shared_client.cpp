#include "emulator/kafka/shared_client.h"

#include <memory>
#include <utility>

#include "emulator/kafka/client_config.h"

namespace emulator {

SharedClient* SharedClient::create(ClientConfiguration configuration,
                                   std::function<KafkaSecurity::Token()> make_token) {
  struct Delete {
    void operator()(SharedClient* client) const { delete client; }
  };
  std::unique_ptr<SharedClient, Delete> shared(new SharedClient);
  shared->notes_.attach_to(configuration.get(), std::move(make_token));
  // A message leads to its topic and the topic to this object, so that a record needs no pointer of
  // its own.
  rd_kafka_topic_conf_t* topic = rd_kafka_conf_get_default_topic_conf(configuration.get());
  if (topic == nullptr) {
    topic = rd_kafka_topic_conf_new();
    rd_kafka_conf_set_default_topic_conf(configuration.get(), topic);
  }
  rd_kafka_topic_conf_set_opaque(topic, shared.get());
  shared->client_ = new_client(RD_KAFKA_CONSUMER, std::move(configuration)).release();
  return shared.release();
}

SharedClient& SharedClient::of(void* opaque) {
  return static_cast<Notes*>(static_cast<ConnectionNotes*>(opaque))->owner;
}

void SharedClient::release_message(void* object) {
  auto* message = static_cast<rd_kafka_message_t*>(object);
  auto* shared = static_cast<SharedClient*>(rd_kafka_topic_opaque(message->rkt));
  rd_kafka_message_destroy(message);
  shared->remove_user();
}

void SharedClient::release(Close close) {
  if (close == Close::Unanswered) unanswered_ = true;
  remove_user();
}

void SharedClient::remove_user() {
  if (users_.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  if (unanswered_)
    rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
  else
    rd_kafka_destroy(client_);
  delete this;
}

}  // namespace emulator
