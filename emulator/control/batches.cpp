#include "emulator/control/batches.h"

#include <optional>
#include <utility>

#include "emulator/config/utc.h"
#include "emulator/control/names.h"

namespace emulator {
namespace {

Json batch_json(const MappingBatches& of, const BatchLog::Entry& entry) {
  Json json = {{"mapping", of.mapping},           {"uuid", of.uuid},
               {"function", of.function},         {"id", entry.id},
               {"state", to_string(entry.state)}, {"records", entry.record_count},
               {"attempt", entry.attempt},        {"partitions", Json::array()}};
  for (const auto& range : entry.ranges) {
    json["partitions"].push_back({{"partition", of.topic + "-" + std::to_string(range.partition)},
                                  {"firstOffset", range.first_offset},
                                  {"lastOffset", range.last_offset}});
  }
  const auto add_time = [&](const char* name, std::int64_t epoch_ms) {
    if (epoch_ms > 0) json[name] = iso_time(epoch_ms);
  };
  add_time("begun", entry.begun_ms);
  add_time("sent", entry.sent_ms);
  if (entry.state == BatchState::Waiting) add_time("waitsUntil", entry.due_ms);
  add_time("ended", entry.ended_ms);
  if (entry.split_from > 0) json["splitFrom"] = entry.split_from;
  if (!entry.error_type.empty()) json["errorType"] = entry.error_type;
  if (!entry.condition.empty()) json["condition"] = entry.condition;
  json["requestIds"] = entry.earlier_request_ids;
  if (!entry.request_id.empty()) json["requestIds"].push_back(entry.request_id);
  return json;
}

std::optional<BatchState> asked_state(const ApiRequest& request) {
  const auto text = request.query("state");
  if (!text) return std::nullopt;
  const auto state = batch_state_of(*text);
  if (!state) {
    throw invalid_parameter_value("There is no batch state '" + *text +
                                  "': it is running, waiting, failed, succeeded, split, delivered, "
                                  "dropped or uncommitted.");
  }
  return state;
}

runtime_api::HttpResponse batches(const ApiRequest& request, const BatchSource& source) {
  const auto state = asked_state(request);
  const auto mapping = request.query("mapping");
  auto function = request.query("function");
  if (function) function = named_function(*function).name;
  Json found = Json::array();
  for (const auto& of : source()) {
    if (function && of.function != *function) continue;
    if (mapping && of.mapping != *mapping && of.uuid != *mapping) continue;
    for (const auto& entry : of.batches) {
      if (!state || entry.state == *state) found.push_back(batch_json(of, entry));
    }
  }
  return json_response(200, {{"batches", std::move(found)}});
}

}  // namespace

void add_batches(Router& router, BatchSource source) {
  router.add(
      "GET", "/_klambda/batches", "Batches",
      [source = std::move(source)](ApiRequest& request) { return batches(request, source); });
}

}  // namespace emulator
