// Builds librdkafka's configurations: every option that klambda depends on is passed explicitly,
// none is left to a default that a later version may change.
#pragma once

#include <string>

#include "emulator/kafka/client_security.h"
#include "emulator/kafka/consumer.h"
#include "emulator/kafka/rdkafka_handles.h"

namespace emulator {

// Both throw ConfigError when librdkafka refuses a value (a malformed broker list, an empty group),
// and SourceProblemError as apply_security().
ClientConfiguration consumer_configuration(const ConsumerConfig& config);
ClientConfiguration producer_configuration(const std::string& bootstrap_servers,
                                           const KafkaSecurity& security);

// Of the client inside which the embedded cluster lives; without brokers, it connects nowhere.
ClientConfiguration embedded_cluster_configuration();

// Creates the client; `configuration` belongs to it afterwards. Throws ConfigError, and
// SourceProblemError where a certificate or key cannot be used.
ClientHandle new_client(rd_kafka_type_t type, ClientConfiguration configuration);

// librdkafka's own log lines, which would otherwise go to stderr as they are.
void log_at_debug_level(const rd_kafka_t* client, int level, const char* facility,
                        const char* text);

}  // namespace emulator
