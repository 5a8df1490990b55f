#include "emulator/mapping_factory.h"

#include <utility>

#include "emulator/config/brokers.h"
#include "emulator/config/destination_name.h"
#include "emulator/config/uuid.h"
#include "emulator/control/client.h"
#include "emulator/destination/make_sink.h"
#include "emulator/esm/faulty_source.h"
#include "emulator/esm/filter.h"
#include "emulator/kafka/consumer.h"
#include "emulator/observe/log.h"

namespace emulator {

MappingFactory::MappingFactory(Parts parts)
    : parts_(std::move(parts)),
      fresh_group_(parts_.options.from_start ? "-" + random_uuid() : std::string()) {}

void MappingFactory::check(const MappingConfig& config) const {
  choose(config);
  check_registry(config, registry_parts());
  try {
    const Filter filter(config.filter_patterns, parts_.options.strictness);
  } catch (const FilterPatternError& error) {
    throw ConfigError(config.where + ": FilterCriteria of " + config.name + ": " +
                      kInvalidFilterPattern + " (" + error.what() + ")");
  }
}

std::unique_ptr<MappingRun> MappingFactory::make(const MappingConfig& asked,
                                                 std::shared_ptr<BatchLog> batches,
                                                 std::function<void()> on_change) {
  const auto& options = parts_.options;
  MappingConfig config = asked;
  if (options.from_start) {
    config.consumer_group_id = config.group() + fresh_group_;
    config.starting_position = StartingPosition::TrimHorizon;
  }
  config.system_log_level = options.esm_log_level.value_or(config.system_log_level);
  auto run = std::make_unique<MappingRun>();
  run->invoker = parts_.invoker(config);
  run->bootstrap_servers = prepare_brokers(config);
  for (const auto& note : parts_.access.notes(config, cluster_at(run->bootstrap_servers)))
    log::info("[{}] {}", config.name, note);
  std::optional<OnFailure> on_failure;
  if (const auto destination = parse_destination(config.on_failure_destination)) {
    run->sink = make_destination(config, run->bootstrap_servers);
    on_failure.emplace(OnFailure{*run->sink, *destination, config.function_arn()});
  }
  auto make_source = source_maker(config, run->bootstrap_servers);
  auto decoders = make_decoders(config, registry_parts());
  run->mapping = std::make_shared<EventSourceMapping>(EventSourceMapping::Parts{
      std::move(config), run->bootstrap_servers, *run->invoker, std::move(make_source),
      std::move(on_failure), parts_.faults, parts_.mapping_clock,
      RetryBackoff{options.retry_backoff_first, options.retry_backoff_max}, options.strictness,
      std::move(on_change), std::move(batches), std::move(decoders)});
  return run;
}

std::function<std::unique_ptr<RecordSource>()> MappingFactory::source_maker(
    const MappingConfig& config, const std::string& brokers) {
  ConsumerConfig consumer;
  consumer.name = config.name;
  consumer.bootstrap_servers = brokers;
  consumer.topic = config.topic;
  consumer.group = config.group();
  consumer.starting_position = config.starting_position;
  consumer.starting_timestamp_ms = config.starting_timestamp_ms;
  if (cluster_at(brokers) == KafkaAccess::Cluster::Embedded)
    consumer.cluster = ConsumerConfig::Cluster::Embedded;
  if (parts_.options.until_drained) consumer.log_end = ConsumerConfig::LogEnd::Report;
  return [this, config, consumer]() -> std::unique_ptr<RecordSource> {
    auto entering = consumer;
    entering.security = security(config, consumer.bootstrap_servers);
    auto source = make_consumer(entering);
    if (parts_.faults.empty()) return source;
    return std::make_unique<FaultySource>(std::move(source), parts_.faults, consumer.name,
                                          consumer.topic, parts_.system_clock);
  };
}

RegistryParts MappingFactory::registry_parts() const {
  return {parts_.options.registries, parts_.access.secrets(), parts_.access.real_aws()};
}

// ---- brokers ----

std::string MappingFactory::choose(const MappingConfig& config) const {
  const auto& options = parts_.options;
  return choose_brokers(
      options.kafka, options.allow_remote_brokers ? RemoteBrokers::Allowed : RemoteBrokers::Refused,
      config);
}

KafkaAccess::Cluster MappingFactory::cluster_at(const std::string& brokers) const {
  return brokers == embedded_brokers() ? KafkaAccess::Cluster::Embedded
                                       : KafkaAccess::Cluster::Other;
}

KafkaSecurity MappingFactory::security(const MappingConfig& config,
                                       const std::string& brokers) const {
  return parts_.access.enter(config, cluster_at(brokers));
}

std::string MappingFactory::prepare_brokers(const MappingConfig& config) {
  std::string brokers = choose(config);
  if (brokers != kEmbeddedBrokers) return brokers;
  std::vector<std::string> topics{config.topic};
  const auto destination = parse_destination(config.on_failure_destination);
  if (destination && destination->kind == DestinationKind::Kafka)
    topics.push_back(destination->name);
  return embed(topics);
}

void MappingFactory::prepare_topics(const std::vector<std::string>& topics) {
  if (parts_.options.kafka == kEmbeddedBrokers || embedded_brokers()) embed(topics);
}

std::optional<std::string> MappingFactory::embedded_brokers() const {
  const std::lock_guard lock(mutex_);
  if (cluster_ == nullptr) return std::nullopt;
  return cluster_->bootstrap_servers();
}

std::string MappingFactory::embed(const std::vector<std::string>& topics) {
  const std::lock_guard lock(mutex_);
  if (cluster_ == nullptr) {
    cluster_ = std::make_unique<EmbeddedCluster>();
    log::info("embedded Kafka on {} (any client may use it; nothing is kept after klambda ends)",
              cluster_->bootstrap_servers());
  }
  for (const auto& topic : topics) {
    if (!topics_.contains(topic)) cluster_->create_topic(topic, parts_.options.embedded_partitions);
    topics_.insert(topic);
  }
  return cluster_->bootstrap_servers();
}

// ---- destination ----

std::unique_ptr<RecordSink> MappingFactory::make_destination(const MappingConfig& config,
                                                             const std::string& brokers) {
  const auto destination = parse_destination(config.on_failure_destination);
  SinkSettings settings;
  settings.bootstrap_servers = brokers;
  settings.kafka_security = [this, config, brokers] { return security(config, brokers); };
  settings.region = config.region;
  settings.files_directory = parts_.files_directory;
  auto sink = make_sink(*destination, settings);
  log::info("[{}] records that are given up go to {}", config.name, sink->describe());
  // Said now, and not when the first record is given up: it would be lost. Brokers that are not
  // there yet are waited for anyway.
  if (const auto problem = sink->check()) {
    const std::string text =
        config.where + ": the on-failure destination of " + config.name + ": " + problem->text;
    if (problem->kind == SinkProblem::Kind::Unusable) throw ConfigError(text);
    if (destination->kind != DestinationKind::Kafka) throw Unreachable(text);
    log::warn("{}; it is not known whether the topic exists", text);
  }
  return sink;
}

}  // namespace emulator
