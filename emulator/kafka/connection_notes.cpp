#include "emulator/kafka/connection_notes.h"

#include <string_view>

#include "emulator/kafka/client_config.h"

namespace emulator {

void ConnectionNotes::attach_to(rd_kafka_conf_t* configuration,
                                std::function<KafkaSecurity::Token()> token_maker) {
  make_token = std::move(token_maker);
  rd_kafka_conf_set_opaque(configuration, this);
}

void ConnectionNotes::remember_failure(std::string text) {
  const std::lock_guard lock(mutex_);
  failure_ = std::move(text);
}

std::string ConnectionNotes::take_failure() {
  const std::lock_guard lock(mutex_);
  return std::exchange(failure_, {});
}

void log_and_remember(const rd_kafka_t* client, int level, const char* facility, const char* text) {
  log_at_debug_level(client, level, facility, text);
  try {
    // Some texts ("Disconnected …") come here and not to the error callback, which then says only
    // that all brokers are down.
    auto* notes = static_cast<ConnectionNotes*>(rd_kafka_opaque(client));
    if (notes != nullptr && std::string_view(facility) == "FAIL") notes->remember_failure(text);
  } catch (...) {  // nothing may pass through librdkafka's C frames
  }
}

}  // namespace emulator
