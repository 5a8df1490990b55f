#include "emulator/catalog/event_invoke_changes.h"

#include <optional>
#include <utility>

#include "emulator/config/destination_name.h"
#include "emulator/config/function_name.h"

namespace emulator {
namespace {

constexpr const char* kRetries = "MaximumRetryAttempts";
constexpr const char* kAge = "MaximumEventAgeInSeconds";
constexpr const char* kDestinations = "DestinationConfig";

struct Destinations {
  std::string on_success;  // empty: none
  std::string on_failure;
};

std::string destination_of(const Json& destinations, const char* condition) {
  const auto found = member<Json>(destinations, condition);
  return found ? member<std::string>(*found, "Destination").value_or("") : "";
}

// As Java prints it: "onSuccess=OnSuccess(destination=<arn>)", "onFailure=null".
std::string shown(const std::string& member, const std::string& type, const std::string& arn) {
  return member + "=" + (arn.empty() ? "null" : type + "(destination=" + arn + ")");
}

void check_service(const Destinations& destinations) {
  const auto& [success, failure] = destinations;
  const auto fits = [](const std::string& arn, InvocationCondition condition) {
    return arn.empty() || takes_invocations(arn_service(arn), condition);
  };
  const bool success_fits = fits(success, InvocationCondition::OnSuccess);
  const bool failure_fits = fits(failure, InvocationCondition::OnFailure);
  if (success_fits && failure_fits) return;
  throw invalid_parameter_value("The provided destination config DestinationConfig(" +
                                shown("onSuccess", "OnSuccess", success) + ", " +
                                shown("onFailure", "OnFailure", failure) + ") is invalid.");
}

void check_function(const Function& function, const std::string& arn,
                    const FunctionExists& exists) {
  if (arn_service(arn) != "lambda") return;
  const auto named = parse_function_name(arn);
  if (!named || !exists(named->name))
    throw invalid_parameter_value("The destination ARN " + arn + " is invalid.");
  if (named->name == function.name())
    throw invalid_parameter_value("You can't specify the function as a destination for itself.");
}

Json destination_json(const std::string& arn) {
  Json json = Json::object();
  if (!arn.empty()) json["Destination"] = arn;
  return json;
}

// Responses name both conditions, with or without a destination.
Json checked_destinations(const Function& function, const Json& config,
                          const FunctionExists& exists) {
  const Destinations destinations{destination_of(config, "OnSuccess"),
                                  destination_of(config, "OnFailure")};
  check_function(function, destinations.on_failure, exists);
  check_function(function, destinations.on_success, exists);
  check_service(destinations);
  return {{"OnSuccess", destination_json(destinations.on_success)},
          {"OnFailure", destination_json(destinations.on_failure)}};
}

void require_qualifier(const Function& function, const std::string& qualifier) {
  if (function.aliases.count(qualifier) > 0 || function.find_version(qualifier) != nullptr) return;
  throw resource_not_found("The function doesn't exist.");
}

void require_something(const Json& settings) {
  for (const char* const name : {kRetries, kAge, kDestinations}) {
    if (member<Json>(settings, name)) return;
  }
  throw invalid_parameter_value(
      "You must specify at least one of error handling or destination setting.");
}

// `present` with what `settings` says.
Function with_settings(const Function& function, const std::string& qualifier, Json present,
                       const Json& settings, const FunctionExists& exists, std::int64_t now_ms) {
  for (const char* const name : {kRetries, kAge}) {
    if (const auto number = member<int>(settings, name)) present[name] = *number;
  }
  if (const auto destinations = member<Json>(settings, kDestinations))
    present[kDestinations] = checked_destinations(function, *destinations, exists);
  present["LastModified"] = static_cast<double>(now_ms) / 1000;
  Function next = function;
  next.event_invoke[qualifier] = std::move(present);
  return next;
}

const Json& existing(const Function& function, const std::string& qualifier) {
  const auto found = function.event_invoke.find(qualifier);
  if (found == function.event_invoke.end()) throw no_event_invoke(function.name(), qualifier);
  return found->second;
}

}  // namespace

Json event_invoke_settings(const EventInvoke& config) {
  Json settings = Json::object();
  if (config.maximum_retry_attempts) settings[kRetries] = *config.maximum_retry_attempts;
  if (config.maximum_event_age_s) settings[kAge] = *config.maximum_event_age_s;
  if (!config.on_success.empty() || !config.on_failure.empty()) {
    settings[kDestinations] = {{"OnSuccess", destination_json(config.on_success)},
                               {"OnFailure", destination_json(config.on_failure)}};
  }
  return settings;
}

Function put_event_invoke(const Function& function, const std::string& qualifier,
                          const Json& settings, const FunctionExists& exists, std::int64_t now_ms) {
  require_something(settings);
  require_qualifier(function, qualifier);
  const Json nothing = {
      {"LastModified", 0},
      {kDestinations, {{"OnSuccess", Json::object()}, {"OnFailure", Json::object()}}}};
  return with_settings(function, qualifier, nothing, settings, exists, now_ms);
}

Function update_event_invoke(const Function& function, const std::string& qualifier,
                             const Json& settings, const FunctionExists& exists,
                             std::int64_t now_ms) {
  require_something(settings);
  require_qualifier(function, qualifier);
  return with_settings(function, qualifier, existing(function, qualifier), settings, exists,
                       now_ms);
}

Function delete_event_invoke(const Function& function, const std::string& qualifier) {
  existing(function, qualifier);
  Function next = function;
  next.event_invoke.erase(qualifier);
  return next;
}

ApiError no_event_invoke(const std::string& name, const std::string& qualifier) {
  return resource_not_found("The function " + function_arn(name, qualifier) +
                            " doesn't have an EventInvokeConfig");
}

}  // namespace emulator
