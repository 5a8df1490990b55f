#include "emulator/kafka/shared_client.h"

#include <memory>
#include <string_view>
#include <utility>

#include "emulator/kafka/client_config.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

void on_log(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  log_at_debug_level(client, level, facility, text);
  try {
    // Some texts ("Disconnected …") come here and not to the error callback, which then says only
    // that all brokers are down.
    auto* shared = static_cast<SharedClient*>(rd_kafka_opaque(client));
    if (shared != nullptr && std::string_view(facility) == "FAIL") shared->remember_failure(text);
  } catch (...) {  // nothing may pass through librdkafka's C frames
  }
}

}  // namespace

SharedClient* SharedClient::create(ConfigurationHandle configuration) {
  struct Delete {
    void operator()(SharedClient* client) const { delete client; }
  };
  std::unique_ptr<SharedClient, Delete> shared(new SharedClient);
  rd_kafka_conf_set_opaque(configuration.get(), shared.get());
  rd_kafka_conf_set_log_cb(configuration.get(), on_log);
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

void SharedClient::remember_failure(std::string text) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(text);
}

std::string SharedClient::take_failure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, {});
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
