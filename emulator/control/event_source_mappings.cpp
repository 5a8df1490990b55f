#include "emulator/control/event_source_mappings.h"

#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "emulator/catalog/mapping_settings.h"
#include "emulator/config/access_rules.h"
#include "emulator/config/brokers.h"
#include "emulator/config/mapping_rules.h"
#include "emulator/config/utc.h"
#include "emulator/config/uuid.h"
#include "emulator/control/mapping_body.h"
#include "emulator/control/mapping_shapes.h"
#include "emulator/control/names.h"
#include "emulator/control/paging.h"
#include "emulator/esm/filter.h"
#include "emulator/observe/log.h"

namespace emulator {
namespace {

constexpr const char* kPath = "/2015-03-31/event-source-mappings";
constexpr const char* kOnePath = "/2015-03-31/event-source-mappings/{UUID}";
constexpr std::size_t kPageItems = 100;  // docs: ListEventSourceMappings, MaxItems

// What the mapping calls, as responses show it: the qualifier is kept as it was given. Recorded:
// 400, not 404.
std::string function_arn(const std::string& text, const MappingOperations& operations) {
  const auto named = named_function(text);
  const auto function = operations.functions.find(named.name);
  const auto& qualifier = named.qualifier;
  if (function == nullptr || (!qualifier.empty() && function->find_version(qualifier) == nullptr &&
                              !function->aliases.contains(qualifier)))
    throw invalid_parameter_value("Function does not exist");
  if (const auto violation = check_triggered_function(function->latest.config)) {
    if (operations.strictness == Strictness::Strict)
      throw invalid_parameter_value(describe(violation->parameter, *violation));
    log::warn("{}", describe("Timeout of function " + named.name, *violation));
  }
  return function->arn() + (qualifier.empty() ? "" : ":" + qualifier);
}

void check_filters(const MappingConfig& config, Strictness strictness) {
  try {
    const Filter filter(config.filter_patterns, strictness);
  } catch (const FilterPatternError& error) {
    log::warn("[{}] {} {}", config.name, kInvalidFilterPattern, error.what());
    throw invalid_parameter_value(kInvalidFilterPattern);
  }
}

void check_servers(const MappingConfig& config) {
  for (const auto& server : config.bootstrap_servers) {
    try {
      if (parse_brokers(server).size() != 1) throw ConfigError(server + ": it is a list");
    } catch (const ConfigError& error) {
      throw invalid_parameter_value(std::string("SelfManagedEventSource: ") + error.what());
    }
  }
}

// Settings that pass become the mapping's configuration.
void accept(Mapping& mapping, const Json& body, const MappingOperations& operations) {
  MappingRequest request = request_of(mapping.settings);
  note_unsupported(body, request);
  auto violations = check_registry_of_api(request);
  for (auto& violation : check_mapping(request, operations.strictness, epoch_ms_now()))
    violations.push_back(std::move(violation));
  if (!violations.empty()) {
    const auto& first = violations.front();
    throw invalid_parameter_value(first.aws_message.empty() ? describe(first.parameter, first)
                                                            : first.aws_message);
  }
  configure(mapping);
  check_servers(mapping.config);
  check_filters(mapping.config, operations.strictness);
  try {
    operations.starter.check(mapping.config);
  } catch (const ConfigError& error) {
    throw invalid_parameter_value(error.what());
  }
}

runtime_api::HttpResponse create(const ApiRequest& request, const MappingOperations& operations) {
  const Json body = without_nulls(request.body());
  check_shape(body, create_mapping_shapes());
  Mapping mapping;
  mapping.config.uuid = random_uuid();
  mapping.config.enabled = body.value("Enabled", true);
  mapping.settings = created_settings(body, mapping.uuid());
  mapping.settings["FunctionArn"] = function_arn(body["FunctionName"], operations);
  mapping.tags = body.value("Tags", Tags());
  require_tag_limit(mapping.tags);
  accept(mapping, body, operations);
  return json_response(202, mapping_configuration(operations.mappings.create(std::move(mapping))));
}

runtime_api::HttpResponse update(const ApiRequest& request, const MappingOperations& operations) {
  const Json body = without_nulls(request.body());
  check_shape(body, update_mapping_shapes());
  const auto view = operations.mappings.update(request.parameter("UUID"), [&](Mapping& mapping) {
    mapping.settings = updated_settings(mapping.settings, body);
    if (body.contains("FunctionName"))
      mapping.settings["FunctionArn"] = function_arn(body["FunctionName"], operations);
    mapping.config.enabled = body.value("Enabled", mapping.config.enabled);
    accept(mapping, body, operations);
  });
  return json_response(202, mapping_configuration(view));
}

runtime_api::HttpResponse get(const ApiRequest& request, const MappingOperations& operations) {
  const auto view = operations.mappings.find(request.parameter("UUID"));
  if (!view) throw resource_not_found("The resource you requested does not exist.");
  return json_response(200, mapping_configuration(*view));
}

runtime_api::HttpResponse remove(const ApiRequest& request, const MappingOperations& operations) {
  return json_response(
      202, mapping_configuration(operations.mappings.remove(request.parameter("UUID"))));
}

// A marker is the number of the mapping that the page begins with.
std::uint64_t first_number(const std::string& marker) {
  std::uint64_t number = 0;
  const char* const end = marker.data() + marker.size();
  const auto [stop, error] = std::from_chars(marker.data(), end, number);
  if (!marker.empty() && (error != std::errc() || stop != end))
    throw invalid_parameter_value("Invalid marker: it must be a NextMarker of an earlier answer.");
  return number;
}

// A name without a qualifier lists the mappings of every qualifier (inference).
runtime_api::HttpResponse list(const ApiRequest& request, const MappingOperations& operations) {
  const auto page = page_request(request, {.page_items = kPageItems});
  const std::string source = request.query("EventSourceArn").value_or("");
  std::optional<FunctionName> function;
  if (const auto name = request.query("FunctionName"); name && !name->empty())
    function = named_function(*name);
  const auto found =
      operations.mappings.list(first_number(page.marker), page.items, [&](const Mapping& mapping) {
        const auto& config = mapping.config;
        if (!source.empty() && config.event_source_arn != source) return false;
        return !function ||
               (config.function_name == function->name &&
                (function->qualifier.empty() || config.function_qualifier == function->qualifier));
      });
  Json answer = Json::object();
  if (found.next) answer["NextMarker"] = std::to_string(*found.next);
  answer["EventSourceMappings"] = Json::array();
  for (const auto& view : found.mappings)
    answer["EventSourceMappings"].push_back(mapping_configuration(view, Listed::Yes));
  return json_response(200, answer);
}

ApiError no_mapping_with_tags(const std::string& uuid) {
  MappingConfig config;
  config.uuid = uuid;
  return resource_not_found("Event source mapping not found: " + config.arn());
}

}  // namespace

void add_event_source_mappings(Router& router, const MappingOperations& operations) {
  const auto add = [&](const char* method, const char* path, const char* name, auto operation) {
    router.add(method, path, name, [operations, operation](ApiRequest& request) {
      return operation(request, operations);
    });
  };
  add("POST", kPath, "CreateEventSourceMapping", create);
  add("GET", kPath, "ListEventSourceMappings", list);
  add("GET", kOnePath, "GetEventSourceMapping", get);
  add("PUT", kOnePath, "UpdateEventSourceMapping", update);
  add("DELETE", kOnePath, "DeleteEventSourceMapping", remove);
}

TagTarget mapping_tags(Mappings& mappings) {
  return {"event-source-mapping",
          [&mappings](const std::string& uuid) {
            const auto view = mappings.find(uuid);
            if (!view) throw no_mapping_with_tags(uuid);
            return view->mapping->tags;
          },
          [&mappings](const std::string& uuid, const std::function<Tags(Tags)>& change) {
            if (!mappings.find(uuid)) throw no_mapping_with_tags(uuid);
            mappings.change_tags(uuid, [&](Tags& tags) { tags = change(std::move(tags)); });
          }};
}

}  // namespace emulator
