#include "emulator/control/status.h"

#include <nlohmann/json.hpp>

namespace emulator {
namespace {

using Json = nlohmann::ordered_json;

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

Json function_json(const FunctionConfig& function) {
  return {{"name", function.name},
          {"arn", function.arn()},
          {"runtime", function.runtime},
          {"handler", function.handler},
          {"code", function.code_dir.string()},
          {"timeoutSeconds", function.timeout.count()}};
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
          {"processedRecords", counts.processed},
          {"invocations", counts.invocations},
          {"retries", counts.retries},
          {"throttles", counts.throttles},
          {"commits", counts.commits}};
}

Json mapping_json(const Status::Mapping& mapping) {
  const auto& status = mapping.status;
  Json json = {{"name", mapping.config.name},
               {"uuid", mapping.config.uuid},
               {"function", mapping.config.function_name},
               {"topic", mapping.config.topic},
               {"group", mapping.config.group()},
               {"bootstrapServers", mapping.bootstrap_servers},
               {"state", to_string(status.state)},
               {"lastProcessingResult", status.last_processing_result},
               {"drained", status.drained},
               {"pollers", status.pollers},
               {"partitionsAssigned", status.partitions_assigned},
               {"batchesInFlight", status.batches_in_flight},
               {"sumOffsetLag", status.sum_lag},
               {"maxOffsetLag", status.max_lag},
               {"counts", counts_json(status.counts)}};
  if (status.problem) json["problem"] = status.problem->text;
  return json;
}

}  // namespace

std::string_view to_string(MappingState state) {
  switch (state) {
    case MappingState::Creating:
      return "Creating";
    case MappingState::Enabled:
      return "Enabled";
    case MappingState::Disabling:
      return "Disabling";
    case MappingState::Disabled:
      return "Disabled";
    case MappingState::Deleting:
      return "Deleting";
  }
  return "Creating";
}

std::string to_json(const Status& status) {
  Json json = {
      {"version", status.version},
      {"kafka", {{"cluster", to_string(status.cluster)}, {"bootstrapServers", status.kafka}}},
      {"functions", Json::array()},
      {"mappings", Json::array()}};
  for (const auto& function : status.functions)
    json["functions"].push_back(function_json(function));
  for (const auto& mapping : status.mappings) json["mappings"].push_back(mapping_json(mapping));
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace emulator
