#include "emulator/control/status.h"

#include <chrono>
#include <utility>

#include "emulator/catalog/url_config_changes.h"
#include "emulator/config/function_name.h"
#include "emulator/config/utc.h"

namespace emulator {
namespace {

std::string_view to_string(Status::Cluster cluster) {
  switch (cluster) {
    case Status::Cluster::None:
      return "none";
    case Status::Cluster::Embedded:
      return "embedded";
    case Status::Cluster::Real:
      return "real";
  }
  return "none";
}

Json function_json(const Status::FunctionView& view) {
  const Function& function = *view.function;
  const FunctionConfig& config = function.latest.config;
  const DeploymentState& deployment = function.latest.deployment;
  Json json = {{"name", config.name},
               {"arn", config.arn()},
               {"origin", function.origin == Function::Origin::Template ? "template" : "api"},
               {"runtime", config.runtime},
               {"handler", config.handler},
               {"code", config.code_dir.string()},
               {"timeoutSeconds", config.timeout.count()},
               {"state", deployment.state},
               {"lastUpdateStatus", deployment.last_update_status},
               {"versions", function.versions.size()},
               {"environments", view.activity.environments},
               {"running", view.activity.running}};
  json["url"] = function_url_path(config.name);
  if (const Json* const url = find_url_config(function, kLatest))
    json["urlInvokeMode"] = url->at("InvokeMode");
  if (!deployment.state_reason.empty()) json["stateReason"] = deployment.state_reason;
  if (!deployment.last_update_reason.empty())
    json["lastUpdateStatusReason"] = deployment.last_update_reason;
  return json;
}

// AWS's metrics by AWS's names, then ours.
Json counts_json(const Counts& counts) {
  return {{"PolledEventCount", counts.polled},
          {"FilteredOutEventCount", counts.filtered_out},
          {"InvokedEventCount", counts.invoked},
          {"FailedInvokeEventCount", counts.failed_invoke},
          {"DroppedEventCount", counts.dropped},
          {"OnFailureDestinationDeliveredEventCount", counts.delivered},
          {"CommittedEventCount", counts.committed},
          {"PollingErrorCount", counts.polling_errors},
          {"InvokeErrorCount", counts.invoke_errors},
          {"OnFailureDestinationDeliveryErrorCount", counts.delivery_errors},
          {"CommitErrorCount", counts.commit_errors},
          {"SchemaRegistryErrorCount", counts.registry_errors},
          {"processedRecords", counts.processed},
          {"invocations", counts.invocations},
          {"retries", counts.retries},
          {"throttles", counts.throttles},
          {"commits", counts.commits}};
}

// Offsets as AWS's KAFKA_STATUS_EVENT has them: consumed and processed are those of the last
// record, end and committed the next one (dg/esm-logging.html).
Json partition_json(const std::string& topic, const PartitionStatus& partition) {
  const auto& offsets = partition.offsets;
  Json json = {{"partition", topic + "-" + std::to_string(offsets.partition)}};
  const auto add = [&](const char* name, const std::optional<std::int64_t>& value) {
    if (value) json[name] = *value;
  };
  add("endOffset", offsets.end);
  add("consumedOffset", offsets.consumed);
  add("processedOffset", offsets.processed);
  add("committedOffset", offsets.committed);
  add("lag", partition.lag);
  if (!partition.held_by) return json;
  json["batch"] = to_string(partition.held_by->state);
  if (const auto& wait = partition.held_by->real_wait) {
    json["waitsUntil"] =
        iso_time(epoch_ms_now() + std::chrono::ceil<std::chrono::milliseconds>(*wait).count());
  }
  return json;
}

Json mapping_json(const Status::MappingView& mapping) {
  const auto& status = mapping.status;
  Json json = {{"name", mapping.config.name},
               {"uuid", mapping.config.uuid},
               {"function", mapping.config.function_name},
               {"topic", mapping.config.topic},
               {"group", mapping.config.group()},
               {"bootstrapServers", mapping.bootstrap_servers},
               {"state", to_string(status.state)},
               {"stateTransitionReason", mapping.state_transition_reason},
               {"lastProcessingResult", status.last_processing_result},
               {"drained", status.drained},
               {"pollers", status.pollers},
               {"partitionsAssigned", status.partitions_assigned},
               {"batchesInFlight", status.batches_in_flight},
               {"sumOffsetLag", status.sum_lag},
               {"maxOffsetLag", status.max_lag},
               {"partitions", Json::array()},
               {"counts", counts_json(status.counts)}};
  for (const auto& partition : mapping.partitions)
    json["partitions"].push_back(partition_json(mapping.config.topic, partition));
  if (status.problem) json["problem"] = status.problem->text;
  return json;
}

}  // namespace

std::string_view to_string(MappingState state) {
  switch (state) {
    case MappingState::Creating:
      return "Creating";
    case MappingState::Enabling:
      return "Enabling";
    case MappingState::Enabled:
      return "Enabled";
    case MappingState::Updating:
      return "Updating";
    case MappingState::Disabling:
      return "Disabling";
    case MappingState::Disabled:
      return "Disabled";
    case MappingState::Deleting:
      return "Deleting";
  }
  return "Creating";
}

Json to_json(const Status& status) {
  Json json = {
      {"version", status.version},
      {"ready", status.ready},
      {"kafka", {{"cluster", to_string(status.cluster)}, {"bootstrapServers", status.kafka}}},
      {"functions", Json::array()},
      {"mappings", Json::array()}};
  for (const auto& function : status.functions)
    json["functions"].push_back(function_json(function));
  for (const auto& mapping : status.mappings) json["mappings"].push_back(mapping_json(mapping));
  return json;
}

void add_status(Router& router, StatusSource status) {
  router.add("GET", "/_klambda/status", "Status", [status = std::move(status)](ApiRequest&) {
    return json_response(200, to_json(status()));
  });
}

void add_health(Router& router, std::function<bool()> ready) {
  router.add(
      "GET", "/_klambda/health", "Health",
      [ready = std::move(ready)](ApiRequest&) {
        const bool is_ready = ready();
        return json_response(is_ready ? 200 : 503, {{"ready", is_ready}});
      },
      BodyLimit{}, Access::Public);
}

}  // namespace emulator
