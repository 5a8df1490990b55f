#include "emulator/kafka/client_config.h"

#include <array>
#include <initializer_list>
#include <utility>

#include "emulator/config/model.h"
#include "emulator/kafka/connection_notes.h"
#include "emulator/kafka/problems.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

using Settings = std::initializer_list<std::pair<const char*, const char*>>;

void set(rd_kafka_conf_t* configuration, const char* name, const char* value) {
  std::array<char, 512> problem{};
  if (rd_kafka_conf_set(configuration, name, value, problem.data(), problem.size()) !=
      RD_KAFKA_CONF_OK)
    throw ConfigError(std::string("Kafka client: ") + name + "=" + value + ": " + problem.data());
}

void set_all(rd_kafka_conf_t* configuration, const Settings& settings) {
  for (const auto& [name, value] : settings) set(configuration, name, value);
}

ClientConfiguration common_configuration(const std::string& bootstrap_servers,
                                         const KafkaSecurity& security) {
  if (bootstrap_servers.find_first_not_of(" ,") == std::string::npos)
    throw ConfigError("no Kafka brokers are given: name them with --kafka HOST:PORT");
  ClientConfiguration configuration;
  set(configuration.get(), "bootstrap.servers", bootstrap_servers.c_str());
  set_all(
      configuration.get(),
      {{"client.id", "klambda"},
       {"log_level",
        "6"},  // up to "info": what is said when a broker closes a connection has this level
       {"log.queue", "false"},
       {"log.thread.name", "false"},
       {"log.connection.close", "true"},
       {"statistics.interval.ms", "0"},
       {"enable.metrics.push", "false"},  // a client that only closes must not wait for telemetry
       {"socket.nagle.disable", "true"},
       {"socket.keepalive.enable", "true"},
       {"socket.timeout.ms", "30000"},
       {"socket.connection.setup.timeout.ms", "10000"},
       {"broker.address.family", "any"},
       {"reconnect.backoff.ms", "50"},
       {"reconnect.backoff.max.ms", "1000"},  // a restarted broker is seen within a second
       {"retry.backoff.ms", "50"},
       {"retry.backoff.max.ms", "1000"}});
  apply_security(configuration, security);
  rd_kafka_conf_set_log_cb(configuration.get(), log_and_remember);
  return configuration;
}

const char* offset_reset(const ConsumerConfig& config) {
  // Only for a position that the log has lost while we read: where to start is looked up and
  // assigned absolutely. An embedded partition loses its oldest records after 5 MiB; "latest" would
  // then throw away all the others as well.
  const bool to_end = config.starting_position == StartingPosition::Latest &&
                      config.cluster == ConsumerConfig::Cluster::Real;
  return to_end ? "latest" : "earliest";
}

}  // namespace

ClientConfiguration embedded_cluster_configuration() {
  ClientConfiguration configuration;
  rd_kafka_conf_set_log_cb(configuration.get(), log_at_debug_level);
  return configuration;
}

void log_at_debug_level(const rd_kafka_t* client, int /*level*/, const char* facility,
                        const char* text) {
  try {
    log::debug("{}: {}: {}", rd_kafka_name(client), facility, text);
  } catch (...) {  // nothing may pass through librdkafka's C frames
  }
}

ClientConfiguration consumer_configuration(const ConsumerConfig& config) {
  ClientConfiguration configuration =
      common_configuration(config.bootstrap_servers, config.security);
  rd_kafka_conf_t* target = configuration.get();
  set(target, "group.id", config.group.c_str());
  set_all(
      target,
      {{"group.protocol", "classic"},
       {"partition.assignment.strategy", "range"},
       {"enable.auto.commit", "false"},
       {"enable.auto.offset.store", "false"},
       {"auto.offset.reset", offset_reset(config)},
       // A slow function is no reason to lose the membership; the poller serves the client every
       // turn.
       {"max.poll.interval.ms", "900000"},
       {"allow.auto.create.topics", "false"},
       // Inference, AWS says nothing: the Kafka client's default (reference: Kafka ESM,
       // transactions).
       {"isolation.level", "read_uncommitted"},
       {"check.crcs", "false"},
       {"fetch.min.bytes", "1"},
       {"fetch.queue.backoff.ms", "10"},  // the default lets a full queue stall a partition for 1 s
       {"fetch.error.backoff.ms", "100"},
       {"max.partition.fetch.bytes", "4194304"},
       {"fetch.max.bytes", "52428800"},
       {"queued.min.messages", "100000"},
       // Per partition, since each has its own queue: three batches' worth of the 6 MiB event.
       {"queued.max.messages.kbytes", "16384"},
       // A topic that appears later and new partitions are seen within this time.
       {"topic.metadata.refresh.interval.ms", "1000"},
       {"topic.metadata.refresh.fast.interval.ms", "100"},
       {"topic.metadata.refresh.sparse", "true"},
       {"topic.metadata.propagation.max.ms", "0"}});
  const bool report_end = config.log_end == ConsumerConfig::LogEnd::Report;
  set(target, "enable.partition.eof", report_end ? "true" : "false");
  if (config.cluster == ConsumerConfig::Cluster::Embedded) {
    // librdkafka's mock answers an empty fetch only after the full wait, and starts each later
    // rebalance session.timeout - 1 s after the join or leave.
    set_all(target, {{"session.timeout.ms", "3000"},
                     {"heartbeat.interval.ms", "300"},
                     {"fetch.wait.max.ms", "10"}});
  } else {
    // A klambda that was killed keeps its partitions for this long: the next start, or the other
    // member, waits for it.
    set_all(target, {{"session.timeout.ms", "10000"}, {"heartbeat.interval.ms", "1000"}});
    // A real broker tells the end of the log with the next, empty answer.
    set(target, "fetch.wait.max.ms", report_end ? "100" : "500");
  }
  return configuration;
}

ClientConfiguration producer_configuration(const std::string& bootstrap_servers,
                                           const KafkaSecurity& security) {
  ClientConfiguration configuration = common_configuration(bootstrap_servers, security);
  set_all(
      configuration.get(),
      {{"linger.ms", "1"},
       {"acks", "all"},
       {"enable.idempotence", "false"},
       {"max.in.flight.requests.per.connection", "1"},  // keeps the order when a request is retried
       {"message.timeout.ms", "60000"},
       {"message.max.bytes", "100000000"},  // what is too large is the broker's to say
       {"batch.num.messages", "10000"},
       {"batch.size", "1000000"},
       {"queue.buffering.max.messages", "100000"},
       {"queue.buffering.max.kbytes", "262144"},
       {"compression.codec", "none"},
       // Keyless records go round the partitions one by one: a handful should not all land in one.
       {"sticky.partitioning.linger.ms", "0"},
       {"partitioner", "murmur2_random"}});  // as Java's clients place a key
  return configuration;
}

ClientHandle new_client(rd_kafka_type_t type, ClientConfiguration configuration) {
  std::array<char, 512> problem{};
  ClientHandle client(rd_kafka_new(type, configuration.get(), problem.data(), problem.size()));
  if (!client) {
    if (auto unusable = unusable_certificate(problem.data()))
      throw SourceProblemError(std::move(*unusable));
    throw ConfigError(std::string("Kafka client: ") + problem.data());
  }
  static_cast<void>(configuration.handle.release());  // it was consumed, on success only
  if (configuration.logs_in_with_token) {
    const ErrorHandle error(rd_kafka_sasl_background_callbacks_enable(client.get()));
    if (error)
      throw ConfigError(std::string("Kafka client: ") + rd_kafka_error_string(error.get()));
  }
  return client;
}

}  // namespace emulator
