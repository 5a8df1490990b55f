// What App builds before anything runs: brokers, functions, destinations, mappings.
#include <algorithm>
#include <set>
#include <utility>

#include "emulator/app.h"
#include "emulator/config/brokers.h"
#include "emulator/config/uuid.h"
#include "emulator/control/client.h"
#include "emulator/destination/make_sink.h"
#include "emulator/esm/faulty_source.h"
#include "emulator/function/pool.h"
#include "emulator/function/runtimes.h"
#include "emulator/kafka/consumer.h"
#include "emulator/observe/log.h"

namespace emulator {

void App::choose_kafka() {
  const auto remote =
      options_.allow_remote_brokers ? RemoteBrokers::Allowed : RemoteBrokers::Refused;
  for (const auto& mapping : application_.mappings) {
    brokers_.push_back(choose_brokers(options_.kafka, remote, mapping));
  }
  const bool needs_embedded =
      options_.kafka == kEmbeddedBrokers ||
      std::find(brokers_.begin(), brokers_.end(), kEmbeddedBrokers) != brokers_.end();
  if (!needs_embedded) return;

  cluster_ = std::make_unique<EmbeddedCluster>();
  std::set<std::string> topics;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    if (brokers_[i] != kEmbeddedBrokers) continue;
    brokers_[i] = cluster_->bootstrap_servers();
    const auto& mapping = application_.mappings[i];
    topics.insert(mapping.topic);
    const auto destination = parse_destination(mapping.on_failure_destination);
    if (destination && destination->kind == DestinationKind::Kafka)
      topics.insert(destination->name);
  }
  for (const auto& [topic, file] : options_.produce) topics.insert(topic);
  for (const auto& topic : topics) cluster_->create_topic(topic, options_.embedded_partitions);
  log::info("embedded Kafka on {} (any client may use it; nothing is kept after klambda ends)",
            cluster_->bootstrap_servers());
}

void App::make_functions() {
  const auto downloads = options_.offline ? Downloads::Forbidden : Downloads::Allowed;
  for (const auto& function : application_.functions) {
    Pool::Options pool_options;
    pool_options.max_environments = options_.max_concurrency;
    // "When all of the reserved concurrency is in use, the function is throttled"
    // (configuration-concurrency.html); what is above --max-concurrency waits for its turn.
    if (function.reserved_concurrency &&
        *function.reserved_concurrency <= options_.max_concurrency) {
      pool_options.max_environments = *function.reserved_concurrency;
      pool_options.max_queued = 0;
    }
    functions_.add(
        std::make_shared<Pool>(function, plan_launch(function, downloads), pool_options));
  }
}

void App::make_mappings() {
  for (std::size_t i = 0; i < application_.mappings.size(); ++i) {
    try {
      mappings_.push_back(make_mapping(application_.mappings[i], brokers_[i]));
    } catch (const FilterPatternError& error) {
      throw ConfigError(application_.mappings[i].where + ": FilterCriteria of " +
                        application_.mappings[i].name + ": " + kInvalidFilterPattern + " (" +
                        error.what() + ")");
    }
  }
}

std::unique_ptr<EventSourceMapping> App::make_mapping(MappingConfig config,
                                                      const std::string& brokers) {
  if (options_.from_start) {
    config.consumer_group_id = config.group() + "-" + random_uuid();
    config.starting_position = StartingPosition::TrimHorizon;
  }
  config.system_log_level = options_.esm_log_level.value_or(config.system_log_level);
  const auto pool = functions_.find(config.function_name);
  if (pool == nullptr)
    throw ConfigError(config.where + ": there is no function " + config.function_name);

  ConsumerConfig consumer;
  consumer.name = config.name;
  consumer.bootstrap_servers = brokers;
  consumer.topic = config.topic;
  consumer.group = config.group();
  consumer.starting_position = config.starting_position;
  consumer.starting_timestamp_ms = config.starting_timestamp_ms;
  if (cluster_ && brokers == cluster_->bootstrap_servers())
    consumer.cluster = ConsumerConfig::Cluster::Embedded;
  if (options_.until_drained) consumer.log_end = ConsumerConfig::LogEnd::Report;
  std::function<std::unique_ptr<RecordSource>()> make_source = [consumer] {
    return make_consumer(consumer);
  };
  if (!faults_.empty()) {
    make_source = [this, consumer] {
      return std::make_unique<FaultySource>(make_consumer(consumer), faults_, consumer.name,
                                            consumer.topic, system_clock_);
    };
  }
  auto on_failure = make_destination(config, pool->function().arn(), brokers);
  return std::make_unique<EventSourceMapping>(EventSourceMapping::Parts{
      std::move(config), brokers, *pool, std::move(make_source), std::move(on_failure), faults_,
      clock_, RetryBackoff{options_.retry_backoff_first, options_.retry_backoff_max},
      options_.strictness, [this] { events_.notify(); }});
}

std::optional<OnFailure> App::make_destination(const MappingConfig& config,
                                               const std::string& function_arn,
                                               const std::string& brokers) {
  const auto destination = parse_destination(config.on_failure_destination);
  if (!destination || !config.enabled) return std::nullopt;
  SinkSettings settings;
  settings.bootstrap_servers = brokers;
  settings.region = config.region;
  settings.files_directory = application_.directory / ".klambda" / "destinations";
  auto& sink = *sinks_.emplace_back(make_sink(*destination, settings));
  log::info("[{}] records that are given up go to {}", config.name, sink.describe());
  // Said now, and not when the first record is given up: it would be lost. Brokers that are not
  // there yet are waited for anyway.
  if (const auto problem = sink.check()) {
    const std::string text =
        config.where + ": the on-failure destination of " + config.name + ": " + problem->text;
    if (problem->kind == SinkProblem::Kind::Unusable) throw ConfigError(text);
    if (destination->kind != DestinationKind::Kafka) throw Unreachable(text);
    log::warn("{}; it is not known whether the topic exists", text);
  }
  return OnFailure{sink, *destination, function_arn};
}

}  // namespace emulator
