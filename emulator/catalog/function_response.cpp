#include "emulator/catalog/function_response.h"

#include "emulator/config/utc.h"

namespace emulator {
namespace {

void add_if_said(Json& response, const char* member, const std::string& text) {
  if (!text.empty()) response[member] = text;
}

void add_state(Json& response, const DeploymentState& state) {
  response["State"] = state.state;
  add_if_said(response, "StateReason", state.state_reason);
  add_if_said(response, "StateReasonCode", state.state_reason_code);
  add_if_said(response, "LastUpdateStatus", state.last_update_status);
  add_if_said(response, "LastUpdateStatusReason", state.last_update_reason);
  add_if_said(response, "LastUpdateStatusReasonCode", state.last_update_reason_code);
}

// SnapStart of a published version is "On" once its snapshot is there (docs snapstart.html).
Json snap_start(const Json& settings, const FunctionVersion& version) {
  Json shown = settings;
  if (version.version != kLatest && settings.value("ApplyOn", "") == "PublishedVersions")
    shown["OptimizationStatus"] = "On";
  return shown;
}

}  // namespace

Json function_configuration(const Function& function, const FunctionVersion& version,
                            std::string_view qualifier, ConfigurationForm form) {
  const Json& settings = version.settings;
  Json response;
  const auto copy = [&](std::initializer_list<const char*> members) {
    for (const char* member : members) {
      if (settings.contains(member)) response[member] = settings[member];
    }
  };
  response["FunctionName"] = function.name();
  response["FunctionArn"] =
      qualifier.empty() ? function.arn() : function.arn() + ":" + std::string(qualifier);
  copy({"Runtime", "Role", "Handler"});
  response["CodeSize"] = version.code.size_bytes;
  copy({"Description", "Timeout", "MemorySize"});
  response["LastModified"] = lambda_time(version.last_modified_ms);
  response["CodeSha256"] = version.code.sha256;
  response["Version"] = version.version;
  copy({"VpcConfig", "DeadLetterConfig", "Environment", "KMSKeyArn", "TracingConfig"});
  response["RevisionId"] = version.revision_id;
  copy({"Layers"});
  if (form == ConfigurationForm::Full) add_state(response, version.deployment);
  copy({"FileSystemConfigs", "PackageType", "Architectures", "EphemeralStorage"});
  if (settings.contains("SnapStart"))
    response["SnapStart"] = snap_start(settings["SnapStart"], version);
  if (form == ConfigurationForm::Full) copy({"RuntimeVersionConfig"});
  copy({"LoggingConfig", "CapacityProviderConfig"});
  if (settings.contains("ImageConfig"))
    response["ImageConfigResponse"] = {{"ImageConfig", settings["ImageConfig"]}};
  return response;
}

}  // namespace emulator
